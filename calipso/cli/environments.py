"""`calipso environments`, `calipso generations`: which clouds there are, and which of their states."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from ..report.text import visible
from .options import environment_option, json_option
from .output import emit, emit_json, moment, table
from .session import Session

if TYPE_CHECKING:
    from ..store import Generation


@click.command()
@json_option
@click.pass_obj
def environments(session: Session, as_json: bool) -> None:
    """List the environments: the clouds that are known."""
    with session.store() as store:
        found = [
            {
                **asdict(environment),
                **{name: environment.drivers(name) for name in ("mechanism_drivers", "type_drivers")},
                "generation": store.generation(environment.name),
            }
            for environment in store.environments()
        ]
    if as_json:
        emit_json(found)
        return
    rows = table("Environment", "Type", "Distribution", "Mechanism", "Networks", "Last scanned", "Generation")
    for each in found:
        rows.add_row(
            visible(each["name"]),
            visible(each["environment_type"]),
            visible(" ".join(filter(None, (each["distribution"], each["distribution_version"]))) or "-"),
            visible(", ".join(each["mechanism_drivers"]) or "-"),
            visible(", ".join(each["type_drivers"]) or "-"),
            moment(each["last_scanned"]),
            str(each["generation"] or "-"),
        )
    emit(rows if found else "There is no environment yet.")


@click.command()
@environment_option
@json_option
@click.pass_obj
def generations(session: Session, environment: str | None, as_json: bool) -> None:
    """List the states of an environment that are kept."""
    with session.environment(environment) as (store, name):
        found = store.generations(name)
    if as_json:
        emit_json([asdict(generation) for generation in found])
        return
    rows = table("Generation", "Published", "Snapshots", "Objects", "Links", "Cliques", "Scan")
    for generation in found:
        rows.add_row(
            str(generation.number),
            moment(generation.published_at),
            ", ".join(map(visible, generation.names)) or "-",
            *(_change(generation, collection) for collection in ("inventory", "links", "cliques")),
            visible(generation.scan_id or "-"),
        )
    emit(rows if found else "There is no generation yet.")


def _change(generation: Generation, collection: str) -> str:
    """Return how many documents there are, and what changed since the generation before."""
    counts: dict[str, Any] = dict(generation.counts.get(collection, {}))
    signs = {"added": "+", "removed": "-", "changed": "~"}
    changes = [f"{sign}{counts[name]}" for name, sign in signs.items() if counts.get(name)]
    return " ".join([str(counts.get("total", "-")), *changes])
