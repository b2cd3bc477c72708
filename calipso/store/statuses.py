"""Statuses as they are now, counted, and as they were."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from pymongo import DeleteMany

from ..model.kind import Health
from ..model.monitoring import check_name, subject_of
from ..model.topology import Document
from .collections import Collections
from .conditions import Where, all_of, matching, of_environments
from .connected import Connected
from .encoding import batches, moment
from .errors import UnknownGenerationError, raises_store_errors
from .generations import note_reported
from .listing import page
from .silence import REPORTED, Silence
from .subjects import HOST
from .views import View

_BATCH = 1_000
_STATUS = "status"


@raises_store_errors
class StatusStore(Connected):
    """Statuses of objects and links: what their checks said last, and unknown while their host is silent."""

    def statuses(
        self,
        environments: str | Collection[str] | None,
        where: Where | None = None,
        *,
        ids: Collection[str] | None = None,
        skip: int = 0,
        limit: int | None = None,
    ) -> list[Document]:
        """Return statuses of an environment, of several, or (None) of all, by environment and name.

        Each has environment, name (the check's), subject (object or link), id, type, host, status,
        status_timestamp and status_text. `where` is as in `View`, `ids` are those of objects and links.
        ValueError is raised for what is no attribute's name.
        """
        if limit == 0:
            return []
        silence = Silence(self._collections, environments)
        asked = dict(where or {})
        states = {name: asked.pop(name) for name in [_STATUS] if name in asked}
        stages: list[dict[str, Any]] = [
            {"$match": all_of([*of_environments(environments), REPORTED, *matching(asked, id=ids)])},
            {"$match": _shown_as(silence, matching(states))},
            {"$sort": {"environment": 1, "name": 1}},
            {"$skip": skip},
        ]
        if limit is not None:
            stages.append({"$limit": limit})
        found = self._collections["statuses"].aggregate(stages, allowDiskUse=True)
        return [_shown(status, silence) for status in found]

    def count_statuses(
        self,
        environments: str | Collection[str] | None,
        where: Where | None = None,
        *,
        ids: Collection[str] | None = None,
    ) -> dict[str, dict[str, dict[Health, int]]]:
        """Return how many statuses there are: environment -> type -> status -> number.

        `where`, which does not ask for the status, and `ids` are those of `statuses`.
        """
        silence = Silence(self._collections, environments)
        group = {"_id": {"e": "$environment", "t": "$type", "s": _effective(silence)}, "number": {"$sum": 1}}
        counted = self._collections["statuses"].aggregate(
            [
                {"$match": all_of([*of_environments(environments), REPORTED, *matching(where, id=ids)])},
                {"$group": group},
                {"$sort": {"_id": 1}},
            ]
        )
        found: dict[str, dict[str, dict[Health, int]]] = {}
        for each in counted:
            key = each["_id"]
            found.setdefault(key["e"], {}).setdefault(key["t"], {})[key["s"]] = each["number"]
        return found

    def status_history(
        self,
        environment: str,
        id: str | None = None,  # noqa: A002 - what the attribute is called
        *,
        start_time: datetime | None = None,
        end_time: datetime | None = None,
        skip: int = 0,
        limit: int | None = None,
    ) -> list[Document]:
        """Return the changes of the statuses of an object or link, or of all, the latest first.

        Each has environment, name, subject, id, type, host, status, was (None: it had none before),
        status_timestamp and status_text. They are what was reported: a host's silence is in the host's own
        history. `start_time`, `end_time`: at this time or later, or before.
        """
        conditions = [*of_environments(environment), *matching(id=id)]
        if start_time is not None:
            conditions.append({"status_timestamp": {"$gte": moment(start_time)}})
        if end_time is not None:
            conditions.append({"status_timestamp": {"$lte": moment(end_time)}})
        history = self._collections["status_history"]
        found = page(history, conditions, "status_timestamp", skip=skip, limit=limit)
        return [{name: value for name, value in change.items() if name != "writer"} for change in found]

    def forget_statuses(self, environment: str, keep: Collection[str]) -> int:
        """Forget the statuses of checks that are not in `keep`, their names; return how many those were.

        What tells whether a host is heard stays for as long as the host is in the inventory and anything is
        kept. The history stays.
        """
        kept = {_known(name) for name in keep}
        hosts = _hosts(self._collections, environment) if kept else set()
        statuses = self._collections["statuses"]
        gone = [
            status["_id"]
            for status in statuses.find({"environment": environment}, {"name": 1, "host": 1, "agent": 1})
            if (status["host"] not in hosts if status.get("agent") else status["name"] not in kept)
        ]
        for batch in batches(gone, _BATCH):
            statuses.delete_many({"_id": {"$in": batch}})
        if gone:
            note_reported(self._collections, environment)
        return len(gone)

    def forget_history(self, environment: str, *, before: datetime) -> int:
        """Delete the changes of statuses from before a time, but the last of each check; return how many.

        So it stays known how everything was at that time, and since when.
        """
        old = {"environment": environment, "status_timestamp": {"$lt": moment(before)}}
        history = self._collections["status_history"]
        several = history.aggregate(
            [
                {"$match": old},
                {
                    "$group": {
                        "_id": {"id": "$id", "name": "$name"},
                        "last": {"$max": "$status_timestamp"},
                        "count": {"$sum": 1},
                    }
                },
                {"$match": {"count": {"$gt": 1}}},
            ],
            allowDiskUse=True,
        )
        deleted = 0
        for batch in batches(list(several), _BATCH):
            deletions = [
                DeleteMany({**old, **each["_id"], "status_timestamp": {"$lt": each["last"]}})
                for each in batch
            ]
            deleted += history.bulk_write(deletions, ordered=False).deleted_count
        return deleted


def _effective(silence: Silence) -> dict[str, Any]:
    return {"$cond": [silence.is_heard(), "$status", "unknown"]}


def _shown_as(silence: Silence, conditions: list[dict[str, Any]]) -> Mapping[str, Any]:
    """Return the condition that what is shown as `status` meets these."""
    wanted = [condition[_STATUS] for condition in conditions]
    states = [state for each in wanted for state in each.get("$in", [each.get("$eq")])]
    return {"$expr": {"$in": [_effective(silence), {"$literal": states}]}} if wanted else {}


def _shown(status: Document, silence: Silence) -> Document:
    effective = silence.effective(status)
    return {
        **{name: status[name] for name in ("environment", "name", "subject", "id", "type", "host")},
        "status": effective.status,
        "status_timestamp": effective.timestamp,
        "status_text": effective.text,
    }


def _known(name: str) -> str:
    """Return the name of a check as statuses have it."""
    try:
        return check_name(subject_of(name))
    except ValueError:
        return name


def _hosts(collections: Collections, environment: str) -> set[str]:
    try:
        view = View(collections, environment, None, None)
    except UnknownGenerationError:
        return set()
    return {host["id"] for host in view.objects(type=HOST, brief=())}
