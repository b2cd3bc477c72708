"""`calipso listen`: what the cloud itself tells, in the foreground."""

from __future__ import annotations

import logging
import signal

import click

from .options import ansible_options, environment_option
from .session import Session, faults


@click.command()
@environment_option
@ansible_options()
@click.pass_obj
def listen(
    session: Session, environment: str | None, inventories: tuple[str, ...], extra: tuple[str, ...]
) -> None:
    """Take OpenStack's notifications of errors into an environment's messages, until Ctrl-C.

    The bus is what section AMQP of the environment's configuration says.
    """
    from ..events.bus import bus_of
    from ..events.listener import Listener
    from ..work.connections import Means
    from ..work.connections.result import StepError

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    with faults(), session.environment(environment) as (store, name):
        known = store.environment(name)
        if known is None:
            raise click.ClickException(f"environment {name!r} has an inventory, and no configuration")
        try:
            bus = bus_of(known, Means(inventories, extra))
        except StepError as error:
            raise click.ClickException(f"{error.text}: {error.cause}") from None
        listener = Listener(store, name, bus)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: listener.stop())
        click.echo(f"Listening to the bus of {name}. Ctrl-C ends it.", err=True)
        listener.run()
