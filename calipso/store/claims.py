"""Claims: a worker's right to run a scan, for as long as it is renewed; one of each environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from pymongo import ReturnDocument

from ..model.topology import Document, stable_id
from .collections import Collections
from .connected import Connected
from .encoding import moment, storable
from .errors import BusyError, LeaseLostError, UnknownScanError, database_errors, raises_store_errors
from .lease import Lease

LOG_LINES = 200
"""Lines of a scan's log that are kept, the last."""

ACTIVE = ("pending", "running")
_OWN = {"_id": 0}


class Claim:
    """A scan that this worker runs; use it in a `with` statement, at whose end the claim is let go.

    `scan` is the scan as it was claimed. Another worker may take it over once `term` seconds went by without
    `renew`; then every method raises `LeaseLostError`.
    """

    def __init__(self, collections: Collections, turn: Lease, scan: Document) -> None:
        self._collections = collections
        self._turn = turn
        self.scan = scan

    def __enter__(self) -> Self:
        """Return the claim itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go."""
        with database_errors():
            self._turn.__exit__(kind, error, trace)

    def renew(self) -> Document:
        """Keep the claim, and return the scan as it is now."""
        with database_errors():
            self._turn.renew()
            found = self._collections["scans"].find_one(self._mine(), _OWN)
        if found is None:
            raise self._lost()
        return found

    def report(
        self,
        *,
        progress: Mapping[str, Any] | None = None,
        log: Sequence[Mapping[str, Any]] = (),
        artifacts: str | None = None,
        job: str | None = None,
    ) -> None:
        """Note how the run goes, and add lines to its log."""
        given = {
            "progress": progress and dict(progress),
            "artifacts": artifacts and storable(artifacts),
            "job": job and storable(job),
        }
        noted = {name: value for name, value in given.items() if value is not None}
        change: dict[str, Any] = {"$set": noted} if noted else {}
        if log:
            lines = [{**line, "text": storable(line["text"])} for line in log]
            change["$push"] = {"log": {"$each": lines, "$slice": -LOG_LINES}}
        if change:
            self._change(change)

    def end(self, status: str, errors: Sequence[str], *, at: datetime) -> None:
        """End a scan that did not end by itself."""
        said = {"status": status, "errors": [storable(error) for error in errors], "ended_at": moment(at)}
        self._change({"$set": said})

    def give_back(self) -> None:
        """Have another worker run the scan."""
        self._change({"$set": {"status": "pending", "worker": None}})

    def _change(self, change: Mapping[str, Any]) -> None:
        with database_errors():
            self._turn.renew()
            if not self._collections["scans"].update_one(self._mine(), change).matched_count:
                raise self._lost()

    def _mine(self) -> dict[str, Any]:
        return {"_id": self.scan["id"], "attempt": self.scan["attempt"]}

    def _lost(self) -> LeaseLostError:
        return LeaseLostError(
            f"scan {self.scan['id']}: it was deleted, or another worker took it over; nothing is lost"
        )


@raises_store_errors
class ClaimStore(Connected):
    """Hands scans that were asked for to workers: the oldest first, and one of each environment at a time."""

    def claim_scan(self, worker: Mapping[str, Any], *, at: datetime, term: float = 30) -> Claim | None:
        """Claim a scan that is pending, or whose worker died; None if there is none.

        `worker` says who it is: name, host, pid. `term`: seconds after which another one may take over,
        unless the claim is renewed; a worker that died on this machine is succeeded at once.
        """
        scans = self._collections["scans"]
        wanted = {"$or": [{"status": "pending"}, {"status": "running", "worker": {"$ne": None}}]}
        active = scans.find({"status": {"$in": list(ACTIVE)}, **wanted}, {"environment": 1})
        names = [scan["environment"] for scan in active.sort("submitted_at")]
        for environment in dict.fromkeys(names):
            turn = Lease(
                self._collections["turns"],
                stable_id(environment),
                f"a scan of environment {environment}",
                fields={"environment": environment},
                term=term,
                patience=0,
            )
            with suppress(BusyError):
                turn.__enter__()
                scan = self._take(environment, worker, at)
                if scan is not None:
                    return Claim(self._collections, turn, scan)
                turn.__exit__(None, None, None)
        return None

    def ask_to_abort(self, scan_id: str, *, by: str, at: datetime) -> Document:
        """Abort a scan: at once if it is pending, else its worker is asked to. Return the scan.

        Raises `UnknownScanError`, and ValueError for a scan that has ended or that no worker runs.
        """
        scans = self._collections["scans"]
        asked = {"by": storable(by), "at": moment(at)}
        waiting = {"_id": scan_id, "status": {"$in": ["draft", "pending"]}}
        ended = {"status": "aborted", "ended_at": moment(at), "abort": asked}
        running = {"_id": scan_id, "status": "running", "worker": {"$ne": None}}
        for where, change in ((waiting, ended), (running, {"abort": asked}), (waiting, ended)):
            found = scans.find_one_and_update(
                where, {"$set": change}, _OWN, return_document=ReturnDocument.AFTER
            )
            if found is not None:
                return found
        known = scans.find_one({"_id": scan_id})
        if known is None:
            raise UnknownScanError(f"there is no scan {scan_id!r}")
        if known["status"] == "running":
            raise ValueError(f"scan {scan_id} was not started by a worker: end its playbook where it runs")
        raise ValueError(f"scan {scan_id} has ended: it is {known['status']}")

    def _take(self, environment: str, worker: Mapping[str, Any], at: datetime) -> Document | None:
        """Return the environment's scan to run next, as this worker's; whoever calls has the turn."""
        mine = {"status": "running", "worker": dict(worker), "progress": None}
        change = [
            {
                "$set": {
                    **{name: {"$literal": value} for name, value in mine.items()},
                    "attempt": {"$add": [{"$ifNull": ["$attempt", 0]}, 1]},
                    "started_at": {"$ifNull": ["$started_at", moment(at)]},
                }
            }
        ]
        for where in ({"status": "running", "worker": {"$ne": None}}, {"status": "pending"}):
            found = self._collections["scans"].find_one_and_update(
                {"environment": environment, **where},
                change,
                _OWN,
                sort=[("submitted_at", 1)],
                return_document=ReturnDocument.AFTER,
            )
            if found is not None:
                return found
        return None
