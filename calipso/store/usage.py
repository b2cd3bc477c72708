"""How much the store holds, and in which database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .collections import DEFAULT_INVENTORY, collection_names
from .connected import Connected
from .errors import raises_store_errors


@dataclass(frozen=True, slots=True)
class Size:
    """How many documents a collection has, and how many bytes it takes on disk with its indexes."""

    documents: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Usage:
    """The server's version, and the size of each collection by its name in the default inventory."""

    server_version: str
    collections: Mapping[str, Size]


@raises_store_errors
class UsageStore(Connected):
    """Says how much there is."""

    def usage(self) -> Usage:
        """Return how much the collections of this inventory hold."""
        database = self._connection.database
        sizes = {}
        for name in collection_names(DEFAULT_INVENTORY):
            found = database.command("collStats", self._collections[name].name)
            size = found.get("storageSize", 0) + found.get("totalIndexSize", 0)
            sizes[name] = Size(documents=found.get("count", 0), bytes=int(size))
        return Usage(server_version=database.command("buildInfo")["version"], collections=sizes)
