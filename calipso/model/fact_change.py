"""A change of one fact, as something between two scans tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class FactChange:
    """What became of the fact of this `kind` and `key` at the time `at`.

    `data` is None where it is gone. Where `whole`, `data` is all that there is to know of it; else it is some
    attributes, and what is known besides stands. `region`: whose it is; None for what has no region.
    """

    kind: str
    key: str
    at: datetime
    data: Mapping[str, Any] | None
    whole: bool = True
    region: str | None = None
