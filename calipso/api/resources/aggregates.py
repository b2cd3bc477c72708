"""Aggregates: how many there are."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from ...report.constants import constants
from ..answer import Answer
from ..call import Call, Name, OfState
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


class AggregatesAnswer(BaseModel):
    """What was counted."""

    type: str
    env_name: str | None = None
    aggregates: dict[str, Any]


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
