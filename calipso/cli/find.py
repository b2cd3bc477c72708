"""`calipso find`: where is it?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import click

from ..model.topology import Document
from ..report.text import visible
from .options import environment_option, generation_option, json_option, limit_option
from .output import emit, emit_json, table
from .session import Session, registry, styles

NAMES = ("name", "id", "object_name")


@click.command()
@click.argument("text")
@environment_option
@generation_option
@limit_option(50)
@json_option
@click.pass_obj
def find(
    session: Session, text: str, environment: str | None, generation: int | None, limit: int, as_json: bool
) -> None:
    """Find objects by name, id, MAC or IP address.

    Any part of it will do; the best matches come first. The exit status is 1 where nothing is found.
    """
    known = registry()
    fields = (*NAMES, *known.search_fields)
    with session.view(environment, generation) as (_store, view):
        found = view.find(text, fields=fields, limit=limit)
        where = f"generation {view.generation} of environment {view.environment!r}"
    if as_json:
        emit_json(found)
    elif found:
        looks = styles(known)
        rows = table("Kind", "Name", "Id", "Host", "Match")
        for document in found:
            rows.add_row(
                looks[document["type"]].label,
                visible(document["name"]),
                visible(document["id"]),
                visible(document.get("host") or "-"),
                _match(document, text, fields),
            )
        emit(rows)
    if not found:
        raise click.ClickException(f"nothing in {where} is called, or has, {text!r}")
    if len(found) == limit and not as_json:
        click.echo(f"These are the first {limit}; --limit shows more.")


def _match(document: Document, text: str, fields: Sequence[str]) -> str:
    """Return the first attribute that contains the text, with its value; for a name, that suffices."""
    for field in fields:
        for value in _values(document.get(field)):
            if text.lower() in value.lower():
                return field if field in NAMES else f"{field} {visible(value)}"
    return "-"


def _values(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        yield from map(str, value)
    elif value is not None:
        yield str(value)
