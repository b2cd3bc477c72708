"""Attempts to log in: how many failed of late, for all processes that serve."""

from __future__ import annotations

import ipaddress
import math
import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from ..model.topology import stable_id
from .connected import Connected
from .encoding import moment
from .errors import raises_store_errors

WINDOW = timedelta(minutes=15)
PER_NAME = 5
"""Failures of one name from one address within the window."""
PER_ADDRESS = 50
"""Failures from one address within the window, of whatever names."""

_IPV6_NETWORK = 64
"""Bits of an IPv6 address that are its owner's: whoever has one address has all with the same bits."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that may be made; it counts as failed until the store hears otherwise."""

    id: str
    by_name: str
    by_address: str


@raises_store_errors
class AttemptStore(Connected):
    """Counts attempts for each pair of a name and an address, and for each address.

    Nobody can so lock a name for everybody else. An attempt is counted before the password is checked,
    so that no more than allowed are tried at the same time either. Names and addresses are kept as digests.
    """

    def begin_attempt(self, name: str, address: str, *, at: datetime) -> Attempt | timedelta:
        """Count an attempt; or return how long to wait, where there were too many."""
        client = _client(address)
        by_name = stable_id("name", name.casefold(), client)
        attempt = Attempt(uuid.uuid4().hex, by_name, stable_id("address", client))
        if wait := self._count(attempt.by_name, attempt.id, PER_NAME, moment(at)):
            return wait
        if wait := self._count(attempt.by_address, attempt.id, PER_ADDRESS, moment(at)):
            self._forget(attempt.by_name, attempt.id)
            return wait
        return attempt

    def attempt_succeeded(self, attempt: Attempt) -> None:
        """Forget the attempt, and the failures of the same name from the same address."""
        self._collections["login_attempts"].delete_one({"_id": attempt.by_name})
        self._forget(attempt.by_address, attempt.id)

    def attempt_withdrawn(self, attempt: Attempt) -> None:
        """Forget the attempt: whether the password was right could not be told."""
        self._forget(attempt.by_name, attempt.id)
        self._forget(attempt.by_address, attempt.id)

    def _count(self, key: str, attempt_id: str, most: int, at: datetime) -> timedelta | None:
        """Add an attempt, or return how long it takes until there is room for one."""
        counted = self._append(key, attempt_id, most, at)
        if any(each["id"] == attempt_id for each in counted):
            return None
        wait = min(each["at"] for each in counted) + WINDOW - at
        return timedelta(seconds=max(1, math.ceil(wait.total_seconds())))

    def _append(self, key: str, attempt_id: str, most: int, at: datetime) -> list[dict[str, Any]]:
        recent = {
            "$filter": {"input": {"$ifNull": ["$attempts", []]}, "cond": {"$gt": ["$$this.at", at - WINDOW]}}
        }
        added = {"$concatArrays": ["$attempts", [{"id": attempt_id, "at": at}]]}
        room = {"$lt": [{"$size": "$attempts"}, most]}
        until = {"$add": [{"$max": "$attempts.at"}, int(WINDOW / timedelta(milliseconds=1))]}
        change: list[dict[str, Any]] = [
            {"$set": {"attempts": recent}},
            {"$set": {"attempts": {"$cond": [room, added, "$attempts"]}}},
            {"$set": {"expires_at": until}},
        ]
        while True:
            with suppress(DuplicateKeyError):
                found: Any = self._collections["login_attempts"].find_one_and_update(
                    {"_id": key}, change, upsert=True, return_document=ReturnDocument.AFTER
                )
                return list(found["attempts"])

    def _forget(self, key: str, attempt_id: str) -> None:
        self._collections["login_attempts"].update_one(
            {"_id": key}, {"$pull": {"attempts": {"id": attempt_id}}}
        )


def _client(address: str) -> str:
    """Return what is the same for all addresses that one client has."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found.packed, _IPV6_NETWORK), strict=False))
    return str(found)
