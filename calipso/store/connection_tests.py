"""Claims to connection tests: each is made by one worker, and by another one if that dies."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import Any, Literal, Self

from pymongo import ReturnDocument

from ..model.topology import Document, stable_id
from .collections import Collections
from .connected import Connected
from .encoding import moment, storable
from .errors import BusyError, LeaseLostError, database_errors, raises_store_errors
from .lease import Lease

_WAITING = {"status": {"$in": ["pending", "running"]}}


class TestClaim:
    """A connection test that this worker makes; use it in a `with` statement, at whose end it is let go.

    `test` is the test as it was claimed. Another worker may take it over once `term` seconds went by without
    `report`; then every method raises `LeaseLostError`.
    """

    def __init__(self, collections: Collections, turn: Lease, test: Document) -> None:
        self._collections = collections
        self._turn = turn
        self.test = test

    def __enter__(self) -> Self:
        """Return the claim itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go."""
        with database_errors(), suppress(LeaseLostError):
            self._turn.remove()

    def report(self, target: str, result: Mapping[str, Any]) -> None:
        """Note what came of a target, and keep the claim."""
        self._change({f"results.{target}": dict(result)})

    def end(self, status: Literal["completed", "failed"], *, at: datetime) -> None:
        """End the test."""
        self._change({"status": status, "ended_at": moment(at)})

    def _change(self, noted: Mapping[str, Any]) -> None:
        with database_errors():
            self._turn.renew()
            done = self._collections["connection_tests"].update_one(
                {"_id": self.test["id"], **_WAITING}, {"$set": dict(noted)}
            )
        if not done.matched_count:
            raise LeaseLostError(f"connection test {self.test['id']} was deleted, with its environment")


@raises_store_errors
class ConnectionTestStore(Connected):
    """Hands connection tests that were asked for to workers, those that wait longest first."""

    def claim_connection_test(self, worker: str, *, at: datetime, term: float) -> TestClaim | None:
        """Claim a test that is pending, or whose worker died; None if there is none.

        `worker`: who it is. `term`: seconds from one report to the next after which another one may take
        over; a worker that died on this machine is succeeded at once.
        """
        tests = self._collections["connection_tests"]
        for waiting in tests.find(_WAITING, {"environment": 1}).sort("submitted_at"):
            turn = Lease(
                self._collections["turns"],
                stable_id("connection test", waiting["_id"]),
                f"connection test {waiting['_id']}",
                fields={"environment": waiting["environment"]},
                term=term,
                patience=0,
            )
            with suppress(BusyError):
                turn.__enter__()
                begun = {"status": "running", "worker": storable(worker), "started_at": moment(at)}
                found = tests.find_one_and_update(
                    {"_id": waiting["_id"], **_WAITING},
                    {"$set": begun},
                    {"_id": 0},
                    return_document=ReturnDocument.AFTER,
                )
                if found is not None:
                    return TestClaim(self._collections, turn, found)
                turn.remove()
        return None
