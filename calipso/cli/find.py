"""`calipso find`: where is it?"""

from __future__ import annotations

from collections.abc import Sequence

import click

from ..model.search import KEYS, found_in, parse
from ..model.topology import Document
from ..report.text import visible
from .options import environment_option, generation_option, json_option, limit_option
from .output import emit, emit_json, table
from .session import Session, registry, styles


@click.command()
@click.argument("text")
@environment_option
@generation_option
@limit_option(50)
@json_option
@click.pass_obj
def find(
    session: Session, text: str, environment: str | None, generation: str | None, limit: int, as_json: bool
) -> None:
    """Find objects by name, id, MAC or IP address, and by attributes.

    The beginning will do, of names that of any word in them; the best matches come first. Parts such as
    type:instance or state:ERROR choose by attributes, alone or with more; a value with blanks stands in
    double quotes. The exit status is 1 where nothing is found.
    """
    known = registry()
    query = parse(text, known.search_attributes)
    with session.view(environment, generation) as (_store, view):
        found = view.search(query, limit=limit)
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
                _match(document, query.text, known.search_fields),
            )
        emit(rows)
    if not found:
        raise click.ClickException(f"nothing in {where} is called, or has, {text!r}")
    if len(found) == limit and not as_json:
        click.echo(f"These are the first {limit}; --limit shows more.")


def _match(document: Document, text: str, fields: Sequence[str]) -> str:
    """Return the attribute by which the text finds an object, with its value; for a name, that suffices."""
    found = found_in(document, text, fields) if text else None
    if found is None:
        return "-"
    field, value = found
    return field if field in KEYS else f"{field} {visible(value)}"
