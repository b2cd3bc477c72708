"""Aggregates: how many there are."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, RootModel, model_validator

from ...report.constants import constants
from ..answer import Answer
from ..call import Call, Name, OfState
from ..documents import Exact
from ..route import Access, Route


class AggregatesQuery(OfState):
    """What is counted."""

    type: Annotated[
        Literal["environment", "message", "constant"],
        Field(
            description="environment: objects by type. message: messages by level. constant: words by list."
        ),
    ]
    env_name: Annotated[Name | None, Field(description="The environment; goes with type=environment.")] = None

    @model_validator(mode="after")
    def _of_an_environment(self) -> Self:
        if (self.type == "environment") != (self.env_name is not None):
            raise ValueError("env_name goes with type=environment, and only with that")
        if self.type != "environment" and (self.generation is not None or self.at is not None):
            raise ValueError("generation and at go with type=environment")
        return self


Counts = dict[str, int]


class ObjectCounts(Exact):
    """How many objects an environment has."""

    object_types: Counts


class EnvironmentAggregates(Exact):
    """What there is in an environment."""

    type: Literal["environment"]
    env_name: str
    aggregates: ObjectCounts


class MessageCounts(Exact):
    """How many messages the caller may view."""

    levels: Counts
    environments: Annotated[Counts, Field(description="An empty name: those of no environment.")]


class MessageAggregates(Exact):
    """What there is in the messages."""

    type: Literal["message"]
    aggregates: MessageCounts


class WordCounts(Exact):
    """How many words there are."""

    names: Annotated[Counts, Field(description="By the names of the lists.")]


class ConstantAggregates(Exact):
    """What there is in the constants."""

    type: Literal["constant"]
    aggregates: WordCounts


class AggregatesAnswer(RootModel[EnvironmentAggregates | MessageAggregates | ConstantAggregates]):
    """What was counted."""


def count(call: Call, query: AggregatesQuery) -> Answer:
    """Count: the objects of an environment by type, messages by level, or constants by list."""
    if query.env_name is not None:
        view = call.view(query.env_name, query)
        counted = {"object_types": view.count_by_type()}
        return Answer({"type": query.type, "env_name": query.env_name, "aggregates": counted})
    if query.type == "constant":
        lists = constants(call.registry)
        return Answer(
            {"type": query.type, "aggregates": {"names": {name: len(lists[name]) for name in lists}}}
        )
    levels: dict[str, int] = {}
    environments: dict[str, int] = {}
    for environment, by_level in call.store.count_messages(call.environments(None)).items():
        environments[environment or ""] = sum(by_level.values())
        for level, number in by_level.items():
            levels[level] = levels.get(level, 0) + number
    return Answer({"type": query.type, "aggregates": {"levels": levels, "environments": environments}})


ROUTES = (Route("GET", "/aggregates", count, Access.VIEW, AggregatesAnswer),)
