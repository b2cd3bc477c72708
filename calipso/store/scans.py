"""Scans: what was scanned when, and how it ended."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from pymongo.errors import DuplicateKeyError

from ..model.topology import Document
from .conditions import Where, matching, of_environments
from .connected import Connected
from .encoding import moment, storable
from .errors import ConflictError, UnknownScanError, raises_store_errors
from .listing import page


@raises_store_errors
class ScanStore(Connected):
    """Scans are documents: id, environment, status, options, submitted_at, submitted_by (who asked for it,
    None for a scan that began by itself), started_at, ended_at, counts, errors.

    Of those that workers run: schedule (the id of the scheduled scan that asked for it), attempt (how often
    one was claimed), worker (name, host, pid), progress (phase, hosts: total, done, failed; at), log (its
    last lines: at, level, text), abort (by, at), artifacts (HOST:/path) and job (an address).

    `options` are what the scan is asked to do, in the words of `scan/request.py`, and its `log_level`.
    """

    def request_scan(
        self,
        environment: str,
        *,
        options: Mapping[str, Any],
        by: str,
        at: datetime,
        schedule: str | None = None,
        scan_id: str | None = None,
    ) -> Document:
        """Add a scan with status pending, for a worker to take up, and return it.

        Raises `ConflictError` where there is a scan of id `scan_id` already.
        """
        scan = _scan(scan_id or str(uuid4()), environment, "pending", options, at)
        scan |= {"submitted_by": storable(by), "schedule": schedule}
        try:
            self._collections["scans"].insert_one({"_id": scan["id"], **scan})
        except DuplicateKeyError:
            raise ConflictError(f"scan {scan['id']} was asked for already") from None
        return scan

    def start_scan(self, environment: str, *, scan_id: str, options: Mapping[str, Any], at: datetime) -> None:
        """Add a scan, with status running."""
        scan = _scan(scan_id, environment, "running", options, at) | {"started_at": moment(at)}
        self._collections["scans"].insert_one({"_id": scan_id, **scan})

    def adopt_scan(
        self, scan_id: str, *, attempt: int | None, options: Mapping[str, Any], at: datetime
    ) -> None:
        """Note that a scan that was asked for has begun, and what it does.

        Raises `UnknownScanError` where another attempt at it was begun meanwhile, or it has ended.
        """
        begun = [
            {
                "$set": {
                    "status": "running",
                    "options": {"$literal": dict(options)},
                    "started_at": {"$ifNull": ["$started_at", moment(at)]},
                }
            }
        ]
        where = {**_attempt(scan_id, attempt), "status": {"$in": ["pending", "running"]}}
        if not self._collections["scans"].update_one(where, begun).matched_count:
            raise UnknownScanError(f"scan {scan_id!r} has ended, or is another worker's")

    def end_scan(
        self,
        scan_id: str,
        *,
        status: str,
        counts: Mapping[str, Any],
        errors: Sequence[str],
        attempt: int | None = None,
        at: datetime,
    ) -> None:
        """Note how a scan ended, or this attempt at it. Raises `UnknownScanError`."""
        ended = {
            "status": status,
            "counts": dict(counts),
            "errors": [storable(error) for error in errors],
            "ended_at": moment(at),
        }
        found = self._collections["scans"].update_one(_attempt(scan_id, attempt), {"$set": ended})
        if not found.matched_count:
            also = "" if attempt is None else ", or another worker has it"
            raise UnknownScanError(f"there is no scan {scan_id!r}{also}")

    def scan(self, scan_id: str) -> Document | None:
        """Return one scan."""
        return self._collections["scans"].find_one({"_id": scan_id}, {"_id": 0})

    def scans(
        self,
        environments: str | Collection[str] | None,
        where: Where | None = None,
        *,
        skip: int = 0,
        limit: int | None = None,
    ) -> list[Document]:
        """Return the scans of an environment, of several, or (None) all, the latest first.

        `where` is as in `View`: `status`, `options.object_id`... ValueError is raised for what is no
        attribute's name.
        """
        conditions = [*of_environments(environments), *matching(where)]
        return page(self._collections["scans"], conditions, "submitted_at", skip=skip, limit=limit)


def _attempt(scan_id: str, attempt: int | None) -> dict[str, Any]:
    return {"_id": scan_id} if attempt is None else {"_id": scan_id, "attempt": attempt}


def _scan(
    scan_id: str, environment: str, status: str, options: Mapping[str, Any], at: datetime
) -> dict[str, Any]:
    return {
        "id": scan_id,
        "environment": environment,
        "status": status,
        "options": dict(options),
        "submitted_at": moment(at),
        "submitted_by": None,
        "started_at": None,
        "ended_at": None,
        "counts": {},
        "errors": [],
        "schedule": None,
        "attempt": 0,
        "worker": None,
        "progress": None,
        "log": [],
        "abort": None,
        "artifacts": None,
        "job": None,
    }
