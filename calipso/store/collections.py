"""The collections of one inventory: their names and their indexes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymongo import IndexModel
from pymongo.collection import Collection

from ..model.topology import COLLECTIONS
from .connection import Connection

DEFAULT_INVENTORY = "inventory"

_INDEXES: dict[str, tuple[tuple[str, ...], ...]] = {
    "inventory": (("id",), ("type",), ("parent_id",), ("id_path",)),
    "links": (("id",), ("source_id",), ("target_id",)),
    "cliques": (("id",), ("focal_point",)),
    "facts": (("source", "kind", "key", "region"), ("source", "collected_at")),
    "sources": (("source",), ("collected_at",)),
    "generations": (("number", "attempt"),),
    "pointers": (),
    "environments_config": (),
    "scans": (("submitted_at",),),
    "turns": (),
    "messages": (("last_seen",), ("related_object",)),
    "scheduled_scans": (("submitted_at",),),
    "connection_tests": (("submitted_at",),),
    "clique_types": (),
    "monitoring_config_templates": (),
    "monitoring_config": (("id",), ("host",)),
    "statuses": (("id",), ("subject", "name")),
    "status_history": (("id", "status_timestamp"), ("status_timestamp",)),
    "statistics": (("id", "at"),),
}
"""Fields of the indexes of each collection, after `environment` with which each index begins.

Rows of the topology are indexed by what never changes in a row: so a reader that walks an index while a
publisher closes rows meets each row once. The one exception is `BY_END`.
"""

OF_ENVIRONMENTS = tuple(_INDEXES)
"""The collections that hold what belongs to environments."""

OPEN = 2**31 - 1
"""The `_to` of a row that nobody replaced."""

BY_BEGIN = "by_begin"
BY_END = "by_end"
"""Indexes of a row's `_from` and of its `_to`, by which rows are found that were written or closed within
a range of attempts.

Closing a row changes its `_to`. That index holds closed rows alone, so it costs a publisher nothing until
it closes one, and the condition of a generation's rows (`visible`) does not imply `_to` < OPEN: MongoDB
cannot read a generation by it. What is read by it are rows whose `_to` is settled.
"""

_LIVES = (
    IndexModel([("environment", 1), ("_from", 1)], name=BY_BEGIN),
    IndexModel([("environment", 1), ("_to", 1)], name=BY_END, partialFilterExpression={"_to": {"$lt": OPEN}}),
)

OWN_FIELDS = ("_id", "_from", "_to", "_digest", "_terms")
"""Fields of a row that are the store's own, and never served."""

BY_TERM = "by_term"

_TERMS = IndexModel(
    [("environment", 1), ("_terms", 1)], name=BY_TERM, partialFilterExpression={"_terms": {"$exists": True}}
)
"""The index of what objects are found by (`model/search.py`); folders are not in it."""

PENDING = {"pending.0": {"$exists": True}}
"""The condition for statuses with changes that are not carried to the history yet."""

_STATUSES = (
    IndexModel([("environment", 1), ("name", 1)], name="by_pending", partialFilterExpression=PENDING),
    IndexModel([("environment", 1), ("host", 1)], name="by_agent", partialFilterExpression={"agent": True}),
)
"""Indexes of the few statuses that are looked for before all others."""

_REQUESTED = IndexModel([("status", 1), ("submitted_at", 1)], name="by_status")
"""The index by which workers find what is pending."""

_NEXT_RUN = IndexModel([("next_run", 1)], name="by_next_run")
"""The index by which workers find schedules that are due."""

_SAMPLES_KEPT_S = 7 * 24 * 60 * 60

_SNAPSHOTS = IndexModel(
    [("environment", 1), ("names", 1)], unique=True, partialFilterExpression={"names.0": {"$exists": True}}
)
"""A name is one generation's; a generation may have several."""

_UNTIL = IndexModel([("expires_at", 1)], expireAfterSeconds=0)

_SHARED: dict[str, tuple[IndexModel, ...]] = {
    "users": (),
    "tokens": (IndexModel([("user", 1), ("issued_at", 1)]), _UNTIL),
    "login_attempts": (_UNTIL,),
    "leases": (),
}
"""Collections that all inventories of a database have in common, with their indexes."""

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
        for name in COLLECTIONS:
            self[name].create_indexes(list(_LIVES))
        self["inventory"].create_indexes([_TERMS])
        self["generations"].create_indexes([_SNAPSHOTS])
        self["statuses"].create_indexes(list(_STATUSES))
        for name in ("scans", "connection_tests"):
            self[name].create_indexes([_REQUESTED])
        self["scheduled_scans"].create_indexes([_NEXT_RUN])
        self["statistics"].create_indexes([IndexModel([("at", 1)], expireAfterSeconds=_SAMPLES_KEPT_S)])
        for name, models in _SHARED.items():
            if models:
                self[name].create_indexes(list(models))


def collection_names(inventory: str) -> dict[str, str]:
    """Return what each collection is called in the inventory named `inventory`.

    The default inventory has `inventory`, `links`, `cliques`...; another one, say `lab`, has `lab`,
    `lab_links`, `lab_cliques`... Users and what belongs to them are those of the whole database. Raises
    ValueError if that is no name for an inventory.
    """
    shared = {name: name for name in _SHARED}
    if inventory == DEFAULT_INVENTORY:
        return {name: name for name in _INDEXES} | shared
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
        "is taken, or ends like one of the collections of another inventory": inventory in (*parts, *shared)
        or inventory.endswith(tuple(f"_{part}" for part in parts)),
    }
    found = [fault for fault, is_so in faults.items() if is_so]
    if found:
        raise ValueError(f"{inventory!r} is no name for an inventory: it {'; it '.join(found)}")
    return {DEFAULT_INVENTORY: inventory} | {part: f"{inventory}_{part}" for part in parts} | shared
