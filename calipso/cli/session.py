"""What a command works on: the store, an environment, one of its generations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ..build.registry import Registry
    from ..report.style import Styles
    from ..store import Store, View


@dataclass(frozen=True, slots=True)
class Session:
    """Where the database is; what fails there is told as a fault of the command."""

    mongo_uri: str | None
    inventory: str
    mongo_config: Path | None = None

    @contextmanager
    def store(self, *, patience_s: float | None = None) -> Iterator[Store]:
        """Open the store; `patience_s` is that of `Store.open`."""
        from ..store import Store

        with faults():
            try:
                store = Store.open(
                    self.mongo_uri, self.inventory, config=self.mongo_config, patience_s=patience_s
                )
            except ValueError as error:
                raise click.UsageError(str(error)) from None
            with store:
                yield store

    @contextmanager
    def environment(self, name: str | None) -> Iterator[tuple[Store, str]]:
        """Open the store; and find the environment that is meant, where there is but one."""
        with self.store() as store:
            if name is None:
                yield store, _only(store)
            else:
                if store.environment(name) is None:
                    store.view(name)
                yield store, name

    @contextmanager
    def view(self, name: str | None, state: str | None) -> Iterator[tuple[Store, View]]:
        """Open the store, and a state of an environment, as `Store.find_state` takes it; None: the newest."""
        with self.environment(name) as (store, environment):  # pylint: disable=contextmanager-generator-missing-cleanup
            number = None if state is None else store.find_state(environment, state).number
            yield store, store.view(environment, number)


@contextmanager
def faults() -> Iterator[None]:
    """Tell faults of the store, and of config files, as faults of the command."""
    from ..model.keyvalue import InvalidConfigError
    from ..store import StoreError

    try:
        yield
    except (StoreError, InvalidConfigError) as error:
        raise click.ClickException(str(error)) from None


def registry() -> Registry:
    """Return what kinds and searchable attributes there are."""
    from ..build.registry import default_registry

    try:
        return default_registry()
    except ValueError as error:
        raise click.ClickException(str(error)) from None


def styles(known: Registry) -> Styles:
    """Return the looks of all kinds."""
    from ..report.style import Styles

    linked = {end for link_type in known.link_types.values() for end in (link_type.source, link_type.target)}
    return Styles(known.kinds.values(), linked)


def _only(store: Store) -> str:
    names = [environment.name for environment in store.environments()]
    if not names:
        raise click.ClickException(
            "there is no environment yet: scan one with "
            "`ansible-playbook calipso.topology.scan -i INVENTORY -e calipso_environment=NAME`"
        )
    if len(names) > 1:
        raise click.UsageError(
            f"there are several environments, name one with --env: {', '.join(names)}",
            click.get_current_context(silent=True),
        )
    return names[0]
