"""Scans: what was scanned when, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ..model.topology import Document
from .connected import Connected
from .encoding import moment, storable
from .errors import UnknownScanError, raises_store_errors


@raises_store_errors
class ScanStore(Connected):
    """Scans are documents: id, environment, status, options, started_at, ended_at, counts, errors."""

    def start_scan(self, environment: str, *, scan_id: str, options: Mapping[str, Any], at: datetime) -> None:
        """Add a scan, with status running."""
        self._collections["scans"].insert_one(
            {
                "_id": scan_id,
                "id": scan_id,
                "environment": environment,
                "status": "running",
                "options": dict(options),
                "started_at": moment(at),
                "ended_at": None,
                "counts": {},
                "errors": [],
            }
        )

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

    def scans(self, environment: str) -> list[Document]:
        """Return the scans of an environment, the newest first."""
        found = self._collections["scans"].find({"environment": environment}, {"_id": 0})
        return list(found.sort([("started_at", -1), ("id", 1)]))
