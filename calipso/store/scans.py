"""Scans: what was scanned when, and how it ended."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from ..model.topology import Document
from .conditions import Where, matching, of_environments
from .connected import Connected
from .encoding import moment, storable
from .errors import UnknownScanError, raises_store_errors
from .listing import page


@raises_store_errors
class ScanStore(Connected):
    """Scans are documents: id, environment, status, options, submitted_at, submitted_by (who asked for it,
    None for a scan that began by itself), started_at, ended_at, counts, errors.

    `options` are what the scan is asked to do, in the words of `scan/request.py`, and its `log_level`.
    """

    def request_scan(
        self, environment: str, *, options: Mapping[str, Any], by: str, at: datetime
    ) -> Document:
        """Add a scan with status pending, for a worker to take up, and return it."""
        scan = _scan(str(uuid4()), environment, "pending", options, at) | {"submitted_by": storable(by)}
        self._collections["scans"].insert_one({"_id": scan["id"], **scan})
        return scan

    def start_scan(self, environment: str, *, scan_id: str, options: Mapping[str, Any], at: datetime) -> None:
        """Add a scan, with status running."""
        scan = _scan(scan_id, environment, "running", options, at) | {"started_at": moment(at)}
        self._collections["scans"].insert_one({"_id": scan_id, **scan})

    def end_scan(
        self,
        scan_id: str,
        *,
        status: str,
        counts: Mapping[str, Any],
        errors: Sequence[str],
        at: datetime,
    ) -> None:
        """Note how a scan ended. Raises `UnknownScanError`."""
        ended = {
            "status": status,
            "counts": dict(counts),
            "errors": [storable(error) for error in errors],
            "ended_at": moment(at),
        }
        if not self._collections["scans"].update_one({"_id": scan_id}, {"$set": ended}).matched_count:
            raise UnknownScanError(f"there is no scan {scan_id!r}")

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
    }
