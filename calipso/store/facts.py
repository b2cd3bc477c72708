"""Facts: the latest that each source said, row by row, and how each source is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import ReplaceOne

from ..model.facts import Gap, Row
from ..model.source import Facts, Source
from ..model.topology import stable_id
from .connected import Connected
from .encoding import batches, encode, facts_digest, moment, storable
from .errors import InvalidDocumentError, raises_store_errors
from .lease import Lease

Part = tuple[str, str | None]
"""A kind of rows of one region; None: of all regions."""

_BATCH = 1_000
"""Rows."""

_FEW = 1_000
"""Rows that are looked up one by one; where there are more, all of their source's are read."""


@dataclass(frozen=True, slots=True)
class Staged:
    """How many rows a call of `stage` added, changed, removed, found unchanged, and knew better already."""

    added: int
    changed: int
    removed: int
    unchanged: int
    outdated: int


@dataclass(slots=True)
class _Known:
    """A row as it is stored, without its data."""

    part: Part
    digest: bytes
    collected_at: datetime


@raises_store_errors
class FactStore(Connected):
    """The facts of environments."""

    def stage(
        self,
        environment: str,
        source: str,
        rows: Sequence[Row],
        *,
        fetched: Collection[Part],
        collected_at: datetime,
        collector: str,
        gaps: Sequence[Gap] = (),
        scan_id: str | None = None,
    ) -> Staged:
        """Take over what `source` said at `collected_at`.

        A row is known by its kind, its data's `region`, and its key. `fetched` names the (kind, region)
        pairs that were read wholly: rows of these that are not among `rows` are removed; region None
        stands for all regions. What is known from later than `collected_at` stays. A call that fetched
        nothing and reports no gap touches single rows, and says nothing about the source's state.

        Raises `InvalidDocumentError`, before anything is written, for what cannot be stored.
        """
        collected_at = moment(collected_at)
        wanted = {
            document["_id"]: document
            for document in (
                _document(row, environment, source, collected_at, collector, scan_id) for row in rows
            )
        }
        encode({"gaps": list(gaps)}, lambda: f"a gap of {source!r}")
        with self._lease(environment, source) as lease:
            heard = _Heard(lease.document.get("fetched", ()))
            known = self._known(environment, source, wanted, everything=bool(fetched))
            plan = _Plan(wanted, known, heard, frozenset(fetched), collected_at)
            for batch in batches(plan.write, _BATCH):
                lease.renew()
                self._collections["facts"].bulk_write(
                    [ReplaceOne({"_id": document["_id"]}, document, upsert=True) for document in batch],
                    ordered=False,
                )
            for ids in batches(plan.confirm, _BATCH):
                lease.renew()
                self._collections["facts"].update_many(
                    {"_id": {"$in": ids}}, {"$set": {"collected_at": collected_at}}
                )
            for ids in batches(plan.remove, _BATCH):
                lease.renew()
                self._collections["facts"].delete_many({"_id": {"$in": ids}})
            changes: dict[str, Any] = {"fetched": heard.and_now(fetched, collected_at)}
            state = {}
            if fetched or gaps:
                state = _state(lease.document, collected_at, collector, gaps, scan_id)
            lease.update(changes | state)
            if state:
                self._note_heard(environment)
        return plan.staged

    def source_failed(
        self, environment: str, source: str, error: str, *, at: datetime, scan_id: str | None = None
    ) -> None:
        """Note that `source` could not be heard: its facts stay, and are stale.

        Nothing happens where the source was heard later than `at`.
        """
        at = moment(at)
        with self._lease(environment, source) as lease:
            if not _is_later(lease.document.get("collected_at"), at):
                lease.update({"stale": True, "error": storable(error), "failed_at": at, "scan_id": scan_id})
                self._note_heard(environment)

    def forget_sources(self, environment: str, keep: Collection[str]) -> list[str]:
        """Remove all sources but `keep`, with their facts; return the names of the removed ones."""
        gone = sorted(set(self.sources(environment)) - set(keep))
        for names in batches(gone, _BATCH):
            where = {"environment": environment, "source": {"$in": names}}
            self._collections["facts"].delete_many(where)
            self._collections["sources"].delete_many(where)
        if gone:
            self._note_heard(environment)
        return gone

    def sources(self, environment: str) -> dict[str, Source]:
        """Return the state of each source, by name, in the order of names."""
        found = self._collections["sources"].find({"environment": environment}).sort("source")
        return {document["source"]: _source(document) for document in found}

    def facts(self, environment: str) -> Facts:
        """Return the latest facts, in the order of sources, kinds and keys."""
        rows = (
            self._collections["facts"]
            .find({"environment": environment}, dict.fromkeys(Row.__annotations__, 1) | {"_id": 0})
            .sort([("source", 1), ("kind", 1), ("key", 1), ("region", 1)])
        )
        return Facts(
            sources=self.sources(environment),
            rows=[
                Row(kind=row["kind"], key=row["key"], data=row["data"], source=row["source"]) for row in rows
            ],
        )

    def row(self, environment: str, source: str, kind: str, key: str) -> Row | None:
        """Return one of the latest facts of a source that has no regions."""
        found = self._collections["facts"].find_one({"_id": stable_id(environment, source, kind, "", key)})
        return Row(kind=kind, key=key, data=found["data"], source=source) if found else None

    def _note_heard(self, environment: str) -> None:
        """Let whoever reads the newest generation know that when its sources were heard has changed."""
        self._collections["pointers"].update_one(
            {"_id": environment},
            {"$inc": {"heard": 1}, "$setOnInsert": {"environment": environment}},
            upsert=True,
        )

    def _lease(self, environment: str, source: str) -> Lease:
        return Lease(
            self._collections["sources"],
            stable_id(environment, source),
            f"the facts of {source!r} in {environment!r}",
            fields={"environment": environment, "source": source},
        )

    def _known(
        self, environment: str, source: str, wanted: Collection[str], *, everything: bool
    ) -> dict[str, _Known]:
        where: dict[str, Any] = {"environment": environment, "source": source}
        if not everything and len(wanted) <= _FEW:
            where["_id"] = {"$in": list(wanted)}
        rows = self._collections["facts"].find(
            where, {"kind": 1, "region": 1, "digest": 1, "collected_at": 1}
        )
        return {
            row["_id"]: _Known((row["kind"], row["region"]), row["digest"], row["collected_at"])
            for row in rows
        }


class _Heard:
    """When each (kind, region) of a source was last read wholly."""

    def __init__(self, stored: Iterable[tuple[str, str | None, datetime]]) -> None:
        self._times: dict[Part, datetime] = {(kind, region): at for kind, region, at in stored}

    def at(self, part: Part) -> datetime | None:
        """Return when `part` was last read wholly, alone or with all regions."""
        times = [
            time for time in (self._times.get(part), self._times.get((part[0], None))) if time is not None
        ]
        return max(times, default=None)

    def and_now(self, fetched: Collection[Part], at: datetime) -> list[tuple[str, str | None, datetime]]:
        """Return what to store, with `fetched` read at `at`."""
        times = self._times | {part: max(at, self._times.get(part, at)) for part in fetched}
        return [(kind, region, time) for (kind, region), time in times.items()]


class _Plan:
    """What to do with the stored rows of a source, given what it said at one time."""

    def __init__(
        self,
        wanted: Mapping[str, dict[str, Any]],
        known: Mapping[str, _Known],
        heard: _Heard,
        fetched: frozenset[Part],
        at: datetime,
    ) -> None:
        self.write: list[dict[str, Any]] = []
        self.confirm: list[str] = []
        added = unchanged = outdated = 0
        for key, document in wanted.items():
            part = (document["kind"], document["region"])
            row = known.get(key)
            if _is_later(heard.at(part), at) or (row is not None and row.collected_at > at):
                outdated += 1
            elif row is None or row.digest != document["digest"]:
                added += row is None
                self.write.append(document)
            else:
                unchanged += 1
                if row.collected_at < at and not _covers(fetched, part):
                    self.confirm.append(key)
        self.remove = [
            key
            for key, row in known.items()
            if key not in wanted
            and _covers(fetched, row.part)
            and row.collected_at <= at
            and not _is_later(heard.at(row.part), at)
        ]
        self.staged = Staged(added, len(self.write) - added, len(self.remove), unchanged, outdated)


def _covers(fetched: Collection[Part], part: Part) -> bool:
    return part in fetched or (part[0], None) in fetched


def _is_later(time: datetime | None, than: datetime) -> bool:
    return time is not None and time > than


def _document(
    row: Row, environment: str, source: str, collected_at: datetime, collector: str, scan_id: str | None
) -> dict[str, Any]:
    kind, key, data = row["kind"], row["key"], row["data"]
    name = f"{kind} {key!r} of the facts of {source!r}"
    region = data.get("region")
    if not isinstance(region, str):
        region = None
    try:
        digest = facts_digest(data)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidDocumentError(f"{name} cannot be stored: {error}") from None
    document = {
        "_id": stable_id(environment, source, kind, region or "", key),
        "environment": environment,
        "source": source,
        "kind": kind,
        "region": region,
        "key": key,
        "data": data,
        "digest": digest,
        "collected_at": collected_at,
        "collector": collector,
        "scan_id": scan_id,
    }
    encode(document, lambda: name)
    return document


def _state(
    document: Mapping[str, Any],
    collected_at: datetime,
    collector: str,
    gaps: Sequence[Gap],
    scan_id: str | None,
) -> dict[str, Any]:
    """Return the changes to a source's document after it was heard, unless it was heard later already."""
    if _is_later(document.get("collected_at"), collected_at):
        return {}
    heard = {
        "collected_at": collected_at,
        "collector": collector,
        "gaps": list(gaps),
        "scan_id": scan_id,
    }
    if _is_later(document.get("failed_at"), collected_at):
        return heard
    return heard | {"stale": False, "error": None}


def _source(document: Mapping[str, Any]) -> Source:
    return Source(
        name=document["source"],
        collected_at=document.get("collected_at"),
        stale=document.get("stale", False),
        error=document.get("error"),
        gaps=tuple(document.get("gaps", ())),
    )
