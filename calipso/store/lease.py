"""A lease on a document: the right to change what it stands for, for as long as it is renewed."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError, PyMongoError

from .errors import BusyError, LeaseLostError
from .owner import is_gone, this_process

_FREE = {"$or": [{"lease": None}, {"$expr": {"$lt": ["$lease.expires", "$$NOW"]}}]}


class Lease:
    """One writer at a time for what the document `key` stands for; use it in a `with` statement.

    The document is made from `fields` if there is none. A holder that died on this machine is succeeded
    at once, any other when its lease has run out. `term` and `patience` are seconds; after `patience`
    without success `BusyError` is raised, which calls the thing `subject`. Times are the database's.
    """

    def __init__(
        self,
        collection: Collection[dict[str, Any]],
        key: str,
        subject: str,
        *,
        fields: Mapping[str, Any],
        term: float = 30,
        patience: float = 120,
    ) -> None:
        self._collection = collection
        self._key = key
        self._subject = subject
        self._fields = dict(fields)
        self._term = term
        self._patience = patience
        self._token = uuid.uuid4().hex
        self._renewed = 0.0
        self.document: dict[str, Any] = {}

    def __enter__(self) -> Self:
        """Wait for the lease; `document` is then the document as it was found."""
        deadline = time.monotonic() + self._patience
        pause = 0.02
        while not self._take(_FREE):
            held = self._collection.find_one({"_id": self._key})
            if held is None:
                self._make()
            elif held.get("lease") and is_gone(held["lease"]["owner"]):
                if self._take({"lease.token": held["lease"]["token"]}):
                    break
            elif held.get("lease") and time.monotonic() > deadline:
                owner = held["lease"]["owner"]
                raise BusyError(
                    f"{self._subject}: process {owner['pid']} on {owner['host']} is writing since "
                    f"{held['lease']['taken']:%Y-%m-%d %H:%M:%S} UTC; gave up after {self._patience:g} s. "
                    "Try again when it has ended"
                )
            else:
                time.sleep(pause)
                pause = min(2 * pause, 0.5)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go; if that fails after another error, the other error counts."""
        with suppress(*([PyMongoError] if kind else [])):
            self._collection.update_one(self._held(), {"$set": {"lease": None}})

    def renew(self) -> None:
        """Keep the lease; call it often, it costs nothing while most of the term is left."""
        if time.monotonic() - self._renewed > self._term / 3:
            self._change([{"$set": {"lease.expires": self._expiry()}}])

    def update(self, fields: Mapping[str, Any]) -> None:
        """Set fields of the document, if and only if the lease is still held."""
        self._change({"$set": dict(fields)})

    def remove(self) -> None:
        """Delete the document, if and only if the lease is still held."""
        if not self._collection.delete_one(self._held()).deleted_count:
            raise self._lost()

    def _held(self) -> dict[str, Any]:
        return {"_id": self._key, "lease.token": self._token}

    def _expiry(self) -> dict[str, Any]:
        return {"$add": ["$$NOW", int(self._term * 1000)]}

    def _change(self, change: Any) -> None:
        before = time.monotonic()
        if not self._collection.update_one(self._held(), change).matched_count:
            raise self._lost()
        self._renewed = before

    def _lost(self) -> LeaseLostError:
        return LeaseLostError(
            f"{self._subject}: this process was stopped for over {self._term:g} s and another one took "
            "over; nothing is lost, try again"
        )

    def _take(self, condition: Mapping[str, Any]) -> bool:
        before = time.monotonic()
        lease = {
            "token": self._token,
            "owner": {"$literal": this_process()},
            "taken": "$$NOW",
            "expires": self._expiry(),
        }
        found = self._collection.find_one_and_update(
            {"_id": self._key, **condition},
            [{"$set": {"lease": lease}}],
            return_document=ReturnDocument.AFTER,
        )
        if found is None:
            return False
        self.document = found
        self._renewed = before
        return True

    def _make(self) -> None:
        with suppress(DuplicateKeyError):
            self._collection.insert_one({"_id": self._key, **self._fields})
