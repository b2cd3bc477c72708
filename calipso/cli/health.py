"""`calipso health`, `calipso status`: what monitoring says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from ..model.kind import HEALTHS, Health
from ..model.topology import Document
from ..report.text import visible
from .commands import Checking
from .options import environment_option, json_option, limit_option, object_argument
from .output import emit, emit_json, moment, table
from .resolve import resolve
from .session import Session, registry, styles

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

    from ..report.health import Scope
    from ..report.style import Styles

EXITS: dict[Health | None, int] = {"ok": 0, "warning": 1, "error": 2, "unknown": 3, None: 3}
"""The exit statuses of checks."""

_SCOPES: dict[Scope, str] = {
    "environment": "",
    "hosts": " and all that is on its hosts",
    "project": ", its instances and services, and what they hang on",
    "clique": ", its clique, and what is below it",
}


@click.command(cls=Checking)
@object_argument(required=False)
@environment_option
@click.option(
    "--check",
    is_flag=True,
    help="End as a check does: status 0 for ok, 1 for warning, 2 for error, 3 for unknown or not monitored.",
)
@json_option
@click.pass_context
def health(
    context: click.Context, wanted: str | None, environment: str | None, check: bool, as_json: bool
) -> None:
    """Tell how an environment is, or an object with all that belongs to it.

    That is the worst that checks say of any of it. To a host belongs what is on it; to a project its
    instances and services, and what they hang on; to other objects their clique, and what is below them.
    """
    from ..report.health import environment_health, object_health

    session: Session = context.obj
    known = registry()
    with session.environment(environment) as (store, name):
        if wanted is None:
            found = environment_health(store, name)
        else:
            view = store.view(name)
            found = object_health(store, view, resolve(view, wanted), known)
        told = found.document(store)
    if as_json:
        emit_json(told)
    else:
        emit(*_parts(told, styles(known)))
    if check:
        context.exit(EXITS[found.aggregate.status])


@click.command()
@environment_option
@click.option(
    "--status", "states", type=click.Choice(HEALTHS), multiple=True, help="Only these. May be repeated."
)
@click.option("--type", "type_", metavar="TYPE", help="Only objects, or links, of this type.")
@click.option("--host", metavar="ID", help="Only what is on this host.")
@limit_option(50)
@json_option
@click.pass_obj
def status(
    session: Session,
    environment: str | None,
    states: tuple[Health, ...],
    type_: str | None,
    host: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List what checks say of objects and links."""
    from ..report.health import named

    where = {"status": states or None, "type": type_, "host": host}
    asked = {attribute: value for attribute, value in where.items() if value is not None}
    with session.environment(environment) as (store, name):
        found = named(store, name, store.statuses(name, asked, limit=limit))
    if as_json:
        emit_json(found)
        return
    emit(status_table(found, styles(registry())) if found else "No check says anything like that.")
    if len(found) == limit:
        click.echo(f"These are the first {limit}; --limit shows more.")


def status_table(found: list[Document], looks: Styles) -> Table:
    """Return statuses, which bear the name of what they are about, as a table."""
    rows = table("Status", "Kind", "Name", "Id", "Host", "At", "Says")
    for each in found:
        is_link = each["subject"] == "link"
        rows.add_row(
            _coloured(each["status"]),
            visible(each["type"] if is_link else looks[each["type"]].label),
            visible(each["object_name"] or "-"),
            visible(each["id"]),
            visible(each["host"]),
            moment(each["status_timestamp"]),
            _first_line(each["status_text"]),
        )
    return rows


def history_table(found: list[Document]) -> Table:
    """Return changes of a status as a table."""
    rows = table("At", "Was", "Is", "Host", "Said")
    for change in found:
        rows.add_row(
            moment(change["status_timestamp"]),
            _coloured(change["was"]),
            _coloured(change["status"]),
            visible(change["host"]),
            _first_line(change["status_text"]),
        )
    return rows


def _parts(told: Document, looks: Styles) -> Iterator[RenderableType]:
    from rich.text import Text

    about, counts, faults = told["object"], told["counts"], told["faults"]
    heading = Text(f"{looks[about['type']].label} " if about else "Environment ")
    heading.append(visible(about["name"] if about else told["environment"]), style="bold")
    heading.append(f"{_SCOPES[told['scope']]}: ", style="default")
    yield heading.append_text(_coloured(told["status"], none="not monitored"))
    if told["status"]:
        yield ", ".join(f"{number} {status}" for status, number in counts.items() if number)
    if faults:
        yield ""
        yield status_table(faults, looks)
        if len(faults) < sum(counts.values()) - counts["ok"]:
            yield f"\nThese are the worst {len(faults)}; `calipso status` lists all."


def _coloured(status: Health | None, *, none: str = "-") -> Text:
    from rich.text import Text

    from ..report.terminal import HEALTH_STYLES

    return Text(status, style=HEALTH_STYLES[status]) if status else Text(none)


def _first_line(text: str) -> str:
    return next((visible(line.strip()) for line in text.splitlines() if line.strip()), "-")
