"""What facts contradict each other in: told when it stays, since while things change it comes and goes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from ..model.topology import Message

PATIENCE = timedelta(seconds=60)
"""How long a contradiction stands before it is told."""


class Contradictions:
    """Remembers since when each stands."""

    def __init__(self) -> None:
        self._since: dict[Message, datetime] = {}
        self._told: set[Message] = set()

    def stand(self, messages: Iterable[Message], now: datetime) -> list[Message]:
        """Note which stand `now`; return those to tell: each once, for as long as it stands."""
        self._since = {message: self._since.get(message, now) for message in messages}
        self._told &= self._since.keys()
        due = [
            message
            for message, since in self._since.items()
            if message not in self._told and now - since >= PATIENCE
        ]
        self._told.update(due)
        return due
