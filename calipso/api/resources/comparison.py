"""Comparison of two states."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from pydantic import Field, model_validator

from ...model.kind import Health
from ...report.comparing import ScopeError, compare
from ..answer import Answer
from ..call import Call, Name, Query
from ..documents import Exact, LinkState
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


class State(Exact):
    """A state that was compared."""

    generation: int
    names: Annotated[list[str], Field(description="Those of the snapshots that it is.")]
    published_at: datetime


class Scope(Exact):
    """What the comparison was limited to, and in which state it is there."""

    id: str
    type: str
    name: str
    before: bool
    after: bool


class Attribute(Exact):
    """An attribute that differs. One that a state lacks has no value of that name."""

    attribute: Annotated[str, Field(description="Its name, or a path such as `ports.eth1.tag`.")]
    before: Any = None
    after: Any = None
    removed: list[Any] = Field(default_factory=list, description="Of a list: what only the first state has.")
    added: list[Any] = Field(default_factory=list, description="Of a list: what only the second state has.")


class Healths(Exact):
    """An object's health; null: it is not there, or has none."""

    before: Health | None
    after: Health | None


class ObjectEntry(Exact):
    """An object that was added or removed."""

    id: str
    type: str
    name: str
    host: str | None = None
    health: Healths


class ChangedObject(ObjectEntry):
    """An object that is not as it was."""

    attributes: list[Attribute]


class MovedObject(ChangedObject):
    """An object that is on another host."""

    from_: Annotated[str, Field(alias="from", description="The first host.")]
    to: Annotated[str, Field(description="The second.")]


class States(Exact):
    """A link's state; null: it is not there."""

    before: LinkState | None
    after: LinkState | None


class LinkEntry(Exact):
    """A link that was added or removed."""

    id: str
    link_type: str
    link_name: str
    host: str | None = None
    source_id: str
    source_label: str
    target_id: str
    target_label: str
    state: States


class ChangedLink(LinkEntry):
    """A link that is not as it was."""

    attributes: list[Attribute]


class Objects(Exact):
    """Objects that differ."""

    moved: list[MovedObject]
    removed: list[ObjectEntry]
    added: list[ObjectEntry]
    changed: list[ChangedObject]


class Links(Exact):
    """Links that differ."""

    removed: list[LinkEntry]
    added: list[LinkEntry]
    changed: list[ChangedLink]


class ObjectNumbers(Exact):
    """How many objects differ."""

    moved: int
    removed: int
    added: int
    changed: int


class LinkNumbers(Exact):
    """How many links differ."""

    removed: int
    added: int
    changed: int


class Summary(Exact):
    """How much differs."""

    objects: ObjectNumbers
    links: LinkNumbers


class CompareAnswer(Exact):
    """What differs."""

    environment: str
    before: State
    after: State
    scope: Annotated[Scope | None, Field(description="The project or focal point; null: everything.")]
    equal: bool
    summary: Summary
    objects: Objects
    links: Links


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
