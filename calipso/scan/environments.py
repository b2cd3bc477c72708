"""Environments as people make, change and delete them: checked, done, and noted with who did it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from ..model.configuration import InvalidConfigurationError, environment_changes, new_environment
from ..model.environment import Environment, Principals
from ..model.supported import SupportedEnvironment, faults

if TYPE_CHECKING:
    from ..store import Store

Inventory = Literal["keep", "delete"]

NOBODY: Principals = MappingProxyType({})


def added(sent: object, rows: Sequence[SupportedEnvironment], *, grant: Principals = NOBODY) -> Environment:
    """Return the environment that was sent, with rights granted. Raises InvalidConfigurationError."""
    made = new_environment(sent).environment().with_rights(grant, NOBODY)
    _refuse(faults(made, rows))
    return made


def changed(
    before: Environment,
    sent: object,
    rows: Sequence[SupportedEnvironment],
    *,
    grant: Principals = NOBODY,
    revoke: Principals = NOBODY,
) -> Environment:
    """Return an environment with the changes that were sent, and rights granted and revoked.

    Raises InvalidConfigurationError; not for what was not supported before.
    """
    after = before.changed(environment_changes(sent).given()).with_rights(grant, revoke)
    known = faults(before, rows)
    _refuse([fault for fault in faults(after, rows) if fault not in known])
    return after


def add(store: Store, environment: Environment, *, by: str, at: datetime) -> None:
    """Add an environment. Raises EnvironmentExistsError."""
    store.create_environment(environment)
    store.record_change(
        f"environment {environment.name!r} was added", by=by, environment=environment.name, at=at
    )


def change(
    store: Store,
    name: str,
    sent: object,
    rows: Sequence[SupportedEnvironment],
    *,
    grant: Principals = NOBODY,
    revoke: Principals = NOBODY,
    by: str,
    at: datetime,
) -> tuple[Environment, Environment]:
    """Change an environment; return it as it was, and as it is.

    Raises InvalidConfigurationError and UnknownEnvironmentError.
    """
    changes = environment_changes(sent).given()
    if current := store.environment(name):
        changed(current, sent, rows, grant=grant, revoke=revoke)
    before = store.change_environment(name, changes, grant=grant, revoke=revoke)
    after = before.changed(changes).with_rights(grant, revoke)
    if different := before.difference(after):
        text = f"environment {name!r} was changed: {', '.join(different)}"
        store.record_change(text, by=by, environment=name, at=at)
    return before, after


def delete(store: Store, name: str, inventory: Inventory, *, by: str, at: datetime) -> None:
    """Delete an environment, as `Store.delete_environment` does. Raises the same errors."""
    store.delete_environment(name, inventory)
    what = "its inventory is kept" if inventory == "keep" else "with its inventory"
    store.record_change(
        f"environment {name!r} was deleted, {what}",
        by=by,
        environment=None,
        related_object=name,
        related_object_type="environment",
        at=at,
    )


def principals(words: Iterable[str]) -> dict[str, list[str]]:
    """Return the rights that words such as `view:ann` and `edit:group:ops` mean. Raises ValueError."""
    rights: dict[str, list[str]] = {}
    for word in words:
        right, separator, name = word.partition(":")
        if not separator or right not in ("view", "edit") or not name:
            raise ValueError(
                f"{word!r} is no right: it is view:NAME or edit:NAME, where a group is group:NAME"
            )
        rights.setdefault(f"{right}-env", []).append(name)
    return rights


def _refuse(found: Sequence[str]) -> None:
    if found:
        raise InvalidConfigurationError("; ".join(found))
