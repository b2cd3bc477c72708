"""The terms of rows: what objects are found by, kept beside each in a field of the store's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymongo import UpdateOne
from pymongo.collection import Collection

from ..model.search import VERSION, terms
from ..model.topology import Document, stable_id
from .lease import Lease

_BATCH = 1_000
"""Rows."""


def terms_mark(fields: Sequence[str]) -> str:
    """Return what tells terms that are made of these attributes from others."""
    return stable_id(str(VERSION), *fields)


def own_terms(document: Document, fields: Sequence[str]) -> dict[str, list[str]]:
    """Return what an object's row bears: `_terms`, or nothing where it has none."""
    found = terms(document, fields)
    return {"_terms": found} if found else {}


def renew_terms(
    lease: Lease, rows: Collection[dict[str, Any]], environment: str, fields: Sequence[str]
) -> None:
    """Give all rows of an environment the terms that are made of `fields`, in every generation.

    What is served of a row stays as it is.
    """
    changes: list[UpdateOne] = []
    for row in rows.find({"environment": environment}):
        own = own_terms(row, fields)
        if row.get("_terms", []) != own.get("_terms", []):
            change = {"$set": own} if own else {"$unset": {"_terms": ""}}
            changes.append(UpdateOne({"_id": row["_id"]}, change))
        if len(changes) == _BATCH:
            rows.bulk_write(changes, ordered=False)
            changes.clear()
        lease.renew()
    if changes:
        rows.bulk_write(changes, ordered=False)
