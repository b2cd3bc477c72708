"""What becomes of the stored rows of a source, given what it said at one time."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .fact_rows import ANYWHERE, Heard, Part, is_later


@dataclass(frozen=True, slots=True)
class Staged:
    """How many rows a call of `stage` added, changed, removed, found unchanged, and knew better already."""

    added: int
    changed: int
    removed: int
    unchanged: int
    outdated: int


@dataclass(frozen=True, slots=True)
class Known:
    """A row as it is stored, without its data; one without digest is a tombstone."""

    part: Part
    key: str
    digest: bytes | None
    collected_at: datetime

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Known:
        """Return what a row's document says."""
        return cls(
            (stored["kind"], stored["region"]), stored["key"], stored["digest"], stored["collected_at"]
        )


class Plan:
    """Which rows to `write`, to `confirm`, to `bury`, and to `sweep` away, by id.

    `wanted`: what the source said, by id. `missed`: rows that its answer would hold, were they still there.
    `heard`: when it was read wholly before, and then, with this time too.
    """

    def __init__(
        self,
        wanted: Mapping[str, dict[str, Any]],
        known: Mapping[str, Known],
        heard: Heard,
        fetched: frozenset[Part],
        missed: Collection[str],
        at: datetime,
    ) -> None:
        self._wanted, self._known, self._fetched, self._at = wanted, known, fetched, at
        self._before = heard
        self.heard = heard.and_now(fetched, at)
        self.write: list[str] = []
        self.confirm: list[str] = []
        self.bury: list[str] = []
        self.sweep: list[str] = []
        added, unchanged, outdated = self._take()
        self._miss(missed)
        changed = len(self.write) - added
        self.staged = Staged(added, changed, len(self.bury), unchanged, outdated)

    def _take(self) -> tuple[int, int, int]:
        """Take what is wanted; return how many rows of it are new, unchanged, and outdated."""
        unplaced = {
            (row.part[0], row.key): name for name, row in self._known.items() if row.part[1] == ANYWHERE
        }
        added = unchanged = outdated = 0
        for name, document in self._wanted.items():
            kind, key, part = document["kind"], document["key"], (document["kind"], document["region"])
            other = unplaced.get((kind, key), name)
            rows = [self._known[each] for each in (name, other) if each in self._known]
            row = max(rows, key=lambda each: each.collected_at, default=None)
            if self._before.is_later(part, self._at) or (row and row.collected_at > self._at):
                outdated += 1
                continue
            if other != name:
                self.sweep.append(unplaced.pop((kind, key)))
            if row is None or row.digest != document["digest"]:
                added += row is None or row.digest is None
                self.write.append(name)
            else:
                unchanged += 1
                if row.collected_at < self._at and not _covers(self._fetched, part):
                    self.confirm.append(name)
        return added, unchanged, outdated

    def _miss(self, missed: Collection[str]) -> None:
        """Bury the rows that would be wanted, were they still there; sweep graves that need not be kept."""
        settled = self._wanted.keys() | self.sweep
        for name, row in self._known.items():
            if name in settled:
                continue
            read = self.heard.at(row.part) if _covers(self._fetched, row.part) else None
            if row.digest is None:
                if is_later(read, row.collected_at):
                    self.sweep.append(name)
            elif (
                (name in missed or (read is not None and row.collected_at <= read))
                and row.collected_at <= self._at
                and not self._before.is_later(row.part, self._at)
            ):
                self.bury.append(name)


def _covers(fetched: Collection[Part], part: Part) -> bool:
    """Say whether what was read may hold rows of `part`."""
    kind, region = part
    if region == ANYWHERE:
        return any(of == kind for of, _where in fetched)
    return part in fetched or (kind, None) in fetched
