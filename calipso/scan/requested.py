"""Scans that somebody asked for: who takes one up may end it, as long as it is still his own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..model.topology import Document
from .request import ScanError

if TYPE_CHECKING:
    from ..store import Store

_ACTIVE = ("pending", "running")


@dataclass(frozen=True, slots=True)
class Requested:
    """A scan that was asked for. `attempt`: which of its workers this is; None: whoever."""

    scan_id: str
    attempt: int | None = None


def options_of(store: Store, environment: str, requested: Requested) -> Mapping[str, Any]:
    """Return what a scan was asked to do. Raises ScanError as `own` does."""
    options: Mapping[str, Any] = own(store, environment, requested)["options"]
    return options


def own(store: Store, environment: str, requested: Requested) -> Document:
    """Return the scan. Raises ScanError where there is none, it has ended, or another worker has it."""
    scan = store.scan(requested.scan_id)
    if scan is None or scan["environment"] != environment:
        raise ScanError(
            f"environment {environment!r} has no scan {requested.scan_id!r}: if it was deleted meanwhile, so "
            "was the scan"
        )
    if requested.attempt not in (None, scan["attempt"]):
        raise ScanError(f"another worker has taken scan {requested.scan_id} over")
    if scan["status"] not in _ACTIVE:
        raise ScanError(f"scan {requested.scan_id} has ended: it is {scan['status']}")
    return scan
