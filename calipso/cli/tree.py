"""`calipso tree`: what contains what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from ..analyze.health import fault, reported
from ..model.kind import folder_type
from ..model.topology import Document
from ..report.text import visible
from ..report.tree import Branch, Row, cut, grown, of_types, readable_depth, rows
from .options import environment_option, generation_option, json_option, object_argument, types_option
from .output import emit, emit_json, speaks_unicode
from .resolve import resolve
from .session import Session, registry, styles

if TYPE_CHECKING:
    from rich.text import Text

    from ..build.registry import Registry
    from ..report.style import Styles
    from ..store import View

SHOWN = ("id", "type", "name", "health", "stale")

_GUIDES = {True: ("│  ", "   ", "├─ ", "└─ "), False: ("|  ", "   ", "|- ", "`- ")}


@click.command()
@object_argument(required=False)
@environment_option
@generation_option
@click.option("--depth", metavar="N", type=click.IntRange(0), help="Only so many levels below the first.")
@types_option
@click.option("--all", "everything", is_flag=True, help="Everything, however deep and wide it is.")
@json_option
@click.pass_obj
def tree(
    session: Session,
    wanted: str | None,
    environment: str | None,
    generation: str | None,
    depth: int | None,
    types: tuple[str, ...],
    everything: bool,
    as_json: bool,
) -> None:
    """Show what contains what: the tree of objects.

    A large tree is shown as deep as it can be read, and of many siblings only some; what has a fault comes
    first.
    """
    known = registry()
    if unknown := sorted(set(types) - known.kinds.keys()):
        raise click.UsageError(f"no such type: {', '.join(unknown)}; there are {', '.join(known.kinds)}")
    with session.view(environment, generation) as (_store, view):
        whole = _grown(view, wanted, known)
    if types:
        whole = of_types(whole, types)
    if as_json:
        emit_json(_nested(whole if depth is None else cut(whole, depth)))
        return
    wide = {"wide": None} if everything else {}
    shown = depth if depth is not None or everything else readable_depth(whole)
    drawn = list(rows(whole, shown, **wide))
    emit(*_lines(drawn, styles(known)))
    if any(row.below or row.siblings for row in drawn):
        click.echo("\nMore is below: see `calipso tree ID`, --depth or --all.")


def _grown(view: View, wanted: str | None, known: Registry) -> Branch:
    order: dict[str, int] = {}
    for number, kind in enumerate(known.kinds.values()):
        for label in filter(None, (kind.folder, *kind.subfolders.values())):
            order.setdefault(folder_type(label), number)
        order[kind.type] = number
    if wanted is None:
        name = view.environment
        return grown({"id": name, "type": "environment", "name": name}, view.objects(), order)
    root = resolve(view, wanted)
    return grown(root, view.objects(under=root["id_path"]), order)


def _nested(branch: Branch) -> dict[str, Any]:
    document = branch.document
    shown: dict[str, Any] = {name: document[name] for name in SHOWN if name in document}
    if status := reported(branch.document):
        shown["status"] = status
    return {**shown, "children": [_nested(child) for child in branch.children]}


def _lines(drawn: list[Row], looks: Styles) -> Iterator[Text]:
    from rich.text import Text

    from ..report.terminal import health_mark

    through, blank, fork, end = _GUIDES[speaks_unicode()]
    for row in drawn:
        line = Text(no_wrap=True, overflow="ellipsis")
        guides = [blank if last else through for last in row.last[:-1]]
        guides += [end if last else fork for last in row.last[-1:]]
        line.append("".join(guides), style="dim")
        if row.siblings:
            line.append(f"{row.siblings} more {looks[row.document['type']].plural}", style="italic")
        else:
            line.append_text(_object(row.document, looks))
            line.append_text(health_mark(fault(row.document), stale=row.document.get("stale", False)))
        if row.below:
            line.append(f"  ({row.below} below)", style="italic")
        yield line


def _object(document: Document, looks: Styles) -> Text:
    from rich.text import Text

    text = Text(visible(document["name"]), style="bold")
    if not looks.is_folder(document["type"]):
        text.append(f"  {looks[document['type']].label}", style="cyan")
        if document["id"] != document["name"]:
            text.append(f"  {visible(document['id'])}", style="dim")
    return text
