"""The latest facts of a source, in plain Python: what the store must know after the same calls.

Every key is in one region, its place; the model remembers all that is gone for ever.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from calipso.model.fact_change import FactChange, Sought
from calipso.model.facts import Row
from calipso.store import Staged

Name = tuple[str, str]
"""Kind and key."""

Part = tuple[str, str | None]


@dataclass(frozen=True)
class Fact:
    """What was told of a row last. `placed`: its region was told, too."""

    at: datetime
    data: Mapping[str, Any] | None
    placed: bool


@dataclass
class Latest:
    """A source's facts. `places`: the region of each key."""

    places: Mapping[Name, str | None]
    facts: dict[Name, Fact] = field(default_factory=dict)
    heard: dict[Part, datetime] = field(default_factory=dict)

    @property
    def known(self) -> dict[Name, Mapping[str, Any]]:
        """What is known of the rows that there are."""
        return {name: fact.data for name, fact in self.facts.items() if fact.data is not None}

    def apply(self, changes: Iterable[FactChange]) -> int:
        """Take changes; return how many were outdated."""
        outdated = 0
        for change in changes:
            name = (change.kind, change.key)
            place = self.places[name]
            before = self.facts.get(name)
            is_all = change.whole and change.data is not None
            placed = is_all or change.region is not None or (before is not None and before.placed)
            if self._is_outdated(name, change, placed):
                outdated += 1
                continue
            data = None if change.data is None else dict(change.data)
            if data is not None and not change.whole and before is not None:
                data = {**(before.data or {}), **data}
            if data is not None and placed and place:
                data["region"] = place
            self.facts[name] = Fact(change.at, data, placed)
        return outdated

    def stage(
        self, rows: Collection[Row], fetched: Collection[Part], sought: Collection[Sought], at: datetime
    ) -> Staged:
        """Take what was said at one time."""
        counts = dict.fromkeys(("added", "changed", "removed", "unchanged", "outdated"), 0)
        before = dict(self.heard)
        said = {(row["kind"], row["key"]): row["data"] for row in rows}
        for name, data in said.items():
            known = self.facts.get(name)
            if self._is_later(self._read(name, placed=True), at) or (known and known.at > at):
                counts["outdated"] += 1
                continue
            if known is None or known.data is None:
                counts["added"] += 1
            else:
                counts["unchanged" if known.data == data else "changed"] += 1
            self.facts[name] = Fact(at, data, placed=True)
        self.heard |= {part: max(at, self.heard.get(part, at)) for part in fetched}
        for name, now in self.known.items():
            fact = self.facts[name]
            covered = {(name[0], None), (name[0], self.places[name])} & {*fetched}
            matches = any(
                each.kind == name[0]
                and (name[1] if each.attribute == "id" else now.get(each.attribute)) == each.value
                for each in sought
            )
            late = fact.at > at or self._is_later(self._read(name, fact.placed, before), at)
            if name not in said and (covered or matches) and not late:
                counts["removed"] += 1
                self.facts[name] = Fact(at, None, fact.placed)
        return Staged(**counts)

    def _is_outdated(self, name: Name, change: FactChange, placed: bool) -> bool:
        known = self.facts.get(name)
        if self._is_later(self._read(name, placed), change.at):
            return True
        if known is None:
            return False
        return known.at > change.at or (
            known.at == change.at and known.data is None and change.data is not None
        )

    def _read(
        self, name: Name, placed: bool, heard: Mapping[Part, datetime] | None = None
    ) -> datetime | None:
        """Return when all rows were read among which that of this name is."""
        times = self.heard if heard is None else heard
        kind = name[0]
        if placed:
            regions = [times[part] for part in {(kind, self.places[name])} & times.keys()]
        else:
            regions = [time for (of, region), time in times.items() if of == kind and region is not None]
        whole = [times[kind, None]] if (kind, None) in times else []
        return max([*whole, *([min(regions)] if regions else [])], default=None)

    @staticmethod
    def _is_later(time: datetime | None, at: datetime) -> bool:
        return time is not None and time > at
