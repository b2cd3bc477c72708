"""Views: reading one generation of one environment, whole and as it was."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ..model.topology import COLLECTIONS, Document
from .collections import Collections
from .connected import Connected
from .errors import database_errors, raises_store_errors
from .generations import Pointer, find_generation, visible

_CLEAN = {"_id": 0, "_from": 0, "_to": 0, "_digest": 0}

_LONGEST_TEXT = 4_000
"""Characters to search for: the database takes no pattern of over 32 KB."""


@raises_store_errors
class View:
    """One generation of one environment, read only.

    Documents come in the order of their ids, without anything of the store's own. Objects bear
    `last_scanned`, when their source was last heard, and `stale: True` where it could not be heard again:
    in the newest generation as it is now, in older ones as it was when they were published.
    """

    def __init__(self, collections: Collections, environment: str, generation: int | None) -> None:
        pointer = Pointer.read(collections, environment)
        found = find_generation(collections, environment, generation, pointer)
        self.environment = environment
        self.generation: int = found["number"]
        self.published_at: datetime = found["published_at"]
        self._collections = collections
        self._rows = {"environment": environment, **visible(found["attempt"], pointer.aborted)}
        self._heard: dict[str, datetime | None]
        self._stale: set[str]
        if found["number"] == pointer.generation:
            sources = list(
                collections["sources"].find(
                    {"environment": environment}, {"source": 1, "collected_at": 1, "stale": 1}
                )
            )
            self._heard = {source["source"]: source.get("collected_at") for source in sources}
            self._stale = {source["source"] for source in sources if source.get("stale")}
        else:
            self._heard = dict(found["stale"])
            self._stale = set(self._heard)
        latest = max((at for at in self._heard.values() if at), default=self.published_at)
        self._default = latest if found["number"] == pointer.generation else self.published_at

    def objects(
        self,
        *,
        type: str | None = None,  # noqa: A002 - what the attribute is called
        parent_id: str | None = None,
        ids: Collection[str] | None = None,
        under: str | None = None,
        fields: Mapping[str, Any] | None = None,
    ) -> Iterator[Document]:
        """Return the objects that meet all conditions.

        `under`: an id_path; that object, and all below it. `fields`: attributes with the values that they
        must equal, or contain where they are lists.
        """
        conditions = [*_equal({"type": type, "parent_id": parent_id}), *_among(ids)]
        if under is not None:
            after = chr(ord("/") + 1)
            below = {"id_path": {"$gt": f"{under}/", "$lt": under + after}}
            conditions.append({"$or": [{"id_path": {"$eq": under}}, below]})
        for name, value in (fields or {}).items():
            if name.startswith("$"):
                raise ValueError(f"no attribute is called {name!r}")
            conditions.append({name: {"$eq": value}})
        return map(self._with_times, self._read("inventory", conditions))

    def object(self, id: str) -> Document | None:  # noqa: A002 - what the attribute is called
        """Return the object of that id."""
        return next(self.objects(ids=[id]), None)

    def links(
        self,
        *,
        object_id: str | None = None,
        link_type: str | None = None,
        ids: Collection[str] | None = None,
    ) -> Iterator[Document]:
        """Return the links that meet all conditions; `object_id`: one of its ends."""
        conditions = [*_equal({"link_type": link_type}), *_among(ids)]
        if object_id is not None:
            ends = {"$eq": object_id}
            conditions.append({"$or": [{"source_id": ends}, {"target_id": ends}]})
        return self._read("links", conditions)

    def cliques(
        self, *, focal_point: str | None = None, ids: Collection[str] | None = None
    ) -> Iterator[Document]:
        """Return the cliques that meet all conditions; `focal_point`: an object's id."""
        return self._read("cliques", [*_equal({"focal_point": focal_point}), *_among(ids)])

    def find(self, text: str, *, fields: Sequence[str], limit: int = 50) -> list[Document]:
        """Return objects that have `text` in one of `fields`, in whatever case.

        `fields` are attributes' names, with dots where values are nested (lists are looked into). Equal
        values come first, then those that begin with `text`, then those that contain it; then by name.
        """
        if not text or not fields or "\0" in text or len(text) > _LONGEST_TEXT:
            return []
        found: list[Document] = []
        for pattern in (r"\A%s\z", r"\A%s", "%s"):
            if len(found) < limit:
                matches = {"$regex": pattern % re.escape(text), "$options": "i"}
                others = {"id": {"$nin": [document["id"] for document in found]}}
                where: list[Mapping[str, Any]] = [{"$or": [{field: matches} for field in fields]}, others]
                more = self._read("inventory", where, order=("name", "id"), limit=limit - len(found))
                found += map(self._with_times, more)
        return found

    def export(self) -> Iterator[Document]:
        """Return every document, each with its `collection`."""
        for name in COLLECTIONS:
            documents = self.objects() if name == "inventory" else self._read(name, [])
            for document in documents:
                yield {"collection": name, **document}

    def _read(
        self,
        name: str,
        conditions: Sequence[Mapping[str, Any]],
        *,
        order: Sequence[str] = ("id",),
        limit: int = 0,
    ) -> Iterator[Document]:
        where = {"$and": [self._rows, *conditions]}
        found = self._collections[name].find(where, _CLEAN).sort(list(order)).limit(limit)
        with database_errors(), found as documents:
            yield from documents

    def _with_times(self, document: Document) -> Document:
        source = document.get("source", "")
        document["last_scanned"] = self._heard.get(source) or self._default
        if source in self._stale:
            document["stale"] = True
        return document


@raises_store_errors
class ViewStore(Connected):
    """Opens views."""

    def view(self, environment: str, generation: int | None = None) -> View:
        """Return a view of a generation, the newest where `generation` is None.

        Raises `UnknownEnvironmentError` or `UnknownGenerationError`, which list those that there are.
        """
        return View(self._collections, environment, generation)


def _equal(wanted: Mapping[str, str | None]) -> list[dict[str, Any]]:
    return [{name: {"$eq": value}} for name, value in wanted.items() if value is not None]


def _among(ids: Collection[str] | None) -> list[dict[str, Any]]:
    return [] if ids is None else [{"id": {"$in": list(ids)}}]
