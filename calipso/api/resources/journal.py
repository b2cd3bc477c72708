"""Messages: what happened, and what operators should know."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, RootModel, StringConstraints, field_validator, model_validator

from ...model.topology import Level, Message
from ..answer import Answer, Stream
from ..call import Body, Call, Moment, Name, Paged, Query
from ..documents import Exact, MessageDocument
from ..lists import listed, one
from ..problem import Problem
from ..route import Access, Route
from .tokens import Done

MOST_MESSAGES = 1_000
"""That are posted at once."""

Source = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9 ._-]{0,63}$")]
"""What a system is called that tells something."""


def _text(value: object) -> object:
    if not isinstance(value, str):
        message = "a time is text in ISO 8601 with a time zone, such as 2026-01-31T12:00:00Z"
        raise ValueError(message)  # noqa: TRY004 - what pydantic takes for a fault of the input
    return value


Timestamp = Annotated[Moment, Field(strict=False), BeforeValidator(_text)]
"""A time in a body, which JSON has no type for."""

OWN_SOURCES = ("Calipso", "Sensu")
"""What these tell comes another way."""


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
    at_least: Annotated[Level | None, Field(description="Of this level or worse.")] = None
    related_object: Annotated[Name | None, Field(description="About the object of this id.")] = None
    related_object_type: Annotated[Name | None, Field(description="About objects of this type.")] = None


class MessagesList(Exact):
    """Messages, the latest first."""

    messages: list[MessageDocument]


class MessagesAnswer(RootModel[MessagesList | MessageDocument]):
    """The list; or, with `id`, the message itself."""


class PostedMessage(Body):
    """Something that another system tells of an environment, or of an object of it."""

    source_system: Annotated[Source, Field(description="Who tells it. Not Calipso, not Sensu.")]
    level: Level
    message: Annotated[str, StringConstraints(min_length=1, max_length=10_000, strip_whitespace=True)]
    related_object: Annotated[Name | None, Field(description="The object's id.")] = None
    timestamp: Annotated[Timestamp | None, Field(description="When it happened; else it is now.")] = None

    @field_validator("source_system")
    @classmethod
    def _of_another(cls, source: str) -> str:
        if source in OWN_SOURCES:
            raise ValueError(
                f"only {source} itself tells messages as {source}: give your system another name"
            )
        return source


class MessagesBody(Body):
    """Messages of other systems."""

    env_name: Annotated[Name, Field(description="The environment.")]
    messages: Annotated[list[PostedMessage], Field(min_length=1, max_length=MOST_MESSAGES)]


class MessageQuery(Query):
    """One message."""

    id: Annotated[Name, Field(description="The message.")]


class Marks(Body):
    """What somebody says of a message."""

    viewed: bool | None = None
    finished: bool | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.marks():
            raise ValueError("say something: viewed, finished, or both")
        return self

    def marks(self) -> dict[str, bool]:
        """Return what is said."""
        said = {"viewed": self.viewed, "finished": self.finished}
        return {name: value for name, value in said.items() if value is not None}


class Noted(Exact):
    """How many messages were noted."""

    message: str
    noted: int


def list_messages(call: Call, query: MessagesQuery) -> Answer | Stream:
    """List messages, those that were seen last first. Administrators also see those of no environment."""
    names = ("id", "source_system", "level", "related_object", "related_object_type")
    found = call.store.messages(
        call.environments(query.env_name),
        {name: value for name in names if (value := getattr(query, name)) is not None},
        at_least=query.at_least,
        start_time=query.start_time,
        end_time=query.end_time,
        skip=query.skip,
        limit=query.page_size,
    )
    if query.id is not None:
        return one(found, f"message {query.id!r}", "what the caller may view")
    return listed("messages", found)


def post_messages(call: Call, body: MessagesBody) -> Answer:
    """Note what another system tells. What is told again of the same object is noted as seen again."""
    now = datetime.now(UTC)
    types = _types(call, body)
    told = defaultdict(list)
    for each in body.messages:
        related = each.related_object
        message = Message(each.level, each.message, related, types.get(related or ""))
        told[each.source_system, min(each.timestamp or now, now)].append(message)
    for (source, at), messages in told.items():
        call.store.add_messages(body.env_name, messages, source_system=source, scan_id=None, at=at)
    count = len(body.messages)
    return Answer({"message": f"{count} messages are noted", "noted": count}, HTTPStatus.CREATED)


def mark_message(call: Call, query: MessageQuery, body: Marks) -> Answer:
    """Note that a message was viewed, or that nothing has to be done about it any more."""
    found = call.store.messages(call.environments(None), {"id": query.id}, limit=1)
    if not found:
        raise Problem(HTTPStatus.NOT_FOUND, f"there is no message {query.id!r} in what the caller may view")
    if (environment := found[0]["environment"]) is not None:
        call.environment(environment, edit=True)
    call.store.mark_message(query.id, environment, body.marks())
    return Answer({"message": "the message is marked"})


def _types(call: Call, body: MessagesBody) -> dict[str, str]:
    """Return the types of the objects that messages are about: id -> type. Raises `Problem`."""
    wanted = {each.related_object for each in body.messages if each.related_object is not None}
    if not wanted:
        return {}
    found = call.store.view(body.env_name).objects(ids=wanted, brief=("id", "type"))
    types = {document["id"]: document["type"] for document in found}
    if missing := sorted(wanted - types.keys()):
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            f"environment {body.env_name!r} has no object {missing[0]!r}; leave related_object out, and name "
            "in the text what the message is about",
        )
    return types


ROUTES = (
    Route("GET", "/messages", list_messages, Access.VIEW, MessagesAnswer),
    Route("POST", "/messages", post_messages, Access.EDIT, Noted, HTTPStatus.CREATED),
    Route(
        "PUT",
        "/messages",
        mark_message,
        Access.LOGGED_IN,
        Done,
        errors=(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
    ),
)
