"""What is different between two states, as text: what moved, went, came and changed; then the links."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from rich.text import Text

from ..model.topology import Document
from .comparing import ComparedStates, Scope
from .style import Styles
from .terminal import STATE_STYLES, chip
from .text import visible

_HEALTH_STYLES = {"ok": "green", "warning": "yellow", "error": "bold red"}
_GROUP_STYLES = {"moved": "cyan", "removed": "red", "added": "green", "changed": "yellow"}
_SIGN_STYLES = {"-": "red", "+": "green"}


def lines(compared: ComparedStates, styles: Styles, *, unicode: bool = True) -> Iterator[Text]:
    """Yield the lines that tell of a comparison; the last one has the counts."""
    arrow = " → " if unicode else " -> "
    yield Text(visible(f"Environment {compared.environment}: "), style="bold").append(
        f"{_state(compared.document()['before'])}{arrow}{_state(compared.document()['after'])}"
    )
    if compared.scope:
        yield _scope(compared.scope, styles)
    for group, listed in compared.comparison.objects.items():
        if listed:
            yield from _heading(group, "")
            for entry in listed:
                yield _object(entry, styles, arrow)
                yield from _attributes(entry, arrow)
    for group, listed in compared.comparison.links.items():
        if listed:
            yield from _heading(group, "Links ")
            for entry in listed:
                yield _link(entry, arrow)
                yield from _attributes(entry, arrow)
    yield Text()
    yield Text(_counts(compared), style="bold")


def _state(state: Document) -> str:
    name = f" ({', '.join(map(visible, state['names']))})" if state["names"] else ""
    return f"generation {state['generation']}{name} of {_moment(state['published_at'])}"


def _scope(scope: Scope, styles: Styles) -> Text:
    document = scope.document
    line = Text("Only ").append_text(chip(styles[document["type"]]))
    line.append(f" {visible(document['name'])}", style="bold")
    line.append(" and what belongs to it" if document["type"] == "project" else " and its clique")
    if not (scope.before and scope.after):
        line.append(f"; it is only in the {'later' if scope.after else 'earlier'} state", style="yellow")
    return line


def _heading(group: str, prefix: str) -> Iterator[Text]:
    yield Text()
    yield Text(f"{prefix}{group}".capitalize(), style=f"bold {_GROUP_STYLES[group]}")


def _object(entry: Document, styles: Styles, arrow: str) -> Text:
    line = Text("  ").append(visible(entry["name"]), style="bold")
    line.append("  ").append_text(chip(styles[entry["type"]]))
    if entry["id"] != entry["name"]:
        line.append(f"  {visible(entry['id'])}", style="dim")
    if "from" in entry:
        line.append(f"  {visible(entry['from'])}{arrow}{visible(entry['to'])}", style="cyan")
    elif entry.get("host", entry["id"]) != entry["id"]:
        line.append(f"  on {visible(entry['host'])}", style="dim")
    return line.append_text(_pair("health", entry["health"], _HEALTH_STYLES, arrow, usual="ok"))


def _link(entry: Document, arrow: str) -> Text:
    line = Text(f"  {visible(entry['link_type'])}  ", style="dim")
    line.append(f"{visible(entry['source_label'])} - {visible(entry['target_label'])}", style="default")
    if entry["link_name"]:
        line.append(f"  {visible(entry['link_name'])}", style="cyan")
    if "host" in entry:
        line.append(f"  on {visible(entry['host'])}", style="dim")
    return line.append_text(_pair("state", entry["state"], STATE_STYLES, arrow, usual="up"))


def _pair(
    name: str, pair: Mapping[str, str | None], looks: Mapping[str, str], arrow: str, *, usual: str
) -> Text:
    """Return what something was and is, or nothing if it is as usual, or not known."""
    known = [value for value in (pair["before"], pair["after"]) if value is not None]
    line = Text()
    if len(set(known)) == 1 and known[0] in (usual, "unknown"):
        return line
    for value in dict.fromkeys(known):
        line.append(arrow if line else f"  {name} ").append(visible(value), style=looks.get(value, ""))
    return line


def _attributes(entry: Document, arrow: str) -> Iterator[Text]:
    for attribute in entry.get("attributes", ()):
        line = Text("      ").append(f"{visible(attribute['attribute'])}: ", style="cyan")
        if "added" in attribute:
            parts = [
                (sign, value)
                for sign, values in (("-", attribute["removed"]), ("+", attribute["added"]))
                for value in values
            ]
            for number, (sign, value) in enumerate(parts):
                line.append("  " if number else "").append(
                    f"{sign} {_value(value)}", style=_SIGN_STYLES[sign]
                )
        elif "before" not in attribute:
            line.append(f"+ {_value(attribute['after'])}", style=_SIGN_STYLES["+"])
        elif "after" not in attribute:
            line.append(f"- {_value(attribute['before'])}", style=_SIGN_STYLES["-"])
        else:
            line.append(f"{_value(attribute['before'])}{arrow}{_value(attribute['after'])}")
        yield line


def _value(value: Any) -> str:
    """Return an attribute's value on one line."""
    if value is None or value in ("", [], {}):
        return "none"
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, dict):
        return f"{{{', '.join(f'{visible(name)}: {_value(part)}' for name, part in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return visible(value)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _counts(compared: ComparedStates) -> str:
    summary = compared.comparison.summary
    if compared.equal:
        return "Nothing is different."
    return "; ".join(
        f"{what}: {', '.join(f'{count} {group}' for group, count in groups.items() if count) or 'none'}"
        for what, groups in (("Objects", summary["objects"]), ("links", summary["links"]))
    )
