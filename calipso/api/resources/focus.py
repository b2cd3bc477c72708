"""The graph around any object, and all that is known of one object."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from ...model.kind import Health
from ...report.around import around
from ...report.focus import focus
from ...report.graph import layered
from ..answer import Answer
from ..call import Call, Name, OfState
from ..documents import CliqueDocument, Exact, LinkDocument, MessageDocument, ObjectDocument
from ..lists import unknown_object
from ..route import Access, Route

MESSAGES = 100
"""The latest messages about an object that come with it."""


class ObjectQuery(OfState):
    """One object of one state of an environment."""

    env_name: Annotated[Name, Field(description="The environment.")]
    id: Annotated[Name, Field(description="The object's id.")]


class Status(Exact):
    """How an object is."""

    health: Annotated[Health, Field(description="What its native state means.")]
    state: Annotated[Any, Field(description="That native state, as its source calls it.")]
    stale: Annotated[bool, Field(description="Its source could not be heard when it was last asked.")]
    last_scanned: Annotated[datetime, Field(description="When its source was last heard.")]


class End(Exact):
    """An object at a link's end, in brief."""

    id: str
    type: str
    name: str
    host: str | None = None
    health: Health | None = None
    status: Annotated[Health | None, Field(description="What checks say of it.")] = None
    status_timestamp: datetime | None = None
    stale: bool = False


class LinkWithEnd(LinkDocument):
    """A link of the object."""

    other_end: Annotated[End, Field(description="The object at its other end.")]


class ObjectAnswer(Exact):
    """An object, and what is around it."""

    environment: str
    generation: int
    object: ObjectDocument
    status: Status
    parents: Annotated[
        list[ObjectDocument], Field(description="What it is in, the uppermost first; no folders.")
    ]
    children: Annotated[list[ObjectDocument], Field(description="What is right below it, or in its folders.")]
    links: list[LinkWithEnd]
    messages: Annotated[list[MessageDocument], Field(description=f"The latest {MESSAGES} about it.")]


class CliqueAnswer(Exact):
    """A graph around a focal point."""

    environment: str
    generation: int
    clique: CliqueDocument
    objects: Annotated[list[ObjectDocument], Field(description="Its nodes, the focal point first, in full.")]
    links: Annotated[list[LinkDocument], Field(description="Its links, in full, in the order of the walk.")]
    layers: Annotated[
        list[list[str]],
        Field(description="The ids of its nodes by distance from the focal point, so that few links cross."),
    ]


def show_object(call: Call, query: ObjectQuery) -> Answer:
    """Tell all that is known of one object: its attributes, status, parents, children, links and messages."""
    view = call.opened(query.env_name, query)
    messages = call.store.messages(query.env_name, {"related_object": query.id}, limit=MESSAGES)
    call.tagged(view.revision, *map(repr, messages))
    document = view.object(query.id)
    if document is None:
        raise unknown_object(view, query.id)
    found = around(view, document)
    kind = call.registry.kinds.get(found.object["type"])
    return Answer(
        {
            "environment": view.environment,
            "generation": view.generation,
            "object": found.object,
            "status": {
                "health": found.object.get("health", "unknown"),
                "state": found.object.get(kind.state) if kind and kind.state else None,
                "stale": found.object.get("stale", False),
                "last_scanned": found.object["last_scanned"],
            },
            "parents": found.parents,
            "children": found.children,
            "links": found.links,
            "messages": messages,
        }
    )


def show_clique(call: Call, query: ObjectQuery) -> Answer:
    """Tell the graph around any object: what it hangs on, and what hangs on it. Its nodes come in layers."""
    view = call.opened(query.env_name, query)
    found = focus(call.store, view, query.id, call.registry)
    if found is None:
        raise unknown_object(view, query.id)
    call.tagged(view.revision, repr(found.clique))
    graph = layered(query.id, found.objects, found.links, fold=None)
    return Answer(
        {
            "environment": view.environment,
            "generation": view.generation,
            "clique": found.clique,
            "objects": found.objects,
            "links": found.links,
            "layers": [[node.id for node in layer] for layer in graph.layers],
        }
    )


ROUTES = (
    Route("GET", "/objects", show_object, Access.VIEW, ObjectAnswer),
    Route("GET", "/clique", show_clique, Access.VIEW, CliqueAnswer),
)
