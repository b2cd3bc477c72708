"""Messages: what an operator should know, each once, however often it is seen again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, get_args

from pymongo import UpdateOne

from ..model.topology import Document, Level, Message, stable_id
from .connected import Connected
from .encoding import batches, moment, storable
from .errors import raises_store_errors

SOURCE_SYSTEM = "Calipso"

_BATCH = 1_000


@raises_store_errors
class MessageStore(Connected):
    """Messages are documents: id, environment, source_system, level, message, timestamp (when it was first
    seen), last_seen, scan_id (of that sighting), related_object, related_object_type.
    """

    def add_messages(
        self,
        environment: str,
        messages: Sequence[Message],
        *,
        source_system: str = SOURCE_SYSTEM,
        scan_id: str | None,
        at: datetime,
    ) -> None:
        """Add messages. One that is there already, about the same object, is only noted as seen again."""
        at = moment(at)
        changes = [_sighting(message, environment, source_system, scan_id, at) for message in messages]
        for batch in batches(changes, _BATCH):
            self._collections["messages"].bulk_write(batch, ordered=False)

    def messages(
        self,
        environment: str,
        *,
        level: Level | None = None,
        related_object: str | None = None,
        scan_id: str | None = None,
        limit: int | None = None,
    ) -> list[Document]:
        """Return messages, those that were seen last first. `level`: of that level or worse."""
        where: dict[str, Any] = {"environment": environment}
        if level is not None:
            levels = get_args(Level)
            where["level"] = {"$in": levels[: levels.index(level) + 1]}
        if related_object is not None:
            where["related_object"] = related_object
        if scan_id is not None:
            where["scan_id"] = scan_id
        found = self._collections["messages"].find(where, {"_id": 0})
        return list(found.sort([("last_seen", -1), ("id", 1)]).limit(limit or 0))


def _sighting(
    message: Message, environment: str, source_system: str, scan_id: str | None, at: datetime
) -> UpdateOne:
    related = message.related_object
    key = stable_id(environment, source_system, message.level, message.text, related or "")
    first = {
        "id": key,
        "environment": environment,
        "source_system": source_system,
        "level": message.level,
        "message": storable(message.text),
        "related_object": related,
        "related_object_type": message.related_object_type,
        "timestamp": at,
    }
    return UpdateOne(
        {"_id": key},
        {"$setOnInsert": first, "$set": {"scan_id": scan_id}, "$max": {"last_seen": at}},
        upsert=True,
    )
