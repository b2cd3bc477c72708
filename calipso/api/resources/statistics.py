"""Statistics: what moved through an object's interfaces."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from ...analyze.rates import with_rates
from ..answer import Answer
from ..call import DEFAULT_PAGE, LARGEST_PAGE, Call, Moment, Name, Query
from ..documents import Exact
from ..route import Access, Route

Counters = dict[str, float]


class StatisticsQuery(Query):
    """Samples of an object's counters, the latest first."""

    env_name: Annotated[Name, Field(description="The environment.")]
    id: Annotated[Name, Field(description="The object's id.")]
    start_time: Annotated[Moment | None, Field(description="At this time or later.")] = None
    end_time: Annotated[Moment | None, Field(description="At this time or before.")] = None
    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE, description="At most so many.")] = DEFAULT_PAGE


class SampleDocument(Exact):
    """What an object's counters were at a time."""

    at: datetime
    counters: Counters
    rates: Annotated[Counters, Field(description="How fast they grew since the sample before, each second.")]


class StatisticsAnswer(Exact):
    """Samples of an object's counters, the latest first."""

    environment: str
    id: str
    type: Annotated[str | None, Field(description="The object's type; null: there are no samples.")]
    samples: list[SampleDocument]


def show_statistics(call: Call, query: StatisticsQuery) -> Answer:
    """Tell what an object's counters were, the latest first, and how fast they grew. They are kept a week."""
    found = call.store.samples(
        query.env_name, query.id, start_time=query.start_time, end_time=query.end_time, limit=query.limit + 1
    )
    samples = [
        {name: sample[name] for name in ("at", "counters", "rates")}
        for sample in with_rates(found)[: query.limit]
    ]
    type_ = found[0]["type"] if found else None
    return Answer({"environment": query.env_name, "id": query.id, "type": type_, "samples": samples})


ROUTES = (Route("GET", "/statistics", show_statistics, Access.VIEW, StatisticsAnswer),)
