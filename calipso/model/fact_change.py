"""A change of one fact, as something between two scans tells it; and what an answer holds the whole of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class FactChange:
    """What became of the fact of this `kind` and `key` at the time `at`.

    `data` is None where it is gone. Where `whole`, `data` is all that there is to know of it; else it is some
    attributes, and what is known besides stands. `region`: whose it is; None for what has no region, or where
    that is not told.
    """

    kind: str
    key: str
    at: datetime
    data: Mapping[str, Any] | None
    whole: bool = True
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Sought:
    """The facts of a `kind`, in all regions, whose `attribute` has this `value`; "id" stands for the key."""

    kind: str
    attribute: str
    value: str | int | bool
