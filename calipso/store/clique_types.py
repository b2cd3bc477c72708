"""Clique types that users posted: they count from an environment's next build on, before those of files."""

from __future__ import annotations

from collections.abc import Collection

from pymongo.errors import DuplicateKeyError

from ..model.clique import ANY, CliqueType, clique_type_document
from ..model.topology import Document
from .conditions import Where, all_of, matching
from .connected import Connected
from .errors import ConflictError, raises_store_errors


@raises_store_errors
class CliqueTypeStore(Connected):
    """Documents with the fields of a `CliqueType`, and id: one for each name and environment."""

    def add_clique_type(self, clique_type: CliqueType) -> Document:
        """Add a clique type, and return its document. Raises `ConflictError` where it is there already."""
        document = clique_type_document(clique_type)
        try:
            self._collections["clique_types"].insert_one({"_id": document["id"], **document})
        except DuplicateKeyError:
            raise ConflictError(
                f"there is a clique type {clique_type.name!r} for "
                f"{clique_type.environment or 'configurations'} already"
            ) from None
        return document

    def delete_clique_type(self, id: str) -> bool:  # noqa: A002 - what the attribute is called
        """Remove a clique type, and say whether there was one of that id."""
        return bool(self._collections["clique_types"].delete_one({"_id": {"$eq": id}}).deleted_count)

    def clique_types(
        self,
        environments: str | Collection[str] | None,
        where: Where | None = None,
        *,
        skip: int = 0,
        limit: int | None = None,
    ) -> list[Document]:
        """Return clique types, by focal point type and name.

        They are those that could serve an environment, or one of several: those for it by name, for
        configurations, and for ANY; with None, all. `where` is as in `View`. ValueError is raised for what
        is no attribute's name.
        """
        if limit == 0:
            return []
        conditions = matching(where)
        if environments is not None:
            names = [environments] if isinstance(environments, str) else environments
            conditions += matching({"environment": [*names, ANY, None]})
        found = self._collections["clique_types"].find(
            all_of(conditions),
            {"_id": 0},
            sort=[("focal_point_type", 1), ("name", 1), ("id", 1)],
            skip=skip,
            limit=limit or 0,
        )
        return list(found)
