"""What checks say of objects and links: what a view lays over the documents of the newest generation."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import islice
from typing import Any

from ..model.kind import Health
from ..model.topology import Document
from .collections import Collections
from .conditions import matching
from .errors import raises_store_errors
from .generations import Pointer
from .silence import Effective, Silence

STATUS = ("status", "status_timestamp", "status_text")
"""Attributes that are laid over documents."""

STATE = "state"
"""The attribute of links that follows their status."""

_STATES: Mapping[Health, str] = {"ok": "up", "warning": "up", "error": "down", "unknown": "unknown"}

_BATCH = 500
"""Documents whose statuses are read at once."""


@raises_store_errors
class StatusOverlay:
    """Gives documents `STATUS`, where there is one, and links the state that follows from it.

    An attribute that a document has itself stays. Where no check ever said anything, nothing is read;
    older generations bear no statuses: `status_history` tells how it was.
    """

    def __init__(self, collections: Collections, generation: Mapping[str, Any], pointer: Pointer) -> None:
        self._collections = collections
        self._environment = generation["environment"]
        self.is_empty = not pointer.reported or generation["number"] != pointer.generation

    def over_objects(self, documents: Iterable[Document]) -> Iterator[Document]:
        """Yield objects, each with its status."""
        for document, status in self._paired(documents, "object"):
            if status is not None:
                _lay(status, document)
            yield document

    def over_links(self, documents: Iterable[Document]) -> Iterator[Document]:
        """Yield links, each with its status and the state that follows."""
        for document, status in self._paired(documents, "link"):
            if status is not None:
                _lay(status, document)
                document[STATE] = _STATES[status.status]
            yield document

    def state_condition(self, states: Any) -> dict[str, Any]:
        """Return the condition for links that are shown with one of these states: a value, or several."""
        wanted = matching({STATE: states})[0]
        if self.is_empty:
            return wanted
        found = self._collections["statuses"].find({"environment": self._environment, "subject": "link"})
        shown = {status["id"]: _STATES[self._silence.effective(status).status] for status in found}
        is_one = isinstance(states, (str, Mapping)) or not isinstance(states, Collection)
        sought = [states] if is_one else list(states)
        laid = [key for key, state in shown.items() if state in sought]
        return {"$or": [{"id": {"$in": laid}}, {"$and": [wanted, {"id": {"$nin": list(shown)}}]}]}

    @cached_property
    def _silence(self) -> Silence:
        return Silence(self._collections, self._environment)

    def _paired(
        self, documents: Iterable[Document], subject: str
    ) -> Iterator[tuple[Document, Effective | None]]:
        if self.is_empty:
            yield from ((document, None) for document in documents)
            return
        waiting = iter(documents)
        while batch := list(islice(waiting, _BATCH)):
            ids = [document["id"] for document in batch]
            where = {"environment": self._environment, "id": {"$in": ids}, "subject": subject}
            found = {status["id"]: status for status in self._collections["statuses"].find(where)}
            for document in batch:
                status = found.get(document["id"])
                yield document, None if status is None else self._silence.effective(status)


def _lay(status: Effective, document: Document) -> None:
    for name, value in zip(STATUS, (status.status, status.timestamp, status.text), strict=True):
        document.setdefault(name, value)
