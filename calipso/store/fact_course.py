"""What becomes of the stored rows of a source when single ones of them are told to change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import DeleteOne, ReplaceOne, UpdateOne

from ..model.fact_change import FactChange
from ..model.facts import Row
from .encoding import moment
from .errors import InvalidDocumentError
from .fact_rows import ANYWHERE, Heard, Origin, region_of, row_of

Write = ReplaceOne[dict[str, Any]] | UpdateOne | DeleteOne

_NAMED = 10
"""Changes that an error names."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What a call of `apply` did: `rows` that are new or different, as they are now; (kind, key) of those
    that are `gone`; and how many changes were `outdated`.

    Where it is told again what it was told last, that is in it again.
    """

    rows: list[Row]
    gone: list[tuple[str, str]]
    outdated: int


class Told:
    """A change that can be stored."""

    def __init__(self, change: FactChange, origin: Origin) -> None:
        """Raises `InvalidDocumentError`."""
        self.kind, self.key, self.whole = change.kind, change.key, change.whole
        self.at = moment(change.at)
        self.data = None if change.data is None else dict(change.data)
        region = region_of(self.data) or change.region
        self.region = region or (None if self.data is not None and self.whole else ANYWHERE)
        origin.document(self.kind, self.region, self.key, self.data, self.at)


def told(changes: Iterable[FactChange], origin: Origin) -> list[Told]:
    """Return the changes. Raises `InvalidDocumentError`, which names those that cannot be stored."""
    found, faults = [], []
    for change in changes:
        try:
            found.append(Told(change, origin))
        except InvalidDocumentError as error:
            faults.append(str(error))
    if faults:
        more = len(faults) - _NAMED
        raise InvalidDocumentError(
            "; ".join(faults[:_NAMED]) + (f"; and {more} more cannot, either" if more > 0 else "")
        )
    return found


@dataclass(frozen=True, slots=True)
class _State:
    """A row at one time; one without data is a tombstone."""

    kind: str
    region: str | None
    key: str
    data: dict[str, Any] | None
    at: datetime

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> _State:
        """Return what a row's document says."""
        return cls(stored["kind"], stored["region"], stored["key"], stored["data"], stored["collected_at"])

    def is_later(self, change: Told) -> bool:
        """Say whether a change comes too late. At the same time what is gone stays so, else it is taken."""
        stays_gone = self.data is None and change.data is not None
        return self.at > change.at or (self.at == change.at and stays_gone)


class Course:
    """Takes changes in the order in which they were told; then says what to write, and what was done.

    `known`: the documents of all rows of these kinds and keys.
    """

    def __init__(
        self, changes: Sequence[Told], known: Iterable[Mapping[str, Any]], heard: Heard, origin: Origin
    ) -> None:
        self._origin = origin
        self._heard = heard
        self._before = {document["_id"]: document for document in known}
        self._now = {name: _State.of(document) for name, document in self._before.items()}
        self._places: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        for name, state in self._now.items():
            self._places[state.kind, state.key][name] = None
        self._touched: dict[str, None] = {}
        self.outdated = 0
        for change in changes:
            self._take(change)
        self._after = {name: self._document(self._now[name]) for name in self._touched}

    @property
    def writes(self) -> list[Write]:
        """What to write."""
        found: list[Write] = [DeleteOne({"_id": name}) for name in self._before if name not in self._now]
        for name, after in self._after.items():
            before = self._before.get(name)
            if before is None or before["digest"] != after["digest"]:
                found.append(ReplaceOne({"_id": name}, after, upsert=True))
            elif before["collected_at"] != after["collected_at"]:
                found.append(UpdateOne({"_id": name}, {"$set": {"collected_at": after["collected_at"]}}))
        return found

    @property
    def applied(self) -> Applied:
        """What was done."""
        rows, gone = [], []
        for name, after in self._after.items():
            before = self._before.get(name)
            if after["data"] is None:
                gone.append((after["kind"], after["key"]))
            elif (
                before is None
                or before["digest"] != after["digest"]
                or before["collected_at"] == after["collected_at"]
            ):
                rows.append(row_of(after))
        return Applied(rows, gone, self.outdated)

    def _take(self, change: Told) -> None:
        """Take a change, wherever its row is."""
        known = [self._now[name] for name in self._places[change.kind, change.key]]
        if change.region != ANYWHERE:
            regions = [change.region]
        elif change.data is None:
            regions = [state.region for state in known] or [ANYWHERE]
        else:
            latest = max(known, key=lambda state: (state.data is not None, state.at), default=None)
            regions = [latest.region if latest else ANYWHERE]
        taken = [self._take_in(region, change) for region in regions]
        self.outdated += not any(taken)

    def _take_in(self, region: str | None, change: Told) -> bool:
        """Take a change of the row of one region; return False where it is outdated."""
        name, unplaced = (self._origin.id(change.kind, where, change.key) for where in (region, ANYWHERE))
        states = [self._now[name]] if name in self._now else []
        takes_place = unplaced != name and unplaced in self._now and self._now[unplaced].region == ANYWHERE
        if takes_place:
            states.append(self._now[unplaced])
        known = max(states, key=lambda state: state.at, default=None)
        if self._heard.is_later((change.kind, region), change.at) or (known and known.is_later(change)):
            return False
        data = change.data
        if data is not None and not change.whole and known and known.data is not None:
            data = known.data | data
        if data is not None and region:
            data["region"] = region
        if takes_place:
            del self._now[unplaced], self._places[change.kind, change.key][unplaced]
            self._touched.pop(unplaced, None)
        self._now[name] = _State(change.kind, region, change.key, data, change.at)
        self._places[change.kind, change.key][name] = None
        self._touched[name] = None
        return True

    def _document(self, state: _State) -> dict[str, Any]:
        return self._origin.document(state.kind, state.region, state.key, state.data, state.at)
