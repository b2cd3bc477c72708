"""The store: one object for everything that is kept."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from .accounts import UserStore
from .attempts import AttemptStore
from .changes import ChangeStore
from .claims import ClaimStore
from .clique_types import CliqueTypeStore
from .collections import DEFAULT_INVENTORY, collection_names
from .connection import Connection, locate
from .connection_tests import ConnectionTestStore
from .environments import EnvironmentStore
from .errors import database_errors
from .facts import FactStore
from .generations import GenerationStore
from .listening import ListeningStore
from .messages import MessageStore
from .monitoring_config import MonitoringConfigStore
from .publishing import Publisher
from .requests import RequestStore
from .results import ResultStore
from .scans import ScanStore
from .snapshots import SnapshotStore
from .statistics import StatisticsStore
from .statuses import StatusStore
from .thinning import ThinningStore
from .throughput import ThroughputStore
from .tokens import TokenStore
from .usage import UsageStore
from .views import ViewStore


class Store(
    EnvironmentStore,
    FactStore,
    Publisher,
    GenerationStore,
    SnapshotStore,
    ChangeStore,
    ThinningStore,
    ViewStore,
    ScanStore,
    ClaimStore,
    ListeningStore,
    RequestStore,
    ConnectionTestStore,
    CliqueTypeStore,
    MessageStore,
    UserStore,
    TokenStore,
    AttemptStore,
    MonitoringConfigStore,
    ResultStore,
    StatusStore,
    StatisticsStore,
    ThroughputStore,
    UsageStore,
):
    """All that is kept about environments, in the collections of one inventory, and about users.

    It may be shared by threads, and used after a fork.
    """

    @classmethod
    def open(
        cls,
        uri: str | None = None,
        inventory: str = DEFAULT_INVENTORY,
        *,
        config: Path | None = None,
        patience_s: float | None = None,
    ) -> Self:
        """Open the store at `uri`, else where the file `config` says, else where `locate` finds one.

        With `patience_s`, what the database has not answered after so many seconds raises
        `StoreUnavailableError` later on; a read is tried twice.

        Raises `StoreUnavailableError`, whose text says what to do and no password, and ValueError for
        what is no name of an inventory.
        """
        names = collection_names(inventory)
        return cls(Connection(locate(uri, config), patience_s), names)

    @property
    def location(self) -> str:
        """Where the database is: its URI without password."""
        return self._connection.location

    @property
    def inventory(self) -> str:
        """The name of the inventory that it is of."""
        return self._collections["inventory"].name

    def ping(self) -> None:
        """Raise `StoreUnavailableError` if the database does not answer."""
        with database_errors():
            self._connection.database.command("ping")

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
