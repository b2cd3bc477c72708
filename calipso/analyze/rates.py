"""Rates: how fast counters grew, also where they began anew in between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from ..model.topology import Document

Number = int | float


def increase(before: Number, after: Number) -> Number:
    """Return by how much a counter grew. One that is smaller than before began again at 0."""
    return after - before if after >= before else after


def with_rates(samples: Sequence[Document]) -> list[Document]:
    """Return samples of one object, the latest first as they came, each with its `rates` per second.

    They are since the sample before, of the counters that both have; the earliest has none.
    """
    rated = [
        {**later, "rates": _rates(earlier["counters"], later["counters"], _seconds(earlier, later))}
        for later, earlier in pairwise(samples)
    ]
    return [*rated, *({**earliest, "rates": {}} for earliest in samples[-1:])]


def _rates(before: Mapping[str, Number], after: Mapping[str, Number], seconds: float) -> dict[str, float]:
    if seconds <= 0:
        return {}
    return {name: increase(before[name], after[name]) / seconds for name in after if name in before}


def _seconds(earlier: Document, later: Document) -> float:
    return float((later["at"] - earlier["at"]).total_seconds())
