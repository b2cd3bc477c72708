"""Documents as bytes: what cannot be stored is found here, and named."""

from __future__ import annotations

import hashlib
import json
import pickle
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, TypeVar

import bson
from bson.errors import BSONError

from ..model.topology import Document
from .errors import InvalidDocumentError

_Item = TypeVar("_Item")

_UNSTORABLE = (BSONError, ValueError, TypeError, OverflowError, RecursionError)

_LARGEST = 16 * 1024 * 1024 - 1024
"""Bytes: MongoDB's limit for a document, less what the store adds to one."""


def batches(items: Sequence[_Item], size: int) -> Iterator[Sequence[_Item]]:
    """Cut `items` into pieces of at most `size`."""
    return (items[start : start + size] for start in range(0, len(items), size))


def encode(document: Document, name: Callable[[], str]) -> bytes:
    """Return the BSON of `document`, or raise `InvalidDocumentError` that calls it what `name` returns."""
    try:
        encoded = bson.encode(document)
    except _UNSTORABLE as error:
        raise InvalidDocumentError(f"{name()} cannot be stored: {error}") from None
    if len(encoded) > _LARGEST:
        raise InvalidDocumentError(
            f"{name()} cannot be stored: it takes {len(encoded) / 2**20:.1f} MB, a document at most 16 MB"
        )
    return encoded


def fingerprint(documents: Sequence[Document]) -> str:
    """Return a digest of `documents` in their order. Raises `InvalidDocumentError` where there is none.

    Pickling is the fastest way to walk through all that they hold, and takes no memory; without its memo
    (`fast`), equal documents give equal bytes.
    """
    digest = hashlib.sha256()
    pickler = pickle.Pickler(SimpleNamespace(write=digest.update), protocol=5)
    pickler.fast = True
    try:
        pickler.dump(documents)
    except (pickle.PicklingError, AttributeError, *_UNSTORABLE) as error:
        raise InvalidDocumentError(f"a document cannot be stored: {error}") from None
    return digest.hexdigest()


def row_digest(encoded: bytes) -> bytes:
    """Return what tells one state of a document from another."""
    return hashlib.sha256(encoded).digest()[:16]


def facts_digest(data: dict[str, Any]) -> bytes:
    """Return what tells one state of facts from another; the order of keys does not.

    Raises TypeError for what is no JSON.
    """
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).digest()[:16]


def moment(at: datetime) -> datetime:
    """Return `at` as the database keeps it: in UTC, to the millisecond."""
    if at.tzinfo is None:
        raise ValueError(f"{at} says no time zone")
    return at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)


def storable(text: str) -> str:
    r"""Return `text` with what is no Unicode (bytes that a command wrote) as \udcXX."""
    return text.encode("utf-8", "backslashreplace").decode()


def duplicates(ids: Iterable[str]) -> list[str]:
    """Return those of `ids` that occur more than once, sorted."""
    return sorted(name for name, count in Counter(ids).items() if count > 1)
