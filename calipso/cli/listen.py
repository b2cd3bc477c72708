"""`calipso listen`: clouds are followed by what they tell themselves, in the foreground."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .options import Duration, ansible_options, complete_environments
from .session import Session, faults, registry

if TYPE_CHECKING:
    from ..model.environment import Environment
    from ..store import Store


@click.command()
@click.option(
    "--env",
    "environment",
    metavar="NAME",
    shell_complete=complete_environments,
    help="Follow this environment only, whether or not it has `listen` set.",
)
@ansible_options()
@click.option(
    "--home",
    metavar="DIRECTORY",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where runs of Ansible are kept, for debugging.  [default: listen in $CALIPSO_HOME]",
)
@click.option(
    "--look-every",
    metavar="DURATION",
    type=Duration(),
    default="10m",
    show_default=True,
    help="Look at each host once in this time, though no event gives cause for it.",
)
@click.option("--no-looks", is_flag=True, help="Look at no host without cause.")
@click.pass_obj
def listen(
    session: Session,
    environment: str | None,
    inventories: tuple[str, ...],
    extra: tuple[str, ...],
    home: Path | None,
    look_every: timedelta,
    no_looks: bool,
) -> None:
    """Follow clouds by the notifications on their message buses, until Ctrl-C.

    What is created, changed or deleted shows in an environment within seconds, without a scan; services'
    errors become messages. The bus is what section AMQP of the environment's configuration says. Where a host
    must be asked, that is done as by scans: with Ansible, by -i and -e.

    Without --env, each environment that is scanned, has `listen` set and is supported gets a process of its
    own, as soon as it qualifies and for as long as it does.
    """
    from ..store.connection import locate
    from ..store.embedded import default_home

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("amqp").setLevel(logging.WARNING)
    with faults(), session.store() as store:
        store.prepare()
        os.environ["CALIPSO_MONGO_URI"] = locate(session.mongo_uri, session.mongo_config)  # of its children
        place = home or default_home() / "listen"
        if environment is None:
            _manage(session, store, inventories, extra, place, None if no_looks else look_every)
        else:
            _follow(store, environment, inventories, extra, place, None if no_looks else look_every)


def _manage(
    session: Session,
    store: Store,
    inventories: tuple[str, ...],
    extra: tuple[str, ...],
    home: Path,
    look_every: timedelta | None,
) -> None:
    from ..events.manager import EventManager

    options = [word for each in inventories for word in ("-i", each)]
    options += [word for each in extra for word in ("-e", each)]
    looks = ["--no-looks"] if look_every is None else ["--look-every", str(int(look_every.total_seconds()))]

    def start(name: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "calipso", "--inventory", session.inventory, "listen", "--env", name]
        return subprocess.Popen([*command, *options, "--home", str(home), *looks])

    manager = EventManager(store, registry().supported, start)
    _until_signal(manager.stop)
    click.echo(f"Listening for all environments of {store.location} that want it. Ctrl-C ends it.", err=True)
    manager.run()


def _follow(
    store: Store,
    name: str,
    inventories: tuple[str, ...],
    extra: tuple[str, ...],
    home: Path,
    look_every: timedelta | None,
) -> None:
    from ..events.bus import bus_of
    from ..events.following import Following
    from ..events.playbook import PlaybookAsker
    from ..events.rounds import Rounds
    from ..events.table import Handlers
    from ..scan.tidying import tidy
    from ..work.connections import Means
    from ..work.connections.result import StepError

    known = store.environment(name)
    if known is None:
        store.view(name)
        raise click.ClickException(f"environment {name!r} has an inventory, and no configuration")
    try:
        bus = bus_of(known, Means(inventories, extra))
        handlers = Handlers()
    except StepError as error:
        raise click.ClickException(f"{error.text}: {error.cause}") from None
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    following: Following
    asker = PlaybookAsker(
        home / name,
        [each.format(environment=name) for each in inventories],
        extra,
        _variables(known, store),
        must_stop=lambda: following.stopping,
    )
    rounds = Rounds(None if look_every is None else look_every.total_seconds())
    following = Following(
        store, name, bus, handlers, asker, rounds, tidy=lambda: tidy(store, known, at=datetime.now(UTC))
    )
    _until_signal(following.stop)
    click.echo(f"Listening to the bus of {name}. Ctrl-C ends it.", err=True)
    following.run()


def _variables(environment: Environment, store: Store) -> Mapping[str, Any]:
    """Return the variables of the playbook that asks."""
    cloud = (environment.configuration.get("OpenStack") or {}).get("cloud")
    return {
        "calipso_environment": environment.name,
        "calipso_inventory": store.inventory,
        **({"calipso_cloud": cloud} if cloud else {}),
    }


def _until_signal(stop: Callable[[], None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop())
