"""Publishing: a topology becomes a generation, all at once, and only what changed is written."""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import bson
from bson.objectid import ObjectId
from bson.raw_bson import RawBSONDocument

from ..model.topology import COLLECTIONS, Document, Topology
from .collections import OPEN, OWN_FIELDS
from .connected import Connected
from .encoding import batches, duplicates, encode, fingerprint, moment, row_digest
from .errors import InvalidDocumentError, raises_store_errors
from .generations import Counts, Pointer, completed, visible
from .lease import Lease
from .terms import own_terms, renew_terms, terms_mark

_BATCH = 5_000
_BATCH_BYTES = 16 * 1024 * 1024
"""Rows that are written at once."""

_REMEMBERED = 100
"""Attempts that were given up: each new one sweeps away the rows of these."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What `publish` did. `generation` is the newest now; `changed`: it is a new one."""

    generation: int
    changed: bool
    counts: Counts


@dataclass(frozen=True, slots=True)
class _Difference:
    """What makes the rows of a collection those of a topology."""

    close: Sequence[ObjectId]
    write: Sequence[Document]
    counts: dict[str, int]


@raises_store_errors
class Publisher(Connected):
    """Makes generations."""

    def publish(
        self,
        environment: str,
        topology: Topology,
        *,
        scan_id: str | None = None,
        at: datetime | None = None,
        only: Collection[str] = COLLECTIONS,
        stale: Mapping[str, datetime | None] = MappingProxyType({}),
        search_fields: Sequence[str] = (),
    ) -> Publication:
        """Make `topology` the newest generation of `environment`, unless it is that already.

        Collections that are not in `only` stay as they are. `stale` is kept with the generation: the
        sources that could not be heard again, and when they last were. Documents that come in the same
        order as the published ones are recognised without reading those. They need not bear `environment`.
        Objects are found (`View.search`) by their id and names, and by these attributes: `search_fields`.

        Raises `InvalidDocumentError`, a ValueError, for what cannot be stored or is there twice, and
        `BusyError` where another process is publishing for too long; then nothing is published.
        """
        documents = {name: getattr(topology, name) for name in COLLECTIONS if name in only}
        prints = {name: fingerprint(listed) for name, listed in documents.items()}
        mark = terms_mark(search_fields)
        pointer = Pointer.read(self._collections, environment)
        current = self._current(environment, pointer)
        if current and prints.items() <= current["fingerprints"].items() and pointer.terms == mark:
            return _unchanged(current)
        for name, listed in documents.items():
            _check(listed, name, environment)
        lease = Lease(
            self._collections["pointers"],
            environment,
            f"publishing environment {environment!r}",
            fields={"environment": environment},
        )
        with lease:
            pointer = Pointer.of(lease.document)
            if pointer.terms != mark:
                renew_terms(lease, self._collections["inventory"], environment, search_fields)
                lease.update({"terms": mark})
            current = self._current(environment, pointer)
            published = current["fingerprints"] if current else {}
            differences = {
                name: self._difference(lease, environment, name, listed, pointer)
                for name, listed in documents.items()
                if prints[name] != published.get(name)
            }
            if current and not any(part.close or part.write for part in differences.values()):
                return _unchanged(current)
            pointer = self._begin(lease, environment, pointer)
            for name, difference in differences.items():
                self._write(lease, environment, name, difference, pointer, search_fields)
            counts = {
                name: differences[name].counts if name in differences else _same(_total(current, name))
                for name in COLLECTIONS
            }
            number = pointer.generation + 1
            newest = {
                "_id": ObjectId(),
                "environment": environment,
                "number": number,
                "attempt": pointer.attempt,
                "published_at": moment(at or datetime.now(UTC)),
            }
            self._collections["generations"].insert_one(
                {
                    **newest,
                    "scan_id": scan_id,
                    "names": [],
                    "counts": counts,
                    "fingerprints": published | prints,
                    "stale": [[source, time and moment(time)] for source, time in stale.items()],
                }
            )
            lease.update({"generation": number, "published": pointer.attempt, "newest": newest})
        return Publication(number, True, counts)

    def _current(self, environment: str, pointer: Pointer) -> dict[str, Any] | None:
        """Return the document of the newest generation."""
        return self._collections["generations"].find_one(
            completed(environment, pointer) | {"attempt": pointer.published}
        )

    def _difference(
        self, lease: Lease, environment: str, name: str, documents: Sequence[Document], pointer: Pointer
    ) -> _Difference:
        if not pointer.generation:
            return _Difference((), documents, _same(0) | {"added": len(documents), "total": len(documents)})
        wanted = {}
        for document in documents:
            lease.renew()
            wanted[document["id"]] = row_digest(_encode(document, name, environment))
        kept = set()
        close = []
        changed = 0
        rows = self._collections[name].find(
            {"environment": environment, **visible(pointer.published, pointer.aborted)},
            {"id": 1, "_digest": 1},
        )
        for row in rows:
            lease.renew()
            digest = wanted.get(row["id"])
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
            "unchanged": len(kept),
            "total": len(documents),
        }
        return _Difference(close, write, counts)

    def _begin(self, lease: Lease, environment: str, pointer: Pointer) -> Pointer:
        """Begin a new attempt; if the last one was given up, sweep away what it left."""
        given_up = () if pointer.attempt == pointer.published else (pointer.attempt,)
        aborted = (*pointer.aborted, *given_up)[-_REMEMBERED:]
        begun = replace(pointer, attempt=pointer.attempt + 1, aborted=aborted)
        lease.update({"attempt": begun.attempt, "aborted": list(begun.aborted)})
        if given_up:
            left = {"$in": list(aborted)}
            self._collections["generations"].delete_many({"environment": environment, "attempt": left})
            for name in COLLECTIONS:
                lease.renew()
                self._collections[name].delete_many({"environment": environment, "_from": left})
                lease.renew()
                self._collections[name].update_many(
                    {"environment": environment, "_to": left}, {"$set": {"_to": OPEN}}
                )
        return begun

    def _write(
        self,
        lease: Lease,
        environment: str,
        name: str,
        difference: _Difference,
        pointer: Pointer,
        search_fields: Sequence[str],
    ) -> None:
        rows = self._collections[name]
        replaceable = [OPEN, *pointer.aborted]
        for ids in batches(difference.close, _BATCH):
            lease.renew()
            rows.update_many(
                {"environment": environment, "_id": {"$in": ids}, "_to": {"$in": replaceable}},
                {"$set": {"_to": pointer.attempt}},
            )
        encoded = (
            (
                _encode(document, name, environment),
                own_terms(document, search_fields) if name == "inventory" else {},
            )
            for document in difference.write
        )
        for batch in _rows(encoded, pointer.attempt):
            lease.renew()
            rows.insert_many(batch, ordered=False)


def _check(documents: Sequence[Document], name: str, environment: str) -> None:
    """Raise `InvalidDocumentError` for documents that would not be found again as they are."""
    try:
        ids = [document["id"] for document in documents]
    except KeyError:
        raise InvalidDocumentError(f"a document of {name} has no id") from None
    if len(set(ids)) < len(ids):
        twice = duplicates(ids)
        raise InvalidDocumentError(
            f"{len(twice)} ids occur more than once in {name}: {', '.join(map(repr, twice[:10]))}"
        )
    for document in documents:
        if document.get("environment", environment) != environment:
            raise InvalidDocumentError(f"{_named(document, name)} belongs to {document['environment']!r}")
        if not document.keys().isdisjoint(OWN_FIELDS):
            raise InvalidDocumentError(
                f"{_named(document, name)} has a field of the store's own: {', '.join(sorted(OWN_FIELDS))}"
            )


def _named(document: Document, name: str) -> str:
    return f"{document['id']!r} of {name}"


def _encode(document: Document, name: str, environment: str) -> bytes:
    if "environment" not in document:
        document = {"environment": environment, **document}
    return encode(document, lambda: _named(document, name))


def _rows(
    documents: Iterable[tuple[bytes, Mapping[str, Any]]], attempt: int
) -> Iterator[list[RawBSONDocument]]:
    """Make the rows that `attempt` writes of encoded documents, each with more of its own, in batches."""
    batch = []
    size = 0
    for encoded, more in documents:
        own = bson.encode({"_from": attempt, "_to": OPEN, "_digest": row_digest(encoded), **more})
        body = own[4:-1] + encoded[4:]
        batch.append(RawBSONDocument(struct.pack("<i", len(body) + 4) + body))
        size += len(body)
        if len(batch) == _BATCH or size > _BATCH_BYTES:
            yield batch
            batch = []
            size = 0
    if batch:
        yield batch


def _total(generation: Mapping[str, Any] | None, name: str) -> int:
    return generation["counts"][name]["total"] if generation else 0


def _same(total: int) -> dict[str, int]:
    return {"added": 0, "removed": 0, "changed": 0, "unchanged": total, "total": total}


def _unchanged(generation: Mapping[str, Any]) -> Publication:
    counts = {name: _same(_total(generation, name)) for name in COLLECTIONS}
    return Publication(generation["number"], False, counts)
