"""Changes: what differs between two generations, in time that depends on how much that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..model.topology import Change, Document
from .collections import BY_BEGIN, BY_END, OWN_FIELDS
from .connected import Connected
from .errors import raises_store_errors
from .generations import Pointer, find_generation

_DOCUMENT = {name: 0 for name in OWN_FIELDS if name != "_digest"}
"""What is read: documents with their digests."""


@raises_store_errors
class ChangeStore(Connected):
    """Compares generations.

    A row `[_from, _to)` of an attempt that was given up was never there, and one that such an attempt
    closed was not closed. So for generations made by the attempts a < b, with all that was given up put
    aside as `visible` does,

    - what only a has are rows of `_from` <= a that were closed in (a, b];
    - what only b has are rows of `_from` in (a, b] that were not closed by b.

    Both are ranges of an index that hold nothing but what was written or closed after a, up to b. Rows
    that open in a and were rewritten to the same content by b are in both, and told by their digest. None
    of these rows changes while it is read: an attempt up to b has ended, and whatever a later one closes
    it closes after b. (One that was given up and writes late does so with its own number, put aside.)
    """

    def changes(
        self,
        environment: str,
        before: int,
        after: int,
        *,
        collections: Sequence[str] = ("inventory", "links"),
    ) -> list[Change]:
        """Return the documents that are not the same in two generations, by collection, then by id.

        `before` may be the younger one. Documents are as they were published, without `last_scanned`
        and `stale`. Raises `UnknownEnvironmentError` or `UnknownGenerationError`, which tell what there is.
        """
        pointer = Pointer.read(self._collections, environment)
        first, second = (
            find_generation(self._collections, environment, number, pointer)["attempt"]
            for number in (before, after)
        )
        found = []
        for name in collections:
            old, new = self._differing(name, environment, pointer, *sorted((first, second)))
            if first > second:
                old, new = new, old
            found += [
                Change(name, _document(old.get(key)), _document(new.get(key)))
                for key in sorted(old.keys() | new.keys())
                if key not in old or key not in new or old[key]["_digest"] != new[key]["_digest"]
            ]
        return found

    def _differing(
        self, name: str, environment: str, pointer: Pointer, older: int, younger: int
    ) -> tuple[dict[str, Document], dict[str, Document]]:
        """Return the rows, by id, that only `older` has, and those that only `younger` has."""
        past = [given_up for given_up in pointer.aborted if given_up < younger]
        closed = {
            "_from": {"$lte": older, "$nin": past},
            "_to": {"$gt": older, "$lte": younger, "$nin": past},
        }
        written = {
            "_from": {"$gt": older, "$lte": younger, "$nin": past},
            "_to": {"$not": {"$lte": younger, "$nin": past}},
        }
        return (
            self._rows(name, environment, closed, BY_END),
            self._rows(name, environment, written, BY_BEGIN),
        )

    def _rows(
        self, name: str, environment: str, condition: Mapping[str, Any], index: str
    ) -> dict[str, Document]:
        rows = self._collections[name].find({"environment": environment, **condition}, _DOCUMENT)
        return {row["id"]: row for row in rows.hint(index)}


def _document(row: Document | None) -> Document | None:
    return row and {name: value for name, value in row.items() if name != "_digest"}
