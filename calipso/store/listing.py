"""Lists of what is kept besides the topology: a page of them, the latest first."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pymongo.collection import Collection as Documents

from ..model.topology import Document
from .conditions import all_of


def page(
    documents: Documents[dict[str, Any]],
    conditions: Collection[Mapping[str, Any]],
    time: str,
    *,
    skip: int = 0,
    limit: int | None = None,
) -> list[Document]:
    """Return the documents that meet all conditions, those of the latest `time` first, then by id.

    The list begins after `skip` of them, and has at most `limit`.
    """
    if limit == 0:
        return []
    found = documents.find(
        all_of(conditions),
        {"_id": 0},
        sort=[(time, -1), ("id", 1)],
        skip=skip,
        limit=limit or 0,
        allow_disk_use=True,
    )
    return list(found)
