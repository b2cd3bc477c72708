"""`calipso scan`: scans are asked for, followed, shown and aborted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args

import click

from ..caller import caller
from ..model.requests import LOG_LEVELS, LogLevel, Part, RequestError
from ..model.topology import Document
from ..report.text import visible
from .following import STATUSES, follow
from .journal import scans
from .options import complete_objects, complete_snapshots, environment_option, json_option
from .output import emit, emit_json, moment, table
from .resolve import resolve
from .session import Session

if TYPE_CHECKING:
    from ..store import Store

_Command = Callable[..., Any]

_LAST_LINES = 20


@click.group()
def scan() -> None:
    """Ask workers for scans, follow and abort them.

    `calipso work` is such a worker. `calipso schedule` asks for scans again and again.
    """


scan.add_command(scans, "list")


def scan_options(command: _Command) -> _Command:
    """Add what a scan is to do."""
    options = (
        click.option(
            "--object",
            "wanted",
            metavar="ID",
            shell_complete=complete_objects,
            help="Only this object, by its id or name, and what hangs on it; else all.",
        ),
        click.option(
            "--only", type=click.Choice(get_args(Part)), help="Only this part; links and cliques ask nobody."
        ),
        click.option("--clear", is_flag=True, help="At the end, forget the facts of sources not asked."),
        click.option("--log-level", type=click.Choice(LOG_LEVELS), default="info", show_default=True),
        click.option(
            "--compare-with",
            metavar="SNAPSHOT",
            shell_complete=complete_snapshots,
            help="Tell in a message what is different from this snapshot, or from the `previous` state.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def scan_argument(command: _Command) -> _Command:
    """Add a scan, given by its id."""
    return click.argument("scan_id", metavar="SCAN")(command)


wait_option = click.option(
    "--wait",
    is_flag=True,
    help="Follow it to its end: status 0 completed, 3 completed with errors, 4 failed, 5 aborted.",
)


@scan.command()
@environment_option
@scan_options
@click.option("--snapshot", metavar="NAME", help="Keep the state that it finds, under this name.")
@wait_option
@json_option
@click.pass_obj
def request(
    session: Session,
    environment: str | None,
    wanted: str | None,
    only: Part | None,
    clear: bool,
    log_level: LogLevel,
    compare_with: str | None,
    snapshot: str | None,
    wait: bool,
    as_json: bool,
) -> None:
    """Ask for a scan."""
    from ..work import requests

    with session.environment(environment) as (store, name):
        store.prepare()
        object_id = object_of(store, name, wanted)
        try:
            asked = requests.ask(
                store,
                name,
                requests.options(object_id=object_id, only=only, clear=clear, log_level=log_level),
                snapshot=snapshot,
                compare_with=compare_with,
                by=caller(),
                at=datetime.now(UTC),
            )
        except RequestError as error:
            raise click.UsageError(str(error), click.get_current_context()) from None
        click.echo(f"Scan {asked['id']} of environment {visible(name)} is asked for.", err=wait or as_json)
        if wait:
            asked = follow(store, asked["id"])
    _tell(asked, wait=wait, as_json=as_json)


@scan.command()
@scan_argument
@wait_option
@json_option
@click.pass_obj
def show(session: Session, scan_id: str, wait: bool, as_json: bool) -> None:
    """Show how a scan goes, or how it went."""
    with session.store() as store:
        found = _scan(store, scan_id)
        if wait:
            found = follow(store, scan_id)
    if as_json or wait:
        _tell(found, wait=wait, as_json=as_json)
        return
    rows = table("Field", "Value")
    for name, value in _shown(found).items():
        rows.add_row(name, visible(str(value)) if value not in (None, "") else "-")
    emit(rows)
    for line in found["log"][-_LAST_LINES:]:
        click.echo(visible(f"{moment(line['at'])} {line['level']}: {line['text']}"))


@scan.command()
@scan_argument
@click.pass_obj
def abort(session: Session, scan_id: str) -> None:
    """Abort a scan: what it found so far is not published."""
    from ..work import requests

    with session.store() as store:
        _scan(store, scan_id)
        try:
            found = requests.abort(store, scan_id, by=caller(), at=datetime.now(UTC))
        except RequestError as error:
            raise click.ClickException(str(error)) from None
    is_over = found["status"] == "aborted"
    click.echo(
        f"Scan {scan_id} {'is aborted' if is_over else 'is being aborted, as its worker hears of it'}."
    )


def object_of(store: Store, environment: str, wanted: str | None) -> str | None:
    """Return the id of the object that is meant."""
    return None if wanted is None else str(resolve(store.view(environment), wanted)["id"])


def _scan(store: Store, scan_id: str) -> Document:
    found = store.scan(scan_id)
    if found is None:
        raise click.ClickException(
            f"there is no scan {scan_id!r}: `calipso scan list` lists those of an environment"
        )
    return found


def _tell(found: Document, *, wait: bool, as_json: bool) -> None:
    """Print a scan's end, or all of it, and end with its status where somebody waited for that."""
    if as_json:
        emit_json(found)
    elif wait:
        for error in found["errors"]:
            click.echo(visible(error))
        click.echo(f"Scan {found['id']} is {_words(found['status'])}.")
    if wait:
        click.get_current_context().exit(STATUSES[found["status"]])


def _shown(found: Document) -> dict[str, Any]:
    """Return what people want to know of a scan."""
    progress, worker, stopped = found["progress"], found["worker"], found["abort"]
    hosts = progress["hosts"] if progress else {}
    return {
        "id": found["id"],
        "environment": found["environment"],
        "status": _words(found["status"]),
        "options": ", ".join(f"{name}={value}" for name, value in found["options"].items() if value),
        "asked for": f"{moment(found['submitted_at'])} by {found['submitted_by'] or 'itself'}",
        "schedule": found["schedule"],
        "started": moment(found["started_at"]),
        "ended": moment(found["ended_at"]),
        "worker": worker and f"{worker['name']}, attempt {found['attempt']}",
        "progress": progress
        and f"{progress['phase']}; hosts: {', '.join(f'{hosts[name]} {name}' for name in hosts)}",
        "abort": stopped and f"{moment(stopped['at'])} by {stopped['by']}",
        "artifacts": found["artifacts"],
        "job": found["job"],
        "errors": "; ".join(found["errors"]),
    }


def _words(status: str) -> str:
    return status.replace("_", " ")
