"""Rows of facts as they are stored, and when which of them were last read wholly.

A row that is gone stays for a while as a *tombstone*, without data: what is told late, of before it went,
does not bring it back. Of some rows nobody could tell the region: they are *unplaced*, and stand for the row
of that kind and key in whatever region it is, until that is told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..model.facts import Row
from ..model.topology import stable_id
from .encoding import encode, facts_digest
from .errors import InvalidDocumentError

Part = tuple[str, str | None]
"""A kind of rows of one region; None: of all regions."""

ANYWHERE = ""
"""The region of an unplaced row."""

IDENTITY = {"kind": 1, "region": 1, "key": 1, "digest": 1, "collected_at": 1}
"""What is read of a row where its data does not matter."""

ALIVE: Mapping[str, Any] = {"digest": {"$ne": None}}
"""The condition for rows that are no tombstones."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Who tells rows; `collector` and `scan_id` are noted with each row that is written."""

    environment: str
    source: str
    collector: str
    scan_id: str | None

    def id(self, kind: str, region: str | None, key: str) -> str:
        """Return what a row is known by; an unplaced one has the id of one without region."""
        return stable_id(self.environment, self.source, kind, region or ANYWHERE, key)

    def document(
        self, kind: str, region: str | None, key: str, data: dict[str, Any] | None, at: datetime
    ) -> dict[str, Any]:
        """Return a row as it is stored; without `data`, a tombstone. Raises `InvalidDocumentError`."""
        name = f"{kind} {key!r} of the facts of {self.source!r}"
        try:
            digest = None if data is None else facts_digest(data)
        except (TypeError, ValueError, RecursionError) as error:
            raise InvalidDocumentError(f"{name} cannot be stored: {error}") from None
        document = {
            "_id": self.id(kind, region, key),
            "environment": self.environment,
            "source": self.source,
            "kind": kind,
            "region": region,
            "key": key,
            "data": data,
            "digest": digest,
            "collected_at": at,
            "collector": self.collector,
            "scan_id": self.scan_id,
        }
        encode(document, lambda: name)
        return document

    def grave(self, at: datetime) -> dict[str, Any]:
        """Return the fields that make a tombstone of a row."""
        return {
            "data": None,
            "digest": None,
            "collected_at": at,
            "collector": self.collector,
            "scan_id": self.scan_id,
        }


class Heard:
    """When each (kind, region) of a source was last read wholly."""

    def __init__(self, stored: Iterable[tuple[str, str | None, datetime]]) -> None:
        self._times: dict[Part, datetime] = {(kind, region): at for kind, region, at in stored}

    def at(self, part: Part) -> datetime | None:
        """Return when `part` was last read wholly, alone or with all regions.

        What may be of any region was read when all regions were that are known of.
        """
        kind, region = part
        if region == ANYWHERE:
            alone = min(
                (time for (of, where), time in self._times.items() if of == kind and where is not None),
                default=None,
            )
        else:
            alone = self._times.get(part)
        times = [time for time in (alone, self._times.get((kind, None))) if time is not None]
        return max(times, default=None)

    def is_later(self, part: Part, than: datetime) -> bool:
        """Say whether `part` was read wholly after that time."""
        return is_later(self.at(part), than)

    def and_now(self, fetched: Collection[Part], at: datetime) -> Heard:
        """Return what it is after `fetched` was read at `at`."""
        times = self._times | {part: max(at, self._times.get(part, at)) for part in fetched}
        return Heard((kind, region, time) for (kind, region), time in times.items())

    def stored(self) -> list[tuple[str, str | None, datetime]]:
        """Return what to store."""
        return [(kind, region, time) for (kind, region), time in self._times.items()]


def row_of(document: Mapping[str, Any]) -> Row:
    """Return the row that a document stores."""
    return Row(kind=document["kind"], key=document["key"], data=document["data"], source=document["source"])


def region_of(data: Mapping[str, Any] | None) -> str | None:
    """Return the region that a row's data tells."""
    region = data.get("region") if data else None
    return region if isinstance(region, str) and region else None


def is_later(time: datetime | None, than: datetime) -> bool:
    """Say whether a time, if there is one, is after another."""
    return time is not None and time > than
