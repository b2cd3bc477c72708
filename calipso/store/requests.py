"""Requests that workers take up: scheduled scans, and tests of connections."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from ..model.topology import Document
from .conditions import Where, matching, of_environments
from .connected import Connected
from .encoding import moment, storable
from .errors import raises_store_errors
from .listing import page


@raises_store_errors
class RequestStore(Connected):
    """Documents with id, environment, submitted_at and submitted_by, and what is asked for.

    A scheduled scan has freq (YEARLY, MONTHLY, WEEKLY, DAILY, HOURLY) or cron (a cron line), next_run (None
    until a worker has seen it), and options, which are those of each scan that it asks for. A connection
    test has targets (sections of the environment's configuration), status, and results: target -> what
    came of it.
    """

    def schedule_scan(
        self,
        environment: str,
        *,
        freq: str | None = None,
        cron: str | None = None,
        options: Mapping[str, Any],
        by: str,
        at: datetime,
    ) -> Document:
        """Add a scheduled scan and return it. Raises ValueError unless it has one of freq and cron."""
        if (freq is None) == (cron is None):
            raise ValueError("a scheduled scan has either freq or cron")
        asked = {"freq": freq, "cron": cron, "next_run": None, "options": dict(options)}
        return self._add("scheduled_scans", environment, asked, by, at)

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
        asked = {"targets": list(targets), "status": "pending", "results": {}}
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
