"""Views: reading one generation of one environment, whole and as it was."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bson import Regex

from ..model.search import BEGINNING, LATER_WORD, Query, beginnings, meanings
from ..model.topology import COLLECTIONS, Document
from .collections import BY_TERM, Collections
from .conditions import Where, all_of, matching, projection
from .conditions import below as is_below
from .connected import Connected
from .encoding import storable
from .errors import database_errors, raises_store_errors
from .generations import Pointer, find_generation, visible
from .overlay import TIMES, Overlay
from .status_overlay import STATE, STATUS, StatusOverlay

_BY_ID = (("id", 1),)


@raises_store_errors
class View:
    """One generation of one environment, read only.

    Documents come in the order of their ids, without anything of the store's own, and are read as they
    are taken. Objects bear `last_scanned`, when their source was last heard, and `stale: True` where it
    could not be heard again: in the newest generation as it is now, in older ones as it was when they were
    published. Objects and links of the newest generation that are monitored bear `status`,
    `status_timestamp` and `status_text`, and such links the `state` that follows.

    What is asked for is `where`: each attribute with the value that it must equal (or contain, where it
    is a list), or several of which it must equal one; `attributes.network` is an attribute within another.
    Lists begin after `skip` documents and have at most `limit`; with `brief` documents have only these
    attributes and their id. ValueError is raised for what is no attribute's name.

    `revision` is another text whenever something that a read returns may have changed.
    """

    def __init__(
        self, collections: Collections, environment: str, generation: int | None, at: datetime | None
    ) -> None:
        pointer = Pointer.read(collections, environment)
        found = pointer.newest if generation is None and at is None else None
        if found is None:
            found = find_generation(collections, environment, generation, pointer, at=at)
        self.environment = environment
        self.generation: int = found["number"]
        self.published_at: datetime = found["published_at"]
        is_newest = found["number"] == pointer.generation
        now = f".{pointer.heard}.{pointer.reported}" if is_newest else ""
        self.revision = f"{found['_id']}.{pointer.terms}{now}"
        self._collections = collections
        self._rows = {"environment": environment, **visible(found["attempt"], pointer.aborted)}
        self._overlay = Overlay(collections, found, pointer)
        self._statuses = StatusOverlay(collections, found, pointer)

    def objects(
        self,
        where: Where | None = None,
        *,
        type: str | None = None,  # noqa: A002 - what the attribute is called
        parent_id: str | None = None,
        ids: Collection[str] | None = None,
        under: str | None = None,
        below: str | None = None,
        brief: Collection[str] | None = None,
        skip: int = 0,
        limit: int | None = None,
    ) -> Iterator[Document]:
        """Return the objects that meet all conditions.

        `under`: an id_path; that object, and all below it. `below`: only what is below it.
        """
        conditions = matching(where, type=type, parent_id=parent_id, id=ids)
        if under is not None:
            conditions.append({"$or": [{"id_path": {"$eq": storable(under)}}, is_below(under)]})
        if below is not None:
            conditions.append(is_below(below))
        return self._objects(conditions, brief, skip=skip, limit=limit)

    def object(self, id: str) -> Document | None:  # noqa: A002 - what the attribute is called
        """Return the object of that id."""
        return next(self.objects(ids=[id]), None)

    def links(
        self,
        where: Where | None = None,
        *,
        object_id: str | None = None,
        ids: Collection[str] | None = None,
        brief: Collection[str] | None = None,
        skip: int = 0,
        limit: int | None = None,
    ) -> Iterator[Document]:
        """Return the links that meet all conditions; `object_id`: one of its ends."""
        asked = dict(where or {})
        states = [self._statuses.state_condition(asked.pop(STATE))] if STATE in asked else []
        conditions = [*matching(asked, id=ids), *states]
        if object_id is not None:
            ends = {"$eq": storable(object_id)}
            conditions.append({"$or": [{"source_id": ends}, {"target_id": ends}]})
        found = self._read("links", conditions, projection(brief), skip=skip, limit=limit)
        if brief is None:
            return self._statuses.over_links(found)
        if {STATE, *STATUS}.isdisjoint(brief):
            return found
        return _only(self._statuses.over_links(found), {"id", *brief})

    def cliques(
        self,
        where: Where | None = None,
        *,
        focal_point: str | None = None,
        link_id: str | None = None,
        link_type: str | Collection[str] | None = None,
        ids: Collection[str] | None = None,
        brief: Collection[str] | None = None,
        skip: int = 0,
        limit: int | None = None,
    ) -> Iterator[Document]:
        """Return the cliques that meet all conditions.

        `focal_point`: an object's id. `link_id`, `link_type`: it holds that link, or a link of (one of)
        these types.
        """
        conditions = matching(where, focal_point=focal_point, links=link_id, id=ids)
        if link_type is not None:
            of_type = self.links({"link_type": link_type}, brief=())
            conditions += matching({"links": [link["id"] for link in of_type]})
        return self._read("cliques", conditions, projection(brief), skip=skip, limit=limit)

    def count_by_type(self) -> dict[str, int]:
        """Return how many objects there are of each type, by type."""
        counted = self._collections["inventory"].aggregate(
            [{"$match": self._rows}, {"$group": {"_id": "$type", "count": {"$sum": 1}}}]
        )
        return {str(group["_id"]): group["count"] for group in sorted(counted, key=lambda g: str(g["_id"]))}

    def search(self, query: Query, *, limit: int = 50) -> list[Document]:
        """Return the objects that `query` means, the best first.

        With a text, those come first of which a value begins with it (whole values before longer ones),
        then those in whose names a later word does. Without, all that meet the filters, by id.
        """
        text = storable(query.text)
        conditions = matching({"type": query.types} if query.types is not None else None)
        for name, value in query.filters:
            conditions += matching({name: meanings(value)})
        if begun := beginnings(text):
            return self._begun(begun, conditions, limit)
        return list(self._objects(conditions, None, limit=limit)) if query.filters else []

    def export(self) -> Iterator[Document]:
        """Return every document, each with its `collection`."""
        read = {"inventory": self.objects(), "links": self.links(), "cliques": self.cliques()}
        for name in COLLECTIONS:
            for document in read[name]:
                yield {"collection": name, **document}

    def _begun(
        self, begun: Sequence[str], conditions: Sequence[Mapping[str, Any]], limit: int
    ) -> list[Document]:
        """Return objects with terms that begin so: in the order of the terms, as the index has them."""
        starts = tuple(rank + text for rank in (BEGINNING, LATER_WORD) for text in begun)
        patterns = [Regex(f"^{re.escape(start)}") for start in starts]
        found = self._read(
            "inventory",
            [*conditions, {"_terms": {"$in": patterns}}],
            {"_id": 0, "_from": 0, "_to": 0, "_digest": 0},
            limit=limit,
            order=None,
            hint=BY_TERM,
        )
        ranked = [(min(t for t in row.pop("_terms") if t.startswith(starts)), row) for row in found]
        ranked.sort(key=lambda each: (each[0], each[1]["id"]))
        return list(self._laid_over(row for _term, row in ranked))

    def _objects(
        self,
        conditions: Sequence[Mapping[str, Any]],
        brief: Collection[str] | None,
        *,
        skip: int = 0,
        limit: int | None = None,
    ) -> Iterator[Document]:
        wanted = projection(brief)
        if brief is None:
            return self._laid_over(self._read("inventory", conditions, wanted, skip=skip, limit=limit))
        overlays = [
            over
            for names, over in ((TIMES, self._overlay.over), (STATUS, self._statuses.over_objects))
            if not set(names).isdisjoint(brief)
        ]
        found = self._read(
            "inventory", conditions, wanted | ({"source": 1} if overlays else {}), skip=skip, limit=limit
        )
        for over in overlays:
            found = over(found)
        return _only(found, {"id", *brief}) if overlays else found

    def _laid_over(self, documents: Iterable[Document]) -> Iterator[Document]:
        return self._statuses.over_objects(self._overlay.over(documents))

    def _read(
        self,
        name: str,
        conditions: Sequence[Mapping[str, Any]],
        wanted: Mapping[str, int],
        *,
        skip: int = 0,
        limit: int | None = None,
        order: Sequence[tuple[str, int]] | None = _BY_ID,
        hint: str | None = None,
    ) -> Iterator[Document]:
        if limit == 0:
            return
        found = self._collections[name].find(
            all_of([self._rows, *conditions]),
            wanted,
            skip=skip,
            limit=limit or 0,
            sort=order,
            hint=hint,
            allow_disk_use=True,
        )
        with database_errors(), found as documents:
            yield from documents


@raises_store_errors
class ViewStore(Connected):
    """Opens views."""

    def view(self, environment: str, generation: int | None = None, *, at: datetime | None = None) -> View:
        """Return a view of a generation: of that number, or the newest that was published by the time `at`,
        or the newest of all.

        Raises `UnknownEnvironmentError` or `UnknownGenerationError`, which list those that there are, and
        ValueError for a number and a time together, or a time that says no zone.
        """
        return View(self._collections, environment, generation, at)


def _only(documents: Iterable[Document], names: Collection[str]) -> Iterator[Document]:
    outer = {name.partition(".")[0] for name in names}
    for document in documents:
        yield {name: value for name, value in document.items() if name in outer}
