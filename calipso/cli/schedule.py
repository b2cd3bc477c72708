"""`calipso schedule`: scans that are asked for again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args

import click

from ..caller import caller
from ..model.requests import FREQUENCIES, LogLevel, Missed, Part, RequestError
from ..model.topology import Document
from ..report.text import visible
from .options import environment_option, json_option
from .output import emit, emit_json, moment, table
from .scan import object_of, scan_options
from .session import Session

if TYPE_CHECKING:
    from ..store import Store

_Command = Callable[..., Any]


@click.group()
def schedule() -> None:
    """Have scans asked for again and again, by whichever worker sees that one is due."""


@schedule.command()
@environment_option
@click.option("--name", metavar="TEXT", help="What it is called.")
@click.option(
    "--freq",
    type=click.Choice(FREQUENCIES, case_sensitive=False),
    help="How often, counted from now.",
)
@click.option("--cron", metavar="LINE", help="When: a cron line of five fields, such as '0 0 * * sun'.")
@click.option(
    "--timezone",
    metavar="ZONE",
    default="UTC",
    show_default=True,
    help="Whose clock counts, such as Europe/Berlin.",
)
@click.option(
    "--missed",
    type=click.Choice(get_args(Missed)),
    default="run",
    show_default=True,
    help="What becomes of runs that no worker saw: run (once, as soon as one does) or skip.",
)
@scan_options
@click.option(
    "--snapshot", metavar="PATTERN", help="Keep each state that it finds, under such a name: weekly-%Y-%m-%d."
)
@click.pass_obj
def add(
    session: Session,
    /,
    environment: str | None,
    wanted: str | None,
    only: Part | None,
    clear: bool,
    log_level: LogLevel,
    **given: Any,
) -> None:
    """Schedule scans: at a frequency, or when a cron line says."""
    from ..work import requests, schedules

    with session.environment(environment) as (store, name), _refused():
        store.prepare()
        object_id = object_of(store, name, wanted)
        made = schedules.add(
            store,
            name,
            given,
            options=requests.options(object_id=object_id, only=only, clear=clear, log_level=log_level),
            by=caller(),
            at=datetime.now(UTC),
        )
    click.echo(f"Scheduled scan {made['id']} runs at {moment(made['next_run'])}, and so on.")


@schedule.command("list")
@environment_option
@json_option
@click.pass_obj
def list_schedules(session: Session, environment: str | None, as_json: bool) -> None:
    """List the scheduled scans of an environment."""
    with session.environment(environment) as (store, name):
        found = store.scheduled_scans(name)
    if as_json:
        emit_json(found)
        return
    rows = table("Id", "Name", "When", "Next run", "Last run", "Scan")
    for each in found:
        last = each["last_run"]
        rows.add_row(
            each["id"],
            visible(each["name"] or "-"),
            visible(f"{each['freq'] or each['cron']} {each['timezone']}"),
            moment(each["next_run"]) if each["enabled"] else "paused",
            moment(last and last["at"]),
            visible(_what(each)),
        )
    emit(rows if found else "There are no scheduled scans.")


def _one(command: _Command) -> _Command:
    """Add a scheduled scan, given by its id or its name."""
    return click.argument("wanted", metavar="ID")(environment_option(command))


@schedule.command()
@_one
@click.pass_obj
def remove(session: Session, wanted: str, environment: str | None) -> None:
    """Remove a scheduled scan. What it asked for already stays."""
    from ..work import schedules

    with session.environment(environment) as (store, name):
        schedules.remove(store, _found(store, name, wanted), by=caller(), at=datetime.now(UTC))
    click.echo(f"Scheduled scan {visible(wanted)} is removed.")


@schedule.command()
@_one
@click.pass_obj
def pause(session: Session, wanted: str, environment: str | None) -> None:
    """Let a scheduled scan rest, until it is resumed."""
    _enable(session, environment, wanted, enabled=False)
    click.echo(f"Scheduled scan {visible(wanted)} is paused.")


@schedule.command()
@_one
@click.pass_obj
def resume(session: Session, wanted: str, environment: str | None) -> None:
    """Let a scheduled scan that was paused run again."""
    changed = _enable(session, environment, wanted, enabled=True)
    click.echo(f"Scheduled scan {visible(wanted)} runs at {moment(changed['next_run'])}, and so on.")


def _enable(session: Session, environment: str | None, wanted: str, *, enabled: bool) -> Document:
    from ..work import schedules

    with session.environment(environment) as (store, name), _refused():
        found = _found(store, name, wanted)
        return schedules.change(store, found, {"enabled": enabled}, by=caller(), at=datetime.now(UTC))


def _found(store: Store, environment: str, wanted: str) -> Document:
    """Return the scheduled scan with this id, or else the only one with this name."""
    for field in ("id", "name"):
        found = store.scheduled_scans(environment, {field: wanted})
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(each["id"] for each in found)
            raise click.ClickException(f"{wanted!r} is the name of {len(found)}, say which by its id: {ids}")
    raise click.ClickException(
        f"environment {environment!r} has no scheduled scan {wanted!r}: `calipso schedule list` lists them"
    )


def _what(each: Document) -> str:
    options = each["options"] | {"snapshot": each["snapshot"], "compare_with": each["compare_with"]}
    said = [
        f"{name}={options[name]}"
        for name in ("object_id", "only", "snapshot", "compare_with")
        if options[name]
    ]
    return ", ".join(said) or "all"


@contextmanager
def _refused() -> Iterator[None]:
    try:
        yield
    except RequestError as error:
        raise click.UsageError(str(error), click.get_current_context()) from None
