"""Comparison of two states."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from pydantic import BaseModel, Field, model_validator

from ...report.comparing import ScopeError, compare
from ..answer import Answer
from ..call import Call, Name, Query
from ..problem import Problem
from ..route import Access, Route

_STATE = "a generation's number, a snapshot's name, a time (ISO 8601), or `latest`"


class CompareQuery(Query):
    """Two states of an environment; of all of it, or of a part."""

    env_name: Annotated[Name, Field(description="The environment.")]
    before: Annotated[Name, Field(description=f"One state: {_STATE}.")]
    after: Annotated[Name, Field(description=f"The other: {_STATE}.")] = "latest"
    project: Annotated[
        Name | None, Field(description="Only what belongs to this project, by its id or name.")
    ] = None
    focal_point: Annotated[
        Name | None, Field(description="Only what is in the clique of this object, by its id.")
    ] = None

    @model_validator(mode="after")
    def _one_part(self) -> CompareQuery:
        if self.project is not None and self.focal_point is not None:
            raise ValueError("project and focal_point exclude each other")
        return self


class State(BaseModel):
    """A state that was compared."""

    generation: int
    names: Annotated[list[str], Field(description="Those of the snapshots that it is.")]
    published_at: datetime


class Scope(BaseModel):
    """What the comparison was limited to, and in which state it is there."""

    id: str
    type: str
    name: str
    before: bool
    after: bool


class CompareAnswer(BaseModel):
    """What differs."""

    environment: str
    before: State
    after: State
    scope: Annotated[Scope | None, Field(description="The project or focal point; null: everything.")]
    equal: bool
    summary: dict[str, Any]
    objects: dict[str, Any]
    links: dict[str, Any]


def compare_states(call: Call, query: CompareQuery) -> Answer:
    """Compare two states: which objects and links were added, removed, changed (from what to what), moved."""
    before = call.store.find_state(query.env_name, query.before)
    after = call.store.find_state(query.env_name, query.after)
    try:
        found = compare(
            call.store,
            query.env_name,
            before,
            after,
            project=query.project,
            focal_point=query.focal_point,
        )
    except ScopeError as error:
        raise Problem(HTTPStatus.NOT_FOUND, str(error)) from None
    return Answer(found.document())


ROUTES = (Route("GET", "/compare", compare_states, Access.VIEW, CompareAnswer),)
