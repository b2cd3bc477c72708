"""Requests that workers take up: scheduled scans, and tests of connections."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from pymongo import ReturnDocument

from ..model.topology import Document
from .conditions import Where, matching, of_environments
from .connected import Connected
from .encoding import moment, storable
from .errors import UnknownScheduleError, raises_store_errors
from .listing import page


@raises_store_errors
class RequestStore(Connected):
    """Documents with id, environment, submitted_at and submitted_by, and what is asked for.

    A scheduled scan has name (or None), freq (YEARLY, MONTHLY, WEEKLY, DAILY, HOURLY) or cron (a cron line),
    timezone (an IANA name), enabled, missed ("run" or "skip": what becomes of runs that no worker saw),
    next_run (None while it is paused), last_run (None, or scan: the id of the scan that was asked for, at:
    when it was due), kind ("scan" or "snapshot"), snapshot (None, or how its snapshots are called, as
    strftime takes it), compare_with (None, "previous", or a snapshot), and options, which are those of each
    scan that it asks for. A connection test has targets (sections of the environment's configuration),
    status, worker (who makes it, by name), started_at, ended_at, and results: target -> what came of it.
    """

    def schedule_scan(
        self, environment: str, schedule: Mapping[str, Any], *, by: str, at: datetime
    ) -> Document:
        """Add a scheduled scan, with all fields but those that every request has, and return it."""
        asked = {**schedule, "name": _text(schedule["name"]), "last_run": None}
        return self._add("scheduled_scans", environment, asked, by, at)

    def change_schedule(self, schedule_id: str, changes: Mapping[str, Any]) -> Document:
        """Set fields of a scheduled scan, and return it. Raises `UnknownScheduleError`."""
        found = self._collections["scheduled_scans"].find_one_and_update(
            {"_id": schedule_id},
            {"$set": {**changes, **({"name": _text(changes["name"])} if "name" in changes else {})}},
            {"_id": 0},
            return_document=ReturnDocument.AFTER,
        )
        if found is None:
            raise UnknownScheduleError(f"there is no scheduled scan {schedule_id!r}")
        return found

    def remove_schedule(self, schedule_id: str) -> None:
        """Delete a scheduled scan. Raises `UnknownScheduleError`."""
        if not self._collections["scheduled_scans"].delete_one({"_id": schedule_id}).deleted_count:
            raise UnknownScheduleError(f"there is no scheduled scan {schedule_id!r}")

    def due_schedules(self, at: datetime) -> list[Document]:
        """Return the scheduled scans whose next run is due, those that wait longest first."""
        due = {"next_run": {"$lte": moment(at)}}
        return list(self._collections["scheduled_scans"].find(due, {"_id": 0}, sort=[("next_run", 1)]))

    def advance_schedule(
        self, schedule: Document, *, next_run: datetime, last_run: Mapping[str, Any] | None
    ) -> bool:
        """Note what the next run is, and, unless None, the last one.

        Return False, and change nothing, where somebody else did so, or changed `schedule` otherwise.
        """
        noted: dict[str, Any] = {"next_run": moment(next_run)}
        if last_run is not None:
            noted["last_run"] = dict(last_run)
        known = {"_id": schedule["id"], "next_run": schedule["next_run"]}
        changed = self._collections["scheduled_scans"].update_one(known, {"$set": noted})
        return bool(changed.matched_count)

    def scheduled_scans(
        self,
        environments: str | Collection[str] | None,
        where: Where | None = None,
        *,
        start_time: datetime | None = None,
        end_time: datetime | None = None,
        skip: int = 0,
        limit: int | None = None,
    ) -> list[Document]:
        """Return the scheduled scans of an environment, of several, or (None) all, the latest first.

        `where` is as in `View`. `start_time`, `end_time`: submitted then or later, then or before.
        ValueError is raised for what is no attribute's name.
        """
        conditions = [*of_environments(environments), *matching(where)]
        if start_time is not None:
            conditions.append({"submitted_at": {"$gte": moment(start_time)}})
        if end_time is not None:
            conditions.append({"submitted_at": {"$lte": moment(end_time)}})
        return page(self._collections["scheduled_scans"], conditions, "submitted_at", skip=skip, limit=limit)

    def request_connection_test(
        self, environment: str, *, targets: Sequence[str], by: str, at: datetime
    ) -> Document:
        """Add a connection test with status pending and return it."""
        asked: dict[str, Any] = {
            "targets": list(targets),
            "status": "pending",
            "results": {},
            "worker": None,
            "started_at": None,
            "ended_at": None,
        }
        return self._add("connection_tests", environment, asked, by, at)

    def connection_tests(
        self,
        environments: str | Collection[str] | None,
        where: Where | None = None,
        *,
        skip: int = 0,
        limit: int | None = None,
    ) -> list[Document]:
        """Return the connection tests of an environment, of several, or (None) all, the latest first.

        `where` is as in `View`. ValueError is raised for what is no attribute's name.
        """
        conditions = [*of_environments(environments), *matching(where)]
        return page(self._collections["connection_tests"], conditions, "submitted_at", skip=skip, limit=limit)

    def _add(
        self, collection: str, environment: str, asked: Mapping[str, Any], by: str, at: datetime
    ) -> Document:
        document = {
            "id": str(uuid4()),
            "environment": environment,
            "submitted_at": moment(at),
            "submitted_by": storable(by),
            **asked,
        }
        self._collections[collection].insert_one({"_id": document["id"], **document})
        return document


def _text(text: str | None) -> str | None:
    return None if text is None else storable(text)
