"""Generations: which states of an environment there are, and which rows belong to one.

Publishers make *attempts*, numbered within their environment. A row lives from the attempt that wrote it
to the attempt that replaced it: `[_from, _to)`. An attempt that is completed becomes a generation, by one
change of the environment's *pointer*: generations have no gaps in their numbers, attempts may. An attempt
that was given up is remembered in the pointer, and whatever it wrote, even later, is seen by nobody.

The pointer is one document an environment: `generation`, the newest one's number; `published`, its
attempt; `attempt`, the last that was begun; `aborted`, attempts that were given up; and a lease.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .collections import Collections
from .connected import Connected
from .errors import UnknownEnvironmentError, UnknownGenerationError, raises_store_errors

OPEN = 2**31 - 1
"""The `_to` of a row that nobody replaced."""

Counts = Mapping[str, Mapping[str, int]]
"""Collection -> added, removed, changed, unchanged and total documents."""

_SHOWN = 20
"""Known generations that an error lists."""


@dataclass(frozen=True, slots=True)
class Generation:
    """One state of an environment. `name`: it is a snapshot, and kept."""

    number: int
    published_at: datetime
    scan_id: str | None
    counts: Counts
    name: str | None


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where an environment is; `stored` is the pointer's document, None for an environment without."""

    generation: int = 0
    published: int = 0
    attempt: int = 0
    aborted: tuple[int, ...] = ()

    @classmethod
    def of(cls, stored: Mapping[str, Any] | None) -> Pointer:
        """Return what a pointer's document says."""
        if stored is None:
            return cls()
        return cls(
            stored.get("generation", 0),
            stored.get("published", 0),
            stored.get("attempt", 0),
            tuple(stored.get("aborted", ())),
        )

    @classmethod
    def read(cls, collections: Collections, environment: str) -> Pointer:
        """Return the pointer of `environment`."""
        return cls.of(collections["pointers"].find_one({"_id": environment}))


def visible(attempt: int, aborted: Sequence[int]) -> dict[str, Any]:
    """Return the condition for rows that belong to the generation that `attempt` made."""
    past = [given_up for given_up in aborted if given_up < attempt]
    if not past:
        return {"_from": {"$lte": attempt}, "_to": {"$gt": attempt}}
    return {
        "_from": {"$lte": attempt, "$nin": past},
        "$or": [{"_to": {"$gt": attempt}}, {"_to": {"$in": past}}],
    }


def completed(environment: str, pointer: Pointer) -> dict[str, Any]:
    """Return the condition for documents of generations that are published."""
    return {
        "environment": environment,
        "number": {"$lte": pointer.generation},
        "attempt": {"$lte": pointer.published, "$nin": list(pointer.aborted)},
    }


def find_generation(
    collections: Collections, environment: str, number: int | None, pointer: Pointer
) -> dict[str, Any]:
    """Return the document of a generation, the newest where `number` is None."""
    found = None
    if pointer.generation:
        wanted = pointer.generation if number is None else number
        found = collections["generations"].find_one(
            {"$and": [completed(environment, pointer), {"number": wanted}]}
        )
    if found is not None:
        return found
    known = [
        document["number"]
        for document in collections["generations"]
        .find(completed(environment, pointer), {"number": 1})
        .sort("number", -1)
        .limit(_SHOWN)
    ]
    if known:
        raise UnknownGenerationError(
            f"environment {environment!r} has no generation {number}; it has "
            f"{', '.join(map(str, reversed(known)))}"
        )
    names = known_environments(collections)
    if environment in names:
        raise UnknownGenerationError(f"environment {environment!r} has no generation yet: scan it first")
    raise UnknownEnvironmentError(
        f"there is no environment {environment!r}; "
        + (f"there {'is' if len(names) == 1 else 'are'} {', '.join(names)}" if names else "there is none yet")
    )


def known_environments(collections: Collections) -> list[str]:
    """Return the names of environments that are configured, or have facts or generations."""
    return sorted(
        {
            *collections["environments_config"].distinct("_id"),
            *collections["pointers"].distinct("_id"),
            *collections["sources"].distinct("environment"),
        }
    )


@raises_store_errors
class GenerationStore(Connected):
    """The generations of environments."""

    def generation(self, environment: str) -> int:
        """Return the number of the newest generation; 0: there is none."""
        return Pointer.read(self._collections, environment).generation

    def generations(self, environment: str) -> list[Generation]:
        """Return all generations, the oldest first."""
        pointer = Pointer.read(self._collections, environment)
        found = self._collections["generations"].find(completed(environment, pointer)).sort("number")
        return [
            Generation(
                number=document["number"],
                published_at=document["published_at"],
                scan_id=document["scan_id"],
                counts=document["counts"],
                name=document["name"],
            )
            for document in found
        ]
