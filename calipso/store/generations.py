"""Generations: which states of an environment there are, and which rows belong to one.

Publishers make *attempts*, numbered within their environment. A row lives from the attempt that wrote it
to the attempt that replaced it: `[_from, _to)`. An attempt that is completed becomes a generation, by one
change of the environment's *pointer*: generations have no gaps in their numbers, attempts may. An attempt
that was given up is remembered in the pointer, and whatever it wrote, even later, is seen by nobody. A
generation whose document bears `dropped` was thinned out: there is no new view of it.

The pointer is one document an environment: `generation`, the newest one's number; `published`, its
attempt; `attempt`, the last that was begun; `aborted`, attempts that were given up; `heard`, how often
what is known of its sources changed; `reported`, how often what checks say of it did; `terms`, of which
attributes its rows' terms are made; `newest`, what readers need of the newest generation's document
(None: they look for it); and a lease.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .collections import Collections
from .connected import Connected
from .encoding import moment
from .errors import StoreError, UnknownEnvironmentError, UnknownGenerationError, raises_store_errors

Counts = Mapping[str, Mapping[str, int]]
"""Collection -> added, removed, changed, unchanged and total documents."""

_SHOWN = 20
"""Known generations that an error lists."""


@dataclass(frozen=True, slots=True)
class Generation:
    """One state of an environment. It is kept for as long as it has `names`: those of snapshots.

    `counts` compares it with the generation that was published before it, which may be thinned out since.
    """

    number: int
    published_at: datetime
    scan_id: str | None
    counts: Counts
    names: tuple[str, ...]

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Generation:
        """Return what a generation's document says."""
        return cls(
            number=stored["number"],
            published_at=stored["published_at"],
            scan_id=stored["scan_id"],
            counts=stored["counts"],
            names=tuple(stored.get("names", ())),
        )


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where an environment is; `stored` is the pointer's document, None for an environment without."""

    generation: int = 0
    published: int = 0
    attempt: int = 0
    aborted: tuple[int, ...] = ()
    heard: int = 0
    terms: str = ""
    newest: Mapping[str, Any] | None = None
    reported: int = 0

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
            stored.get("heard", 0),
            stored.get("terms", ""),
            stored.get("newest"),
            stored.get("reported", 0),
        )

    @classmethod
    def read(cls, collections: Collections, environment: str) -> Pointer:
        """Return the pointer of `environment`."""
        return cls.of(collections["pointers"].find_one({"_id": environment}))


def note_reported(collections: Collections, environment: str) -> None:
    """Let whoever reads the newest generation know that what checks say of it has changed."""
    collections["pointers"].update_one({"_id": environment}, {"$inc": {"reported": 1}})


def visible(attempt: int, aborted: Sequence[int]) -> dict[str, Any]:
    """Return the condition for rows that belong to the generation that `attempt` made.

    Those are the rows that it or an earlier attempt wrote, and that none of these replaced; what was given
    up does not count. It is worded with `$not` so that no index of `_to` can serve it (`Collections`).
    """
    past = [given_up for given_up in aborted if given_up < attempt]
    return {
        "_from": {"$lte": attempt, "$nin": past},
        "_to": {"$not": {"$lte": attempt, "$nin": past}},
    }


def completed(environment: str, pointer: Pointer) -> dict[str, Any]:
    """Return the condition for documents of generations that are published, and not dropped."""
    return {
        "environment": environment,
        "number": {"$lte": pointer.generation},
        "attempt": {"$lte": pointer.published, "$nin": list(pointer.aborted)},
        "dropped": None,
    }


def find_generation(
    collections: Collections,
    environment: str,
    number: int | None,
    pointer: Pointer,
    *,
    at: datetime | None = None,
) -> dict[str, Any]:
    """Return the document of a generation: of that number, or the newest that was published by the time
    `at`, or the newest of all.

    Raises `UnknownEnvironmentError` or `UnknownGenerationError`, which tell what there is, and ValueError
    for a number and a time together.
    """
    if number is not None and at is not None:
        raise ValueError("a generation is asked for by its number or by a time, not by both")
    where = completed(environment, pointer)
    wanted = f"generation {number}"
    if at is not None:
        at = moment(at)
        where["published_at"] = {"$lte": at}
        wanted = f"generation of {at:%Y-%m-%d %H:%M:%S} UTC or before"
    elif number is not None:
        where["number"] = number if 0 < number <= pointer.generation else {"$in": []}
    found = collections["generations"].find_one(where, sort=[("number", -1)])
    if found is None:
        raise unknown_generation(collections, environment, pointer, wanted)
    return found


def unknown_generation(
    collections: Collections, environment: str, pointer: Pointer, wanted: str
) -> StoreError:
    """Return the error that says that there is no `wanted`, and what there is."""
    known = list(
        collections["generations"]
        .find(completed(environment, pointer), {"number": 1, "published_at": 1, "names": 1})
        .sort("number", -1)
    )
    if known:
        numbers = ", ".join(str(document["number"]) for document in reversed(known[:_SHOWN]))
        names = [name for document in reversed(known) for name in document.get("names", ())]
        snapshots = ", ".join(map(repr, names))
        return UnknownGenerationError(
            f"environment {environment!r} has no {wanted}; it has {numbers}"
            + (f" (snapshots: {snapshots})" if snapshots else "")
            + f", since {known[-1]['published_at']:%Y-%m-%d %H:%M:%S} UTC"
        )
    names = known_environments(collections)
    if environment in names:
        return UnknownGenerationError(f"environment {environment!r} has no generation yet: scan it first")
    return unknown_environment(environment, names)


def unknown_environment(environment: str, names: Sequence[str]) -> UnknownEnvironmentError:
    """Return the error that says that `environment` is not among those of these `names`."""
    return UnknownEnvironmentError(
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
        """Return all generations that are kept, the oldest first."""
        pointer = Pointer.read(self._collections, environment)
        found = self._collections["generations"].find(completed(environment, pointer)).sort("number")
        return [Generation.of(document) for document in found]
