"""Documents of a topology as rows: checked, encoded, and in batches."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import bson
from bson.raw_bson import RawBSONDocument

from ..model.topology import Document
from .collections import OPEN, OWN_FIELDS
from .encoding import duplicates, encode, row_digest
from .errors import InvalidDocumentError

_BATCH = 5_000
_BATCH_BYTES = 16 * 1024 * 1024
"""Rows that are written at once."""


def check(documents: Sequence[Document], name: str, environment: str) -> None:
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


def encoded(document: Document, name: str, environment: str) -> bytes:
    """Return a document as bytes, with its environment. Raises `InvalidDocumentError`."""
    if "environment" not in document:
        document = {"environment": environment, **document}
    return encode(document, lambda: _named(document, name))


def rows(
    documents: Iterable[tuple[bytes, Mapping[str, Any]]], attempt: int
) -> Iterator[list[RawBSONDocument]]:
    """Make the rows that `attempt` writes of encoded documents, each with more of its own, in batches."""
    batch = []
    size = 0
    for content, more in documents:
        own = bson.encode({"_from": attempt, "_to": OPEN, "_digest": row_digest(content), **more})
        body = own[4:-1] + content[4:]
        batch.append(RawBSONDocument(struct.pack("<i", len(body) + 4) + body))
        size += len(body)
        if len(batch) == _BATCH or size > _BATCH_BYTES:
            yield batch
            batch = []
            size = 0
    if batch:
        yield batch
