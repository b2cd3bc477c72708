"""Scans that people ask for: they are checked, and noted with who asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..model.requests import PREVIOUS, LogLevel, Part, RequestError
from ..model.topology import Document
from ..scan.request import Request, ScanError
from ..scan.snapshots import snapshot as find_snapshot

if TYPE_CHECKING:
    from ..store import Store


def options(
    *,
    object_id: str | None = None,
    only: Part | None = None,
    clear: bool = False,
    log_level: LogLevel = "info",
) -> dict[str, Any]:
    """Return what a scan is asked to do, as scans keep it, without what `ask` adds.

    Raises RequestError for what contradicts itself.
    """
    try:
        Request(environment="any", object_id=object_id, only=only, clear=clear).check()
    except ScanError as error:
        raise RequestError(str(error)) from None
    return {"object_id": object_id, "only": only, "clear": clear, "log_level": log_level}


def ask(
    store: Store,
    environment: str,
    wanted: Mapping[str, Any],
    *,
    snapshot: str | None = None,
    compare_with: str | None = None,
    by: str,
    at: datetime,
) -> Document:
    """Ask for a scan, note that `by` did so, and return it. `wanted` is what `options` returned.

    The state that it finds becomes the snapshot `snapshot`, and is compared with `compare_with`: a snapshot,
    or "previous". Raises RequestError, NameTakenError where there is such a snapshot, and StoreError.
    """
    from ..store import NameTakenError

    if snapshot is not None:
        check_name(snapshot)
        if find_snapshot(store, environment, snapshot):
            raise NameTakenError(
                f"environment {environment!r} has a snapshot {snapshot!r} already: choose another name, or "
                "take that one off first"
            )
    check_comparison(store, environment, compare_with)
    asked = {**wanted, "snapshot": snapshot, "compare_with": compare_with}
    scan = store.request_scan(environment, options=asked, by=by, at=at)
    store.record_change(f"A scan was asked for: {scan['id']}.", by=by, environment=environment, at=at)
    return scan


def abort(store: Store, scan_id: str, *, by: str, at: datetime) -> Document:
    """Abort a scan, note that `by` did so, and return it: its worker may take a moment to end it.

    Raises RequestError where it has ended or nobody can, and UnknownScanError.
    """
    try:
        scan = store.ask_to_abort(scan_id, by=by, at=at)
    except ValueError as error:
        raise RequestError(str(error)) from None
    store.record_change(f"Scan {scan_id} was aborted.", by=by, environment=scan["environment"], at=at)
    return scan


def check_name(name: str) -> None:
    """Raise RequestError for what is no name for a snapshot."""
    from ..store import UnusableNameError
    from ..store.snapshots import check_name as check

    try:
        check(name)
    except UnusableNameError as error:
        raise RequestError(str(error)) from None


def check_comparison(store: Store, environment: str, compare_with: str | None) -> None:
    """Raise RequestError for what a scan's state cannot be compared with."""
    if compare_with in (None, PREVIOUS) or find_snapshot(store, environment, str(compare_with)):
        return
    raise RequestError(
        f"environment {environment!r} has no snapshot {compare_with!r} to compare with: name one that it "
        f"has, or {PREVIOUS!r} for the state before the scan"
    )
