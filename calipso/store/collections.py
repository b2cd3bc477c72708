"""The collections of one inventory: their names and their indexes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymongo import IndexModel
from pymongo.collection import Collection

from .connection import Connection

DEFAULT_INVENTORY = "inventory"

_INDEXES: dict[str, tuple[tuple[str, ...], ...]] = {
    "inventory": (("id",), ("type",), ("parent_id",), ("id_path",)),
    "links": (("id",), ("source_id",), ("target_id",)),
    "cliques": (("id",), ("focal_point",)),
    "facts": (("source", "kind", "key", "region"),),
    "sources": (("source",),),
    "generations": (("number", "attempt"),),
    "pointers": (),
    "environments_config": (),
    "scans": (("started_at",),),
    "messages": (("last_seen",),),
}
"""Fields of the indexes of each collection, after `environment` with which each index begins.

Rows of the topology are indexed by what never changes in a row, and by nothing else: so a reader that
walks an index while a publisher closes rows meets each row once.
"""

_LONGEST_NAME = 100
"""Bytes. MongoDB takes 255 for database, collection and a dot between them."""


class Collections:
    """Collections by their names in the default inventory; `names` is what `collection_names` returned."""

    def __init__(self, connection: Connection, names: Mapping[str, str]) -> None:
        self._connection = connection
        self._names = names

    def __getitem__(self, name: str) -> Collection[dict[str, Any]]:
        """Return the collection called `name` in the default inventory."""
        return self._connection.database[self._names[name]]

    def prepare(self) -> None:
        """Make the indexes that are missing."""
        for name, indexes in _INDEXES.items():
            if indexes:
                self[name].create_indexes(
                    [IndexModel([(field, 1) for field in ("environment", *fields)]) for fields in indexes]
                )


def collection_names(inventory: str) -> dict[str, str]:
    """Return what each collection is called in the inventory named `inventory`.

    The default inventory has `inventory`, `links`, `cliques`...; another one, say `lab`, has `lab`,
    `lab_links`, `lab_cliques`... Raises ValueError if that is no name for an inventory.
    """
    if inventory == DEFAULT_INVENTORY:
        return {name: name for name in _INDEXES}
    parts = [name for name in _INDEXES if name != DEFAULT_INVENTORY]
    faults = {
        "is empty": not inventory.strip(),
        "contains a character that MongoDB forbids in names ($ or NUL)": not {"$", "\0"}.isdisjoint(
            inventory
        ),
        "is not Unicode text": inventory != inventory.encode("utf-8", "replace").decode(),
        f"is longer than {_LONGEST_NAME} bytes": len(inventory.encode("utf-8", "replace")) > _LONGEST_NAME,
        "begins with system., which is MongoDB's own": inventory.startswith("system."),
        "begins or ends with a dot, or has two in a row": "" in inventory.split("."),
        "is taken, or ends like one of the collections of another inventory": inventory in parts
        or inventory.endswith(tuple(f"_{part}" for part in parts)),
    }
    found = [fault for fault, is_so in faults.items() if is_so]
    if found:
        raise ValueError(f"{inventory!r} is no name for an inventory: it {'; it '.join(found)}")
    return {DEFAULT_INVENTORY: inventory} | {part: f"{inventory}_{part}" for part in parts}
