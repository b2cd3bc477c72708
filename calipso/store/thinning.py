"""Thinning: generations that nobody wants any more go, and with them the rows that only they held."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from ..model.retention import Retention, thinned
from ..model.topology import COLLECTIONS
from .collections import BY_END
from .connected import Connected
from .encoding import moment
from .errors import raises_store_errors
from .generations import Pointer, completed

GRACE = timedelta(minutes=15)
"""For how long the rows of a dropped generation stay, so that a view that is open stays whole."""


@raises_store_errors
class ThinningStore(Connected):
    """Drops generations, and later deletes what only they held.

    It takes no lease: publishers, readers and other thinners may be at work. Only generations up to the
    newest are looked at, so every attempt in question has ended; naming and dropping are conditional
    changes of one document, of which one comes first.
    """

    def thin(self, environment: str, policy: Retention, *, at: datetime) -> list[int]:
        """Drop the generations that `policy` does not keep at the time `at`, and return their numbers.

        A snapshot and the newest generation are never dropped. There are no new views of a dropped
        generation; its rows are deleted by a call that comes at least `GRACE` later, by the database's
        clock. Other generations, and what differs between them, stay as they are.
        """
        self._delete_dropped(environment)
        generations = self._collections["generations"]
        current = completed(environment, Pointer.read(self._collections, environment))
        found = {document["number"]: document for document in generations.find(current)}
        numbers = thinned(
            {number: document["published_at"] for number, document in found.items()},
            policy,
            named=[number for number, document in found.items() if document.get("names")],
            now=moment(at),
        )
        dropped = {
            "_id": {"$in": [found[number]["_id"] for number in numbers]},
            "names.0": {"$exists": False},
        }
        generations.update_many(dropped | {"dropped": None}, {"$currentDate": {"dropped": True}})
        gone = generations.find(dropped | {"dropped": {"$ne": None}}, {"number": 1})
        return sorted(document["number"] for document in gone)

    def _delete_dropped(self, environment: str) -> None:
        """Delete what only generations held whose grace is over; their documents go last."""
        generations = self._collections["generations"]
        pointer = Pointer.read(self._collections, environment)
        published = completed(environment, pointer)
        del published["dropped"]
        over = {"$lt": ["$dropped", {"$subtract": ["$$NOW", GRACE // timedelta(milliseconds=1)]}]}
        expired = {
            document["attempt"]: document["_id"]
            for document in generations.find(
                published | {"dropped": {"$ne": None}, "$expr": over}, {"attempt": 1}
            )
        }
        if not expired:
            return
        attempts = {document["attempt"] for document in generations.find(published, {"attempt": 1})}
        for before, after in pairwise((0, *sorted(attempts - expired.keys()))):
            if any(before < attempt < after for attempt in expired):
                only_between = {
                    "environment": environment,
                    "_from": {"$gt": before, "$lt": after},
                    "_to": {"$gt": before, "$lte": after, "$nin": list(pointer.aborted)},
                }
                for name in COLLECTIONS:
                    self._collections[name].delete_many(only_between, hint=BY_END)
        generations.delete_many({"_id": {"$in": list(expired.values())}})
