"""Recording what checks say: the newest word counts, whatever comes late or twice, whoever records it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import UpdateOne

from ..model.kind import Health
from ..model.monitoring import CheckResult
from ..model.topology import Document, Level, stable_id
from .collections import PENDING
from .connected import Connected
from .encoding import batches, moment, storable
from .errors import raises_store_errors
from .generations import note_reported
from .messages import UNMARKED
from .subjects import Found, find_subjects

SENSU = "Sensu"

LEVELS: Mapping[Health, Level] = {"ok": "info", "warning": "warn", "error": "error", "unknown": "warn"}
"""The level of the message that tells of a change to a status."""

_BATCH = 200
"""Results that are recorded at once."""

_LONGEST_LINE = 500
"""Characters of what a check said that its message repeats."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of results: the names of checks whose status changed and of those whose did not, as often
    as they were heard; and the results whose object or link the inventory does not have.
    """

    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    unknown: tuple[CheckResult, ...] = ()


@raises_store_errors
class ResultStore(Connected):
    """Keeps each check's newest status in `statuses`, its changes in `status_history` and `messages`.

    A status is changed together with a note of the change (`pending`), in one step of the database that
    compares the times. The note is then carried to the history and to the messages, under an id that is
    the change's own; who dies before has it carried by whoever records next.
    """

    def record_results(self, environment: str, results: Sequence[CheckResult], *, at: datetime) -> Recorded:
        """Record what checks said of objects and links of the newest generation.

        A result counts if it was measured later than the one that is known, or at the same time and its
        status was not heard of that time before. The results of `KEEPALIVE` and `BATCH` say whether their
        host is heard. Raises `UnknownEnvironmentError`.
        """
        changed: list[str] = []
        unchanged: list[str] = []
        unknown: list[CheckResult] = []
        in_order = sorted(results, key=lambda result: result.measured_at)
        for batch in batches(in_order, _BATCH):
            found, others = find_subjects(self._collections, environment, batch)
            unknown += others
            new = self._record(environment, found, moment(at)) if found else set()
            for each in found:
                (changed if _change_id(environment, each) in new else unchanged).append(each.result.name)
                new.discard(_change_id(environment, each))
        return Recorded(tuple(changed), tuple(unchanged), tuple(unknown))

    def _record(self, environment: str, found: Sequence[Found], at: datetime) -> set[str]:
        """Record results; return the ids of the changes that they made."""
        writer = uuid.uuid4().hex
        done = self._collections["statuses"].bulk_write(
            [_update(environment, each, writer) for each in found], ordered=False
        )
        applied = done.modified_count + done.upserted_count
        self._carry(environment, applied > 0, at)
        if not applied:
            return set()
        made = {"_id": {"$in": [_change_id(environment, each) for each in found]}, "writer": writer}
        return {change["_id"] for change in self._collections["status_history"].find(made, {"_id": 1})}

    def _carry(self, environment: str, applied: bool, at: datetime) -> None:
        """Carry what is pending in an environment to the history and the messages."""
        statuses = self._collections["statuses"]
        waiting = list(statuses.find({"environment": environment, **PENDING}, {"pending": 1}))
        changes = [change for status in waiting for change in status["pending"]]
        for batch in batches(changes, _BATCH):
            self._collections["status_history"].bulk_write([_entry(each) for each in batch], ordered=False)
            if messages := [_message(each, at) for each in batch if _is_worth_telling(each)]:
                self._collections["messages"].bulk_write(messages, ordered=False)
        if applied or waiting:
            note_reported(self._collections, environment)
        for part in batches(waiting, _BATCH):
            statuses.bulk_write([_carried(status) for status in part], ordered=False)


def _change_id(environment: str, found: Found) -> str:
    measured_at = moment(found.result.measured_at).isoformat()
    return stable_id(environment, found.name, found.result.host, measured_at, found.result.status)


def _update(environment: str, found: Found, writer: str) -> UpdateOne:
    """Return the change of a status' document that does nothing if the document knows better."""
    result = found.result
    measured_at = moment(result.measured_at)
    said = {
        "environment": environment,
        "name": found.name,
        "subject": found.subject,
        "id": found.id,
        "type": found.type,
        "host": result.host,
        "status": result.status,
    }
    state = {**said, "text": storable(result.text), "measured_at": measured_at}
    if found.agent:
        state["agent"] = True
    change = {
        **said,
        "_id": _change_id(environment, found),
        "writer": writer,
        "label": storable(found.label),
        "status_text": state["text"],
        "status_timestamp": measured_at,
    }
    heard = {"$ifNull": ["$heard", []]}
    is_same_time = {"$eq": ["$measured_at", measured_at]}
    counts = {
        "$or": [
            {"$lt": ["$measured_at", measured_at]},
            {"$and": [is_same_time, {"$not": [{"$in": [result.status, heard]}]}]},
        ]
    }
    noted = {"$mergeObjects": [{"$literal": change}, {"was": {"$ifNull": ["$status", None]}}]}
    pending = {"$cond": [{"$eq": ["$status", result.status]}, [], [noted]]}
    changed = {
        "$mergeObjects": [
            "$$ROOT",
            {"$literal": state},
            {
                "heard": {"$concatArrays": [{"$cond": [is_same_time, heard, []]}, [result.status]]},
                "pending": {"$concatArrays": [{"$ifNull": ["$pending", []]}, pending]},
            },
        ]
    }
    key = stable_id(environment, found.name, result.host if found.subject == "agent" else "")
    return UpdateOne({"_id": key}, [{"$replaceWith": {"$cond": [counts, changed, "$$ROOT"]}}], upsert=True)


def _entry(change: Document) -> UpdateOne:
    kept = {name: value for name, value in change.items() if name != "label"}
    return UpdateOne({"_id": change["_id"]}, {"$setOnInsert": kept}, upsert=True)


def _is_worth_telling(change: Document) -> bool:
    """Say whether a change is no mere first word that all is well."""
    return change["was"] is not None or change["status"] != "ok"


def _message(change: Document, at: datetime) -> UpdateOne:
    was = f", was {change['was']}" if change["was"] else ""
    line = next((line.strip() for line in change["status_text"].splitlines() if line.strip()), "")
    said = f": {line[:_LONGEST_LINE]}" if line else ""
    message: dict[str, Any] = {
        "id": change["_id"],
        "environment": change["environment"],
        "source_system": SENSU,
        "level": LEVELS[change["status"]],
        "message": f"{change['label']} is {change['status']}{was}{said}",
        "related_object": change["id"],
        "related_object_type": change["type"],
        "scan_id": None,
        "timestamp": change["status_timestamp"],
        "last_seen": max(change["status_timestamp"], at),
        **UNMARKED,
    }
    return UpdateOne({"_id": change["_id"]}, {"$setOnInsert": message}, upsert=True)


def _carried(status: Document) -> UpdateOne:
    changes = [change["_id"] for change in status["pending"]]
    return UpdateOne({"_id": status["_id"]}, {"$pull": {"pending": {"_id": {"$in": changes}}}})
