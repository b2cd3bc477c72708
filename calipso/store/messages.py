"""Messages: what an operator should know, each once, however often it is seen again."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import get_args

from pymongo import UpdateOne

from ..model.topology import Document, Level, Message, stable_id
from .conditions import Where, all_of, matching, of_environments
from .connected import Connected
from .encoding import batches, moment, storable
from .errors import raises_store_errors
from .listing import page

SOURCE_SYSTEM = "Calipso"

_BATCH = 1_000

UNMARKED = {"viewed": False, "finished": False}
"""What nobody said anything of yet."""


@raises_store_errors
class MessageStore(Connected):
    """Messages are documents: id, environment, source_system, level, message, timestamp (when it was first
    seen), last_seen, scan_id (of that sighting), related_object, related_object_type; display_context, where
    it has one; user, where it tells of a change that someone made; viewed and finished, as somebody said.
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

    def record_change(
        self,
        text: str,
        *,
        by: str,
        environment: str | None,
        related_object: str | None = None,
        related_object_type: str | None = None,
        at: datetime,
    ) -> None:
        """Note what somebody changed, and who: a message (notice) of its own each time.

        `environment` is None for what belongs to none, such as a user.
        """
        at = moment(at)
        key = uuid.uuid4().hex
        self._collections["messages"].insert_one(
            {
                "_id": key,
                "id": key,
                "environment": environment,
                "source_system": SOURCE_SYSTEM,
                "level": "notice",
                "message": storable(text),
                "user": storable(by),
                "related_object": related_object,
                "related_object_type": related_object_type,
                "scan_id": None,
                "timestamp": at,
                "last_seen": at,
                **UNMARKED,
            }
        )

    def mark_message(self, message_id: str, environment: str | None, marks: Mapping[str, bool]) -> bool:
        """Note that a message was `viewed`, or is `finished`; return False if there is none."""
        where = {"_id": message_id, "environment": environment}
        return bool(self._collections["messages"].update_one(where, {"$set": dict(marks)}).matched_count)

    def forget_messages(self, environment: str, *, before: datetime) -> int:
        """Delete the messages of an environment that were last seen before a time; return how many."""
        where = {"environment": environment, "last_seen": {"$lt": moment(before)}}
        return self._collections["messages"].delete_many(where).deleted_count

    def messages(
        self,
        environments: str | Collection[str] | None,
        where: Where | None = None,
        *,
        at_least: Level | None = None,
        start_time: datetime | None = None,
        end_time: datetime | None = None,
        skip: int = 0,
        limit: int | None = None,
    ) -> list[Document]:
        """Return messages, those that were seen last first.

        They are those of an environment, of several, or (None) all, those of no environment too. `where`
        is as in `View`. `at_least`: of that level or worse. `start_time`, `end_time`: seen then or later,
        then or before. ValueError is raised for what is no attribute's name.
        """
        conditions = [*of_environments(environments), *matching(where)]
        if at_least is not None:
            levels = get_args(Level)
            conditions.append({"level": {"$in": levels[: levels.index(at_least) + 1]}})
        if start_time is not None:
            conditions.append({"last_seen": {"$gte": moment(start_time)}})
        if end_time is not None:
            conditions.append({"timestamp": {"$lte": moment(end_time)}})
        return page(self._collections["messages"], conditions, "last_seen", skip=skip, limit=limit)

    def count_messages(self, environments: str | Collection[str] | None) -> dict[str | None, dict[str, int]]:
        """Return how many messages there are: environment (None: of none) -> level -> number.

        They are those of an environment, of several, or (None) all.
        """
        counted = self._collections["messages"].aggregate(
            [
                {"$match": all_of(of_environments(environments))},
                {"$group": {"_id": ["$environment", "$level"], "number": {"$sum": 1}}},
                {"$sort": {"_id": 1}},
            ]
        )
        found: dict[str | None, dict[str, int]] = {}
        for group in counted:
            environment, level = group["_id"]
            found.setdefault(environment, {})[level] = group["number"]
        return found


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
        **UNMARKED,
    }
    if message.display_context is not None:
        first["display_context"] = message.display_context
    return UpdateOne(
        {"_id": key},
        {"$setOnInsert": first, "$set": {"scan_id": scan_id}, "$max": {"last_seen": at}},
        upsert=True,
    )
