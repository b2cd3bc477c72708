"""Samples of counters: what interfaces, tunnels and switches moved, kept for a week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pymongo import UpdateOne

from ..model.topology import Document, stable_id
from .conditions import matching, of_environments
from .connected import Connected
from .encoding import batches, moment
from .errors import raises_store_errors
from .listing import page

_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Sample:
    """The counters of an object at one time: name -> value."""

    id: str
    type: str
    at: datetime
    counters: Mapping[str, int | float]


@raises_store_errors
class StatisticsStore(Connected):
    """The documents of `statistics`: environment, id, type, at, counters. They vanish after seven days."""

    def add_samples(self, environment: str, samples: Sequence[Sample]) -> None:
        """Add samples; counters of the same object and time are one sample. Names hold neither dot nor $."""
        for batch in batches([_added(environment, sample) for sample in samples], _BATCH):
            self._collections["statistics"].bulk_write(batch, ordered=False)

    def samples(
        self,
        environment: str,
        id: str,  # noqa: A002 - what the attribute is called
        *,
        start_time: datetime | None = None,
        end_time: datetime | None = None,
        limit: int | None = None,
    ) -> list[Document]:
        """Return the samples of an object, the latest first: id, type, at, counters.

        `start_time`, `end_time`: at this time or later, or before.
        """
        conditions = [*of_environments(environment), *matching(id=id)]
        if start_time is not None:
            conditions.append({"at": {"$gte": moment(start_time)}})
        if end_time is not None:
            conditions.append({"at": {"$lte": moment(end_time)}})
        return page(self._collections["statistics"], conditions, "at", limit=limit)


def _added(environment: str, sample: Sample) -> UpdateOne:
    at = moment(sample.at)
    first = {"environment": environment, "id": sample.id, "type": sample.type, "at": at}
    counters = {f"counters.{name}": value for name, value in sample.counters.items()}
    key = stable_id(environment, sample.id, at.isoformat())
    return UpdateOne({"_id": key}, {"$setOnInsert": first, "$set": counters}, upsert=True)
