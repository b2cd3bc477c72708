"""Patience with the database: how many requests wait for it while it does not answer."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from ..store import StoreUnavailableError

if TYPE_CHECKING:
    from ..store import Store


LOG = logging.getLogger("calipso.api")


class Patience:
    """Lets the requests of a process ask the database.

    When it did not answer one of them, one at a time tries whether it does again, and all others are
    refused at once: so threads stay free for what needs no database.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._in_doubt = False
        self._trying = Lock()

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Let a request ask the database. Raises `StoreUnavailableError`."""
        if self._in_doubt:
            self._try()
        try:
            yield
        except StoreUnavailableError as error:
            if not self._in_doubt:
                LOG.warning("%s", error)
            self._in_doubt = True
            raise

    def _try(self) -> None:
        if not self._trying.acquire(blocking=False):
            raise StoreUnavailableError("the database does not answer")
        try:
            self._store.ping()
            self._in_doubt = False
            LOG.warning("the database answers again")
        finally:
            self._trying.release()
