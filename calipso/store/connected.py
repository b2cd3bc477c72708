"""What each part of the store is made of."""

from __future__ import annotations

from collections.abc import Mapping

from .collections import Collections
from .connection import Connection


class Connected:
    """A part of the store: methods over the collections of one inventory."""

    def __init__(self, connection: Connection, names: Mapping[str, str]) -> None:
        self._connection = connection
        self._collections = Collections(connection, names)
