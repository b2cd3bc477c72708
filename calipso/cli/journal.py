"""`calipso messages`, `calipso scans`: what happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, get_args

import click

from ..model.topology import Document, Level
from ..report.text import visible
from .options import Duration, environment_option, json_option, limit_option
from .output import emit, emit_json, moment, table
from .resolve import resolve
from .session import Session

if TYPE_CHECKING:
    from rich.table import Table

    from ..store import Store

_COLOURS = {**dict.fromkeys(("panic", "alert", "crit", "error"), "bold red"), "warn": "yellow"}


@click.command()
@environment_option
@click.option("--level", type=click.Choice(get_args(Level)), help="Of this level or worse.")
@click.option("--object", "wanted", metavar="ID", help="About this object.")
@click.option("--scan", metavar="ID", help="From this scan.")
@click.option("--source", metavar="SYSTEM", help="That this system told, such as Sensu.")
@click.option("--since", type=Duration(), help="Seen so long ago at most, such as 24h or 7d.")
@limit_option(50)
@json_option
@click.pass_obj
def messages(
    session: Session,
    environment: str | None,
    level: Level | None,
    wanted: str | None,
    scan: str | None,
    source: str | None,
    since: timedelta | None,
    limit: int,
    as_json: bool,
) -> None:
    """List what operators should know, the latest first."""
    with session.environment(environment) as (store, name):
        where = {"related_object": _related(store, name, wanted)} if wanted else {}
        where |= {"scan_id": scan} if scan else {}
        where |= {"source_system": source} if source else {}
        start = datetime.now(UTC) - since if since else None
        found = store.messages(name, where, at_least=level, start_time=start, limit=limit)
    if as_json:
        emit_json(found)
        return
    emit(message_table(found) if found else "There are no such messages.")
    if len(found) == limit:
        click.echo(f"These are the latest {limit}; --limit shows more.")


@click.command()
@environment_option
@limit_option(50)
@json_option
@click.pass_obj
def scans(session: Session, environment: str | None, limit: int, as_json: bool) -> None:
    """List the scans of an environment, the latest first."""
    with session.environment(environment) as (store, name):
        found = store.scans(name, limit=limit)
    if as_json:
        emit_json(found)
        return
    rows = table("Started", "Ended", "Status", "Id", "Errors")
    for scan in found:
        rows.add_row(
            moment(scan.get("started_at")),
            moment(scan.get("ended_at")),
            visible(scan["status"]),
            visible(scan["id"]),
            visible("; ".join(scan.get("errors") or ()) or "-"),
        )
    emit(rows if found else "There are no scans yet.")


def message_table(found: list[Document]) -> Table:
    """Return messages as a table."""
    from rich.text import Text

    rows = table("Last seen", "Level", "About", "Message")
    for message in found:
        rows.add_row(
            moment(message.get("last_seen")),
            Text(visible(message["level"]), style=_COLOURS.get(message["level"], "")),
            visible(message.get("related_object") or "-"),
            visible(message["message"]),
        )
    return rows


def _related(store: Store, environment: str, wanted: str) -> str:
    """Return the id of the object that is meant: messages outlive what they are about."""
    if store.messages(environment, {"related_object": wanted}, limit=1):
        return wanted
    return str(resolve(store.view(environment), wanted)["id"])
