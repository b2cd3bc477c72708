"""Messages: what happened, and what operators should know."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, RootModel

from ...model.topology import Level
from ..answer import Answer, Stream
from ..call import Call, Moment, Name, Paged
from ..documents import Exact, MessageDocument
from ..lists import listed, one
from ..route import Access, Route


class MessagesQuery(Paged):
    """Messages, the latest first."""

    env_name: Annotated[
        Name | None, Field(description="The environment; else all that the caller may view.")
    ] = None
    id: Annotated[Name | None, Field(description="The message of this id.")] = None
    start_time: Annotated[Moment | None, Field(description="Seen at this time or later.")] = None
    end_time: Annotated[Moment | None, Field(description="Seen at this time or before.")] = None
    source_system: Annotated[Name | None, Field(description="Who tells it: OpenStack, Calipso, Sensu...")] = (
        None
    )
    level: Annotated[Level | None, Field(description="Of this level.")] = None
    related_object: Annotated[Name | None, Field(description="About the object of this id.")] = None
    related_object_type: Annotated[Name | None, Field(description="About objects of this type.")] = None


class MessagesList(Exact):
    """Messages, the latest first."""

    messages: list[MessageDocument]


class MessagesAnswer(RootModel[MessagesList | MessageDocument]):
    """The list; or, with `id`, the message itself."""


def list_messages(call: Call, query: MessagesQuery) -> Answer | Stream:
    """List messages, those that were seen last first. Administrators also see those of no environment."""
    names = ("id", "source_system", "level", "related_object", "related_object_type")
    found = call.store.messages(
        call.environments(query.env_name),
        {name: value for name in names if (value := getattr(query, name)) is not None},
        start_time=query.start_time,
        end_time=query.end_time,
        skip=query.skip,
        limit=query.page_size,
    )
    if query.id is not None:
        return one(found, f"message {query.id!r}", "what the caller may view")
    return listed("messages", found)


ROUTES = (Route("GET", "/messages", list_messages, Access.VIEW, MessagesAnswer),)
