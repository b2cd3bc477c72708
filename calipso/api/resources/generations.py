"""Generations, and the snapshots among them: the states of an environment that are kept."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import islice
from typing import Annotated, Any

from pydantic import Field

from ...scan.snapshots import forget, keep
from ...store import LATEST
from ..answer import Answer
from ..call import Body, Call, Name, Paged, Query
from ..documents import Exact
from ..problem import Problem
from ..route import Access, Route
from .tokens import Done


class GenerationsQuery(Paged):
    """The states of an environment."""

    env_name: Annotated[Name, Field(description="The environment.")]


class GenerationItem(Exact):
    """One state of an environment."""

    number: int
    names: Annotated[list[str], Field(description="Those of the snapshots that it is; then it is kept.")]
    published_at: datetime
    scan_id: str | None
    counts: Annotated[
        dict[str, dict[str, int]],
        Field(description="By collection: added, removed, changed, unchanged and total documents."),
    ]


class GenerationsAnswer(Exact):
    """Generations, the newest first."""

    generations: list[GenerationItem]


class SnapshotsAnswer(Exact):
    """Generations that have a name, the newest first."""

    snapshots: list[GenerationItem]


class SnapshotBody(Body):
    """A name for a generation, which is then kept."""

    env_name: Annotated[Name, Field(description="The environment.")]
    name: Annotated[Name, Field(description="The snapshot's name, such as `before change 4711`.")]
    generation: Annotated[
        int | None, Field(ge=1, le=2**31, description="Which generation; else the newest.")
    ] = None


class SnapshotQuery(Query):
    """One snapshot."""

    env_name: Annotated[Name, Field(description="The environment.")]
    name: Annotated[Name, Field(description="The snapshot's name.")]


def list_generations(call: Call, query: GenerationsQuery) -> Answer:
    """List the states of an environment that are kept, the newest first."""
    return Answer({"generations": _page(call, query, named=False)})


def list_snapshots(call: Call, query: GenerationsQuery) -> Answer:
    """List the snapshots of an environment, the newest first."""
    return Answer({"snapshots": _page(call, query, named=True)})


def add_snapshot(call: Call, body: SnapshotBody) -> Answer:
    """Name a generation, and so keep it. A name is that of one generation at most."""
    state = call.store.find_state(body.env_name, str(body.generation or LATEST))
    keep(call.store, body.env_name, body.name, state, by=call.user.name, at=datetime.now(UTC))
    text = f"generation {state.number} of environment {body.env_name!r} is snapshot {body.name!r}"
    return Answer({"message": text}, HTTPStatus.CREATED)


def remove_snapshot(call: Call, query: SnapshotQuery) -> Answer:
    """Take a snapshot's name away: its generation stays until the retention policy thins it out."""
    if not forget(call.store, query.env_name, query.name, by=call.user.name, at=datetime.now(UTC)):
        raise Problem(HTTPStatus.NOT_FOUND, f"environment {query.env_name!r} has no snapshot {query.name!r}")
    return Answer({"message": f"environment {query.env_name!r} has no snapshot {query.name!r} any more"})


def _page(call: Call, query: GenerationsQuery, *, named: bool) -> list[dict[str, Any]]:
    found = reversed(call.store.generations(query.env_name))
    wanted = (asdict(each) for each in found if each.names or not named)
    return list(islice(wanted, query.skip, query.skip + query.page_size))


ROUTES = (
    Route("GET", "/generations", list_generations, Access.VIEW, GenerationsAnswer),
    Route("GET", "/snapshots", list_snapshots, Access.VIEW, SnapshotsAnswer),
    Route(
        "POST",
        "/snapshots",
        add_snapshot,
        Access.EDIT,
        Done,
        HTTPStatus.CREATED,
        errors=(HTTPStatus.CONFLICT,),
    ),
    Route("DELETE", "/snapshots", remove_snapshot, Access.EDIT, Done),
)
