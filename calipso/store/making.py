"""Making a generation: what of its rows is different from the newest one's is found out, and written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from bson.objectid import ObjectId

from ..model.topology import COLLECTIONS, Document
from .collections import OPEN, Collections
from .encoding import batches, moment, row_digest
from .generations import Counts, Pointer, completed, visible
from .lease import Lease
from .terms import own_terms, renew_terms, terms_mark
from .topology_rows import encoded, rows

_BATCH = 5_000
"""Rows that are closed, or looked for, at once."""

_REMEMBERED = 100
"""Attempts that were given up: each new one sweeps away the rows of these."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What publishing did. `generation` is the newest now; `changed`: it is a new one."""

    generation: int
    changed: bool
    counts: Counts


@dataclass(frozen=True, slots=True)
class Difference:
    """What makes the rows of a collection those of a new generation."""

    close: Sequence[ObjectId]
    write: Sequence[Document]
    counts: Mapping[str, int]

    def __bool__(self) -> bool:
        """Say whether there is any."""
        return bool(self.close or self.write)


class Making:
    """Makes the next generation of an environment, under the lease on its pointer.

    `current` is the document of the newest one. What is found by search is so by `search_fields`.
    """

    def __init__(
        self, collections: Collections, lease: Lease, environment: str, search_fields: Sequence[str]
    ) -> None:
        self._collections = collections
        self._lease = lease
        self._environment = environment
        self._search_fields = search_fields
        self._pointer = Pointer.of(lease.document)
        self.current = newest_generation(collections, environment, self._pointer)

    def renew_terms(self) -> None:
        """Have all rows found by `search_fields`."""
        mark = terms_mark(self._search_fields)
        if self._pointer.terms != mark:
            objects = self._collections["inventory"]
            renew_terms(self._lease, objects, self._environment, self._search_fields)
            self._lease.update({"terms": mark})

    def difference(self, name: str, documents: Sequence[Document]) -> Difference:
        """Return what makes a collection hold `documents` and nothing else."""
        if not self._pointer.generation:
            return Difference((), documents, _same(0) | {"added": len(documents), "total": len(documents)})
        return self._compared(name, documents, self._stored(name), 0)

    def difference_of(self, name: str, documents: Mapping[str, Document | None]) -> Difference:
        """Return what makes a collection hold these documents, by id, and not those that are None."""
        stored = [
            row
            for ids in batches(list(documents), _BATCH)
            for row in self._stored(name, {"id": {"$in": ids}})
        ]
        wanted = [document for document in documents.values() if document is not None]
        return self._compared(name, wanted, stored, _total(self.current, name) - len(stored))

    def finish(
        self,
        differences: Mapping[str, Difference],
        fingerprints: Mapping[str, str],
        *,
        scan_id: str | None,
        at: datetime | None,
        stale: Mapping[str, datetime | None],
    ) -> Publication:
        """Write the generation that has these differences, if any; the pointer is moved to it last.

        `fingerprints`: of those of its collections of which they are known.
        """
        generations = self._collections["generations"]
        if self.current and not any(differences.values()):
            if self.current["fingerprints"] != fingerprints:
                generations.update_one(
                    {"_id": self.current["_id"]}, {"$set": {"fingerprints": dict(fingerprints)}}
                )
            return unchanged(self.current)
        pointer = self._begin()
        for name, difference in differences.items():
            self._write(name, difference, pointer)
        counts = {
            name: differences[name].counts if name in differences else _same(_total(self.current, name))
            for name in COLLECTIONS
        }
        number = pointer.generation + 1
        newest = {
            "_id": ObjectId(),
            "environment": self._environment,
            "number": number,
            "attempt": pointer.attempt,
            "published_at": moment(at or datetime.now(UTC)),
        }
        generations.insert_one(
            {
                **newest,
                "scan_id": scan_id,
                "names": [],
                "counts": counts,
                "fingerprints": dict(fingerprints),
                "stale": [[source, time and moment(time)] for source, time in stale.items()],
            }
        )
        self._lease.update({"generation": number, "published": pointer.attempt, "newest": newest})
        return Publication(number, True, counts)

    def _stored(self, name: str, condition: Mapping[str, Any] = MappingProxyType({})) -> Iterator[Document]:
        """Yield ids and digests of the newest generation's rows."""
        found = self._collections[name].find(
            {
                "environment": self._environment,
                **condition,
                **visible(self._pointer.published, self._pointer.aborted),
            },
            {"id": 1, "_digest": 1},
        )
        for row in found:
            self._lease.renew()
            yield row

    def _compared(
        self, name: str, documents: Sequence[Document], stored: Iterable[Document], others: int
    ) -> Difference:
        """Return what makes `stored` rows those of `documents`, beside so many others that stay."""
        digests = {}
        for document in documents:
            self._lease.renew()
            digests[document["id"]] = row_digest(encoded(document, name, self._environment))
        kept = set()
        close = []
        changed = 0
        for row in stored:
            digest = digests.get(row["id"])
            if row["_digest"] == digest:
                kept.add(row["id"])
            else:
                close.append(row["_id"])
                changed += digest is not None
        write = [document for document in documents if document["id"] not in kept]
        counts = {
            "added": len(write) - changed,
            "removed": len(close) - changed,
            "changed": changed,
            "unchanged": others + len(kept),
            "total": others + len(documents),
        }
        return Difference(close, write, counts)

    def _begin(self) -> Pointer:
        """Begin a new attempt; if the last one was given up, sweep away what it left."""
        pointer = self._pointer
        given_up = () if pointer.attempt == pointer.published else (pointer.attempt,)
        aborted = (*pointer.aborted, *given_up)[-_REMEMBERED:]
        begun = replace(pointer, attempt=pointer.attempt + 1, aborted=aborted)
        self._lease.update({"attempt": begun.attempt, "aborted": list(begun.aborted)})
        if given_up:
            of_environment = {"environment": self._environment}
            left = {"$in": list(aborted)}
            self._collections["generations"].delete_many(of_environment | {"attempt": left})
            for name in COLLECTIONS:
                self._lease.renew()
                self._collections[name].delete_many(of_environment | {"_from": left})
                self._lease.renew()
                self._collections[name].update_many(of_environment | {"_to": left}, {"$set": {"_to": OPEN}})
        return begun

    def _write(self, name: str, difference: Difference, pointer: Pointer) -> None:
        stored = self._collections[name]
        replaceable = {"environment": self._environment, "_to": {"$in": [OPEN, *pointer.aborted]}}
        for ids in batches(difference.close, _BATCH):
            self._lease.renew()
            stored.update_many(replaceable | {"_id": {"$in": ids}}, {"$set": {"_to": pointer.attempt}})
        contents = (
            (
                encoded(document, name, self._environment),
                own_terms(document, self._search_fields) if name == "inventory" else {},
            )
            for document in difference.write
        )
        for batch in rows(contents, pointer.attempt):
            self._lease.renew()
            stored.insert_many(batch, ordered=False)


def newest_generation(collections: Collections, environment: str, pointer: Pointer) -> dict[str, Any] | None:
    """Return the document of the newest generation."""
    return collections["generations"].find_one(
        completed(environment, pointer) | {"attempt": pointer.published}
    )


def unchanged(generation: Mapping[str, Any]) -> Publication:
    """Return what was done where a generation stays the newest."""
    counts = {name: _same(_total(generation, name)) for name in COLLECTIONS}
    return Publication(generation["number"], False, counts)


def _total(generation: Mapping[str, Any] | None, name: str) -> int:
    return generation["counts"][name]["total"] if generation else 0


def _same(total: int) -> dict[str, int]:
    return {"added": 0, "removed": 0, "changed": 0, "unchanged": total, "total": total}
