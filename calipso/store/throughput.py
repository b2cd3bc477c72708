"""Throughput: by how much the counters of interfaces grew lately."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from .conditions import all_of, of_environments
from .connected import Connected
from .encoding import moment
from .errors import raises_store_errors

Number = int | float

BYTES = ("rx_bytes", "tx_bytes")


@dataclass(frozen=True, slots=True)
class Growth:
    """A counter of an object within a time: the `first` value, the `last` and the `highest`."""

    environment: str
    id: str
    type: str
    counter: str
    first: Number
    last: Number
    highest: Number
    time: timedelta


@raises_store_errors
class ThroughputStore(Connected):
    """Reads how the counters of bytes grew."""

    def growth(self, environments: str | Collection[str] | None, *, since: datetime) -> list[Growth]:
        """Return the growth of each counter in `BYTES` that was sampled twice since then."""
        sampled = {
            "_id": {"environment": "$environment", "id": "$id", "type": "$type"},
            "begin": {"$first": "$at"},
            "end": {"$last": "$at"},
        }
        for name in BYTES:
            value = f"$counters.{name}"
            sampled |= {
                f"first_{name}": {"$first": value},
                f"last_{name}": {"$last": value},
                f"highest_{name}": {"$max": value},
            }
        stages = [
            {"$match": all_of([*of_environments(environments), {"at": {"$gte": moment(since)}}])},
            {"$sort": {"at": 1}},
            {"$group": sampled},
            {"$match": {"$expr": {"$lt": ["$begin", "$end"]}}},
        ]
        return [
            Growth(
                **found["_id"],
                counter=name,
                first=found[f"first_{name}"],
                last=found[f"last_{name}"],
                highest=found[f"highest_{name}"],
                time=found["end"] - found["begin"],
            )
            for found in self._collections["statistics"].aggregate(stages, allowDiskUse=True)
            for name in BYTES
            if found[f"first_{name}"] is not None and found[f"last_{name}"] is not None
        ]
