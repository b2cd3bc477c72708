"""`calipso show`: all that is known of one object."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from ..analyze.health import fault, health, reported
from ..model.kind import Health
from ..model.topology import Document
from ..report.around import around, brief
from ..report.text import visible
from .health import history_table
from .journal import message_table
from .options import environment_option, generation_option, json_option, object_argument
from .output import emit, emit_json, json_bytes, moment, table
from .resolve import resolve
from .session import Session, registry, styles

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

    from ..build.registry import Registry
    from ..report.style import Styles

_STATUS = ("status", "status_timestamp", "status_text")

MESSAGES = 20
CHILDREN = 20
CHANGES = 10


@click.command()
@object_argument()
@environment_option
@generation_option
@json_option
@click.pass_obj
def show(
    session: Session, wanted: str, environment: str | None, generation: str | None, as_json: bool
) -> None:
    """Show all that is known of an object.

    That is its attributes, what checks say and said of it, what is above and below it, its links and
    messages. The object is given by its id, or by its name where no other object has that.
    """
    known = registry()
    looks = styles(known)
    with session.view(environment, generation) as (store, view):
        document = resolve(view, wanted)
        near = around(view, document)
        found = {
            "object": document,
            "parents": [brief(each) for each in near.parents],
            "children": [brief(each) for each in near.children],
            "links": near.links,
            "history": store.status_history(view.environment, document["id"], limit=CHANGES),
            "messages": store.messages(view.environment, {"related_object": document["id"]}, limit=MESSAGES),
        }
    if as_json:
        emit_json(found)
    else:
        emit(*_parts(found, known, looks))


def _parts(found: dict[str, Any], known: Registry, looks: Styles) -> Iterator[RenderableType]:
    from rich.text import Text

    from ..report.terminal import chip, health_mark

    document: Document = found["object"]
    heading = Text(visible(document["name"]), style="bold").append("  ")
    heading.append_text(chip(looks[document["type"]]))
    heading.append_text(health_mark(fault(document), stale=document.get("stale", False)))
    yield heading
    yield Text(visible(document["name_path"]), style="dim")
    yield _attributes(document, known)
    if status := reported(document):
        yield from _section("Status", _status(document, status))
    if found["history"]:
        yield from _section("Changes of the status", history_table(found["history"]))
    if found["parents"]:
        yield from _section("Above", _ends(found["parents"], looks))
    if children := found["children"]:
        yield from _section("Below", _ends(children[:CHILDREN], looks))
        if len(children) > CHILDREN:
            yield f"and {len(children) - CHILDREN} more: `calipso tree ID` shows them"
    if found["links"]:
        yield from _section("Links", _link_table(found["links"], looks))
    if found["messages"]:
        yield from _section("Messages", message_table(found["messages"]))


def _section(title: str, content: RenderableType) -> Iterator[RenderableType]:
    from rich.text import Text

    yield Text(f"\n{title}", style="bold underline")
    yield content


def _status(document: Document, status: Health) -> Text:
    """Return what checks say of an object, in their own lines."""
    from rich.text import Text

    from ..report.terminal import HEALTH_STYLES

    text = Text(status, style=HEALTH_STYLES[status])
    text.append(f" at {moment(document['status_timestamp'])}", style="default")
    for line in document["status_text"].splitlines():
        text.append(f"\n  {visible(line)}", style="default")
    return text


def _attributes(document: Document, known: Registry) -> Table:
    """Return all attributes: first what every object has, then those of its kind, as it declares them."""
    from rich.table import Table

    kind = known.kinds.get(document["type"])
    is_reported = reported(document) is not None
    declared = [field.name for field in kind.fields if field.name in document] if kind else []
    own = [name for name in document if name not in declared and not (is_reported and name in _STATUS)]
    names = [*own, *declared]
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="cyan", no_wrap=True)
    rows.add_column(overflow="fold")
    rows.add_row()
    for name in names:
        rows.add_row(visible(name), _value(document[name]))
    return rows


def _value(value: Any) -> str:
    """Return an attribute's value: simple ones on one line, others a line for each part."""
    if value is None or value in ([], {}):
        return "-"
    if isinstance(value, dict):
        return "\n".join(f"{visible(name)}: {_part(part)}" for name, part in value.items())
    if isinstance(value, list) and any(isinstance(part, (dict, list)) for part in value):
        return "\n".join(map(_part, value))
    if isinstance(value, list):
        return ", ".join(map(visible, value))
    return moment(value) if isinstance(value, datetime) else visible(value)


def _part(value: Any) -> str:
    return json_bytes(value).decode() if isinstance(value, (dict, list)) else visible(value)


def _ends(documents: list[Document], looks: Styles) -> Table:
    from rich.text import Text

    from ..report.terminal import HEALTH_STYLES

    rows = table("Kind", "Name", "Id", "Health")
    for each in documents:
        found = health(each)
        rows.add_row(
            looks[each["type"]].label,
            visible(each["name"]),
            visible(each["id"]),
            Text(found, style=HEALTH_STYLES[found]) if found else "-",
        )
    return rows


def _link_table(links: list[Document], looks: Styles) -> Table:
    from rich.text import Text

    from ..report.terminal import STATE_STYLES

    rows = table("Link type", "Name", "State", "To", "Name", "Id")
    for link in links:
        end = link["other_end"]
        rows.add_row(
            visible(link["link_type"]),
            visible(link.get("link_name") or "-"),
            Text(visible(link["state"]), style=STATE_STYLES.get(link["state"], "")),
            looks[end["type"]].label if "type" in end else "-",
            visible(end.get("name", "-")),
            visible(end["id"]),
        )
    return rows
