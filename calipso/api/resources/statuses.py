"""What checks say: of single objects and links, of all that belongs together, and how it was."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal

from pydantic import Field

from ...analyze.health import LISTED
from ...model.kind import Health
from ...report.health import Scope, environment_health, named, object_health
from ..answer import Answer, Stream
from ..call import Call, Moment, Name, Paged, Query
from ..documents import Exact
from ..lists import listed
from ..problem import Problem
from ..route import Access, Route


class HealthQuery(Query):
    """Of what the health is asked."""

    env_name: Annotated[Name, Field(description="The environment.")]
    id: Annotated[
        Name | None, Field(description="An object, with all that belongs to it; else the environment.")
    ] = None


class StatusesQuery(Paged):
    """Statuses, by the names of checks."""

    env_name: Annotated[Name, Field(description="The environment.")]
    id: Annotated[Name | None, Field(description="Of the object or link of this id.")] = None
    type: Annotated[Name | None, Field(description="Of objects, or links, of this type.")] = None
    status: Annotated[
        list[Health] | None, Field(description="That are so: ok, warning, error, unknown. May be repeated.")
    ] = None
    host: Annotated[Name | None, Field(description="Of what is on the host of this id.")] = None


class HistoryQuery(Paged):
    """Changes of statuses, the latest first."""

    env_name: Annotated[Name, Field(description="The environment.")]
    id: Annotated[Name | None, Field(description="Of the object or link of this id; else of all.")] = None
    start_time: Annotated[Moment | None, Field(description="At this time or later.")] = None
    end_time: Annotated[Moment | None, Field(description="At this time or before.")] = None


class Reported(Exact):
    """What a check says."""

    environment: str
    name: Annotated[str, Field(description="The check's name.")]
    id: Annotated[str, Field(description="The object's or link's id.")]
    type: Annotated[str, Field(description="The object's or link's type.")]
    host: Annotated[str, Field(description="The id of the host whose agent ran the check.")]
    status: Health
    status_timestamp: datetime
    status_text: str


class StatusDocument(Reported):
    """What a check says, with what it is about."""

    subject: Literal["object", "link"]
    object_name: Annotated[
        str | None, Field(description="The object's name, or the link's ends; null: it is gone.")
    ]


class ChangeDocument(Reported):
    """A change of a status."""

    subject: Annotated[
        Literal["object", "link", "agent"], Field(description="An agent: whether its host is heard.")
    ]
    was: Annotated[Health | None, Field(description="What it was before; null: it had no status.")]


class Counts(Exact):
    """How many objects and links there are of each status."""

    error: int
    warning: int
    unknown: int
    ok: int


class Of(Exact):
    """An object in brief."""

    id: str
    type: str
    name: str


class HealthAnswer(Exact):
    """How something is, with all that belongs to it."""

    environment: str
    object: Annotated[Of | None, Field(description="Null: the environment itself.")]
    scope: Annotated[
        Scope,
        Field(
            description="What belongs to it. environment: everything; hosts: what is on its hosts; project: "
            "instances, services and what they hang on; clique: what is in its clique, and below it."
        ),
    ]
    status: Annotated[Health | None, Field(description="The worst of all; null: nothing is monitored.")]
    counts: Counts
    faults: Annotated[list[StatusDocument], Field(description=f"At most {LISTED}, the worst first.")]


class StatusesList(Exact):
    """Statuses, by the names of checks."""

    statuses: list[StatusDocument]


class HistoryList(Exact):
    """Changes of statuses, the latest first."""

    history: list[ChangeDocument]


def show_health(call: Call, query: HealthQuery) -> Answer:
    """Tell how an environment is, or an object with all that belongs to it: the worst of their statuses."""
    if query.id is None:
        found = environment_health(call.store, query.env_name)
    else:
        view = call.store.view(query.env_name)
        document = view.object(query.id)
        if document is None:
            raise Problem(
                HTTPStatus.NOT_FOUND,
                f"environment {query.env_name!r} has no object {query.id!r}: /search finds objects",
            )
        found = object_health(call.store, view, document, call.registry)
    return Answer(found.document(call.store))


def list_statuses(call: Call, query: StatusesQuery) -> Stream:
    """List what checks say of objects and links now. Of what is on a silent host that is unknown."""
    where = {
        name: value
        for name in ("id", "type", "status", "host")
        if (value := getattr(query, name)) is not None
    }
    found = call.store.statuses(query.env_name, where, skip=query.skip, limit=query.page_size)
    return listed("statuses", named(call.store, query.env_name, found))


def list_history(call: Call, query: HistoryQuery) -> Stream:
    """List how statuses changed, the latest first."""
    found = call.store.status_history(
        query.env_name,
        query.id,
        start_time=query.start_time,
        end_time=query.end_time,
        skip=query.skip,
        limit=query.page_size,
    )
    return listed("history", found)


ROUTES = (
    Route("GET", "/monitoring/health", show_health, Access.VIEW, HealthAnswer),
    Route("GET", "/monitoring/statuses", list_statuses, Access.VIEW, StatusesList),
    Route("GET", "/monitoring/history", list_history, Access.VIEW, HistoryList),
)
