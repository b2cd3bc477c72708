"""Facts: the latest that each source said, row by row, and how each source is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ReplaceOne

from ..model.fact_change import FactChange, Sought
from ..model.facts import Gap, Row
from ..model.source import Facts, Source
from ..model.topology import stable_id
from .conditions import all_of, attribute, matching
from .connected import Connected
from .encoding import batches, encode, moment, storable
from .errors import raises_store_errors
from .fact_course import Applied, Course, Told, Write, told
from .fact_rows import ALIVE, ANYWHERE, IDENTITY, Heard, Origin, Part, is_later, region_of, row_of
from .lease import Lease
from .staging import Known, Plan, Staged

_BATCH = 1_000
"""Rows."""

_FEW = 1_000
"""Rows that are looked up one by one; where there are more, all of their source's are read."""


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
        sought: Sequence[Sought] = (),
        whole: bool = True,
    ) -> Staged:
        """Take over what `source` said at `collected_at`.

        A row is known by its kind, its data's `region`, and its key. `fetched` names the (kind, region)
        pairs that were read wholly: rows of these that are not among `rows` are removed; region None
        stands for all regions. Of what is `sought`, too, `rows` are all that there is. What is known from
        later than `collected_at` stays, or stays gone. A call that fetched nothing and reports no gap
        touches single rows, and says nothing about the source's state; nor does one that is not `whole`.

        Raises `InvalidDocumentError`, before anything is written, for what cannot be stored, and ValueError
        for what is no attribute's name.
        """
        collected_at = moment(collected_at)
        origin = Origin(environment, source, collector, scan_id)
        wanted = {
            document["_id"]: document
            for document in (
                origin.document(row["kind"], region_of(row["data"]), row["key"], row["data"], collected_at)
                for row in rows
            )
        }
        conditions = _holding(sought)
        encode({"gaps": list(gaps)}, lambda: f"a gap of {source!r}")
        with self._lease(environment, source) as lease:
            missed = self._found_facts(origin, {"$or": conditions}) if conditions else {}
            known = missed | self._known_facts(origin, wanted, everything=bool(fetched))
            heard = Heard(lease.document.get("fetched", ()))
            plan = Plan(wanted, known, heard, frozenset(fetched), missed, collected_at)
            stored = self._collections["facts"]
            self._write_facts(
                lease, [ReplaceOne({"_id": name}, wanted[name], upsert=True) for name in plan.write]
            )
            for names, change in (
                (plan.confirm, {"collected_at": collected_at}),
                (plan.bury, origin.grave(collected_at)),
            ):
                for batch in batches(names, _BATCH):
                    lease.renew()
                    stored.update_many({"_id": {"$in": batch}}, {"$set": change})
            for batch in batches(plan.sweep, _BATCH):
                lease.renew()
                stored.delete_many({"_id": {"$in": batch}})
            state = {}
            if whole and (fetched or gaps):
                state = _state(lease.document, collected_at, collector, gaps, scan_id)
            lease.update({"fetched": plan.heard.stored()} | state)
            if state:
                self._note_heard(environment)
        return plan.staged

    def apply(
        self,
        environment: str,
        source: str,
        changes: Sequence[FactChange],
        *,
        collector: str,
        scan_id: str | None = None,
    ) -> Applied:
        """Take over changes of single rows of `source`, in the order in which they were told.

        A change is outdated where its row, or all of the row's kind in its region, is known from later; at
        the same time what is gone stays gone. A row whose region nobody tells is the one of its kind and
        key, in whatever region that is. This says nothing about the source's state.

        Raises `InvalidDocumentError`, before anything is written, which names what cannot be stored.
        """
        origin = Origin(environment, source, collector, scan_id)
        listed = told(changes, origin)
        if not listed:
            return Applied([], [], 0)
        with self._lease(environment, source) as lease:
            heard = Heard(lease.document.get("fetched", ()))
            course = Course(listed, self._facts_of_the_same(origin, listed), heard, origin)
            self._write_facts(lease, course.writes)
            lease.update({"fetched": heard.stored()})
        return course.applied

    def source_failed(
        self, environment: str, source: str, error: str, *, at: datetime, scan_id: str | None = None
    ) -> None:
        """Note that `source` could not be heard: its facts stay, and are stale.

        Nothing happens where the source was heard later than `at`.
        """
        at = moment(at)
        with self._lease(environment, source) as lease:
            if not is_later(lease.document.get("collected_at"), at):
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
        return self._found_sources(matching(environment=environment))

    def facts(self, environment: str, sources: Collection[str] | None = None) -> Facts:
        """Return the latest facts, of all sources or of some, in the order of sources, kinds and keys."""
        of_these = matching(environment=environment, source=sources)
        rows = (
            self._collections["facts"]
            .find(all_of([*of_these, ALIVE]), dict.fromkeys(Row.__annotations__, 1) | {"_id": 0})
            .sort([("source", 1), ("kind", 1), ("key", 1), ("region", 1)])
        )
        return Facts(sources=self._found_sources(of_these), rows=[row_of(row) for row in rows])

    def row(self, environment: str, source: str, kind: str, key: str) -> Row | None:
        """Return one of the latest facts of a source that has no regions."""
        name = stable_id(environment, source, kind, "", key)
        found = self._collections["facts"].find_one({"_id": name, **ALIVE})
        return row_of(found) if found else None

    def changed_since(
        self, environment: str, source: str, since: datetime
    ) -> tuple[list[Row], list[tuple[str, str]]]:
        """Return the rows of a source that were told to be so at `since` or later, and not only found
        unchanged when all of their kind were read; and kind and key of those that were told to be gone.
        """
        where = {"environment": environment, "source": source, "collected_at": {"$gte": moment(since)}}
        stored = self._collections["facts"].find(where, dict.fromkeys(Row.__annotations__, 1))
        found = sorted(stored, key=lambda row: (row["kind"], row["key"]))
        return (
            [row_of(row) for row in found if row["data"] is not None],
            [(row["kind"], row["key"]) for row in found if row["data"] is None],
        )

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

    def _found_sources(self, conditions: Collection[Mapping[str, Any]]) -> dict[str, Source]:
        found = self._collections["sources"].find(all_of(conditions)).sort("source")
        return {document["source"]: _source(document) for document in found}

    def _known_facts(
        self, origin: Origin, wanted: Mapping[str, Mapping[str, Any]], *, everything: bool
    ) -> dict[str, Known]:
        if everything or len(wanted) > _FEW:
            return self._found_facts(origin, {})
        unplaced = (origin.id(row["kind"], ANYWHERE, row["key"]) for row in wanted.values())
        return self._found_facts(origin, {"_id": {"$in": [*wanted, *unplaced]}})

    def _found_facts(self, origin: Origin, condition: Mapping[str, Any]) -> dict[str, Known]:
        where = {"environment": origin.environment, "source": origin.source, **condition}
        return {row["_id"]: Known.of(row) for row in self._collections["facts"].find(where, IDENTITY)}

    def _facts_of_the_same(self, origin: Origin, changes: Iterable[Told]) -> Iterator[dict[str, Any]]:
        """Yield all rows of the kinds and keys of changes, in whatever region."""
        of_source = {"environment": origin.environment, "source": origin.source}
        for batch in batches(list({(change.kind, change.key) for change in changes}), _BATCH):
            keys: dict[str, list[str]] = defaultdict(list)
            for kind, key in batch:
                keys[kind].append(key)
            conditions = [{**of_source, "kind": kind, "key": {"$in": of}} for kind, of in keys.items()]
            yield from self._collections["facts"].find({"$or": conditions})

    def _write_facts(self, lease: Lease, writes: Sequence[Write]) -> None:
        for batch in batches(writes, _BATCH):
            lease.renew()
            self._collections["facts"].bulk_write(batch, ordered=False)


def _holding(sought: Iterable[Sought]) -> list[dict[str, Any]]:
    """Return the conditions for rows of which one is what is sought."""
    values: dict[tuple[str, str], list[str | int | bool]] = defaultdict(list)
    for each in sought:
        values[each.kind, each.attribute].append(each.value)
    return [
        {"kind": kind, "key": {"$in": listed}}
        if name == "id"
        else {"kind": kind, f"data.{attribute(name)}": {"$in": listed, "$not": {"$type": "array"}}}
        for (kind, name), listed in values.items()
    ]


def _state(
    document: Mapping[str, Any],
    collected_at: datetime,
    collector: str,
    gaps: Sequence[Gap],
    scan_id: str | None,
) -> dict[str, Any]:
    """Return the changes to a source's document after it was heard, unless it was heard later already."""
    if is_later(document.get("collected_at"), collected_at):
        return {}
    heard = {
        "collected_at": collected_at,
        "collector": collector,
        "gaps": list(gaps),
        "scan_id": scan_id,
    }
    if is_later(document.get("failed_at"), collected_at):
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
