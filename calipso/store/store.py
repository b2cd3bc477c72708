"""The store: one object for everything that is kept."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from .collections import DEFAULT_INVENTORY, collection_names
from .connection import Connection, locate
from .environments import EnvironmentStore
from .errors import database_errors
from .facts import FactStore
from .generations import GenerationStore
from .messages import MessageStore
from .publishing import Publisher
from .scans import ScanStore
from .usage import UsageStore
from .views import ViewStore


class Store(
    EnvironmentStore, FactStore, Publisher, GenerationStore, ViewStore, ScanStore, MessageStore, UsageStore
):
    """All that is kept about environments, in the collections of one inventory.

    It may be shared by threads, and used after a fork.
    """

    @classmethod
    def open(cls, uri: str | None = None, inventory: str = DEFAULT_INVENTORY) -> Self:
        """Open the store at `uri`, else `$CALIPSO_MONGO_URI`, else the embedded server that runs.

        Raises `StoreUnavailableError`, whose text says what to do and no password, and ValueError for
        what is no name of an inventory.
        """
        names = collection_names(inventory)
        return cls(Connection(locate(uri)), names)

    @property
    def location(self) -> str:
        """Where the database is: its URI without password."""
        return self._connection.location

    def prepare(self) -> None:
        """Make the indexes that are missing."""
        with database_errors():
            self._collections.prepare()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def __enter__(self) -> Self:
        """Return the store itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        self.close()
