"""Health: what checks say of an object, and of many objects and links together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from ..model.kind import HEALTHS, Health
from ..model.topology import Document

BY_URGENCY: tuple[Health, ...] = ("error", "warning", "unknown", "ok")
"""The worst first."""

Fault = Literal["error", "warning", "unknown"]

FAULTS: tuple[Fault, ...] = ("error", "warning", "unknown")
"""What is worth a look, the worst first."""

LISTED = 20
"""Of faults no more than these are told one by one."""


def reported(document: Mapping[str, object]) -> Health | None:
    """Return what checks say of an object or link; None: nothing.

    An attribute `status` of the document's own, such as a port's, is none of theirs.
    """
    if "status_timestamp" not in document:
        return None
    return next((health for health in HEALTHS if health == document.get("status")), None)


def health(document: Mapping[str, object]) -> Health | None:
    """Return how an object is: what checks say, or else what its native state means."""
    native = next((health for health in HEALTHS if health == document.get("health")), None)
    return reported(document) or native


def fault(document: Mapping[str, object]) -> Fault | None:
    """Return what is wrong with an object: that checks should tell how it is and cannot is wrong, too."""
    found = health(document)
    if found == "unknown" and reported(document) is None:
        return None
    return next((each for each in FAULTS if each == found), None)


@dataclass(frozen=True, slots=True)
class Aggregate:
    """How many statuses there are of each kind, and the worst faults among them, at most `LISTED`.

    `counts` has every status; `faults` are documents as `Store.statuses` returns them.
    """

    counts: Mapping[Health, int]
    faults: tuple[Document, ...]

    @property
    def status(self) -> Health | None:
        """The worst of all; None: nothing is monitored."""
        return next((status for status in BY_URGENCY if self.counts[status]), None)


def aggregate(counts: Iterable[Mapping[Health, int]], faults: Iterable[Document]) -> Aggregate:
    """Return what parts are together: their numbers, and of all their faults the worst, then by name."""
    total = Counter[Health]()
    for part in counts:
        total.update(part)
    ranked = sorted(faults, key=lambda fault: (BY_URGENCY.index(fault["status"]), fault["name"]))
    return Aggregate({status: total[status] for status in BY_URGENCY}, tuple(ranked[:LISTED]))
