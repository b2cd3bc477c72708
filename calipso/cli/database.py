"""`calipso db`: where the database is; and the embedded one, started and stopped."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from ..report.text import visible
from .options import json_option
from .output import emit, emit_json, table
from .session import Session, faults

if TYPE_CHECKING:
    from ..store.embedded import Status

UNITS = ("B", "kB", "MB", "GB", "TB")


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def db(context: click.Context, as_json: bool) -> None:
    """Say where the database is; start or stop one.

    The size is that of the inventory on disk, indexes included.

    The exit status is 1 where no database answers.
    """
    if context.invoked_subcommand is None:
        _show(context.obj, as_json)


@db.command()
@json_option
def start(as_json: bool) -> None:
    """Start the embedded database, unless it runs; it keeps its data in $CALIPSO_HOME."""
    with faults():
        from ..store import embedded

        embedded.start()
        _show_embedded("The embedded database runs", as_json)


@db.command()
@json_option
def stop(as_json: bool) -> None:
    """Stop the embedded database; its data stays."""
    with faults():
        from ..store import embedded

        stopped = embedded.stop()
        words = "The embedded database is stopped" if stopped else "The embedded database was not running"
        _show_embedded(words, as_json)


def _show(session: Session, as_json: bool) -> None:
    with faults():
        from ..store import embedded
        from ..store.connection import locate, redacted

        found: dict[str, Any] = {
            "location": redacted(locate(session.mongo_uri, session.mongo_config)),
            "inventory": session.inventory,
            "reachable": False,
            "embedded": _embedded(embedded.status()),
        }
    error = None
    try:
        with session.store() as store:
            found |= {"reachable": True, **asdict(store.usage())}
    except click.ClickException as raised:
        error = raised
    if as_json:
        emit_json(found)
    else:
        _print(found)
    if error:
        raise error


def _show_embedded(words: str, as_json: bool) -> None:
    from ..store import embedded

    status = embedded.status()
    if as_json:
        emit_json(_embedded(status))
    else:
        click.echo(f"{words}: {visible(status.uri or status.home)}")


def _embedded(status: Status) -> dict[str, Any]:
    return {"home": str(status.home), "log": str(status.log), "uri": status.uri, "pid": status.pid}


def _print(found: dict[str, Any]) -> None:
    click.echo(f"Database:  {visible(found['location'])}")
    click.echo(f"Reachable: {'yes, MongoDB ' + found['server_version'] if found['reachable'] else 'no'}")
    click.echo(f"Inventory: {visible(found['inventory'])}")
    own = found["embedded"]
    state = f"runs, process {own['pid']}, log {visible(own['log'])}" if own["pid"] else "does not run"
    click.echo(f"Embedded:  {state}; its home is {visible(own['home'])}")
    if found["reachable"]:
        rows = table("Collection", "Documents", "On disk")
        for name, size in found["collections"].items():
            rows.add_row(name, str(size["documents"]), _amount(size["bytes"]))
        emit(rows)


def _amount(size: float) -> str:
    unit = 0
    while size >= 1000 and unit < len(UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return f"{size:.0f} {UNITS[unit]}" if unit == 0 else f"{size:.1f} {UNITS[unit]}"
