"""What Sensu tells: events, as its handler passes them on."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import Field

from ...monitoring.intake import take
from ..answer import Answer
from ..call import Body, Call, Name
from ..documents import Exact
from ..route import Access, Route

LARGEST_BODY = 4 * 1024 * 1024
"""Bytes."""

MOST_EVENTS = 1_000


class EventsBody(Body):
    """Events of one environment."""

    env_name: Annotated[Name, Field(description="The environment.")]
    events: Annotated[
        list[Any],
        Field(max_length=MOST_EVENTS, description="Events as Sensu Go or Sensu Core gives them to handlers."),
    ]


class RefusedEvent(Exact):
    """An event that was not taken."""

    index: Annotated[int, Field(description="Its place in the list that was sent, from 0.")]
    message: Annotated[str, Field(description="What is wrong with it.")]


class EventsAnswer(Exact):
    """What became of the events."""

    changed: Annotated[int, Field(description="They changed a status.")]
    unchanged: Annotated[int, Field(description="They said again what was known, or came too late.")]
    ignored: Annotated[int, Field(description="They are none of Calipso's.")]
    unknown: Annotated[int, Field(description="They are about what the inventory does not have.")]
    samples: Annotated[int, Field(description="Samples of counters that were added.")]
    refused: Annotated[list[RefusedEvent], Field(description="They are wrong.")]


def take_events(call: Call, body: EventsBody) -> Answer:
    """Take in events of Sensu, in any order and however often: repeats and what is late change nothing.

    An event that is wrong is refused by itself, and noted in the messages.
    """
    return Answer(asdict(take(call.store, body.env_name, body.events, at=datetime.now(UTC))))


ROUTES = (
    Route(
        "POST",
        "/monitoring/events",
        take_events,
        Access.EDIT,
        EventsAnswer,
        largest_body=LARGEST_BODY,
    ),
)
