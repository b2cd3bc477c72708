"""When objects' sources were last heard: what a view lays over the documents of a generation."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from ..model.topology import Document
from .collections import Collections
from .errors import raises_store_errors
from .generations import Pointer

TIMES = ("last_scanned", "stale")
"""Attributes that are laid over documents."""

_BATCH = 500
"""Documents whose sources are read at once."""


@raises_store_errors
class Overlay:
    """Gives documents `last_scanned`, and `stale: True` where their source could not be heard again.

    For the newest generation that is how its sources are now, read as documents come by, and remembered.
    """

    def __init__(self, collections: Collections, generation: Mapping[str, Any], pointer: Pointer) -> None:
        self._sources = collections["sources"]
        self._environment = generation["environment"]
        self._is_now = generation["number"] == pointer.generation
        self._heard: dict[str, datetime | None] = {}
        self._stale: set[str] = set()
        self._default: datetime | None = None
        self._published_at: datetime = generation["published_at"]
        if not self._is_now:
            self._heard = dict(generation["stale"])
            self._stale = set(self._heard)
            self._default = self._published_at

    def over(self, documents: Iterable[Document]) -> Iterator[Document]:
        """Yield the documents, each with its times; they must bear their `source`, where they have one."""
        waiting = iter(documents)
        while batch := list(islice(waiting, _BATCH)):
            sources = [_source(document) for document in batch]
            if self._is_now:
                self._read({source for source in sources if source not in self._heard})
            for document, source in zip(batch, sources, strict=True):
                document["last_scanned"] = self._heard.get(source) or self._latest()
                if source in self._stale:
                    document["stale"] = True
                yield document

    def _read(self, sources: Collection[str]) -> None:
        if not sources:
            return
        self._heard |= dict.fromkeys(sources)
        found = self._sources.find(
            {"environment": self._environment, "source": {"$in": list(sources)}},
            {"source": 1, "collected_at": 1, "stale": 1},
        )
        for source in found:
            self._heard[source["source"]] = source.get("collected_at")
            if source.get("stale"):
                self._stale.add(source["source"])

    def _latest(self) -> datetime:
        """Return the time of documents that no source tells of: when the last source was heard."""
        if self._default is None:
            last = self._sources.find_one(
                {"environment": self._environment}, {"collected_at": 1}, sort=[("collected_at", -1)]
            )
            self._default = (last and last.get("collected_at")) or self._published_at
        return self._default


def _source(document: Document) -> str:
    source = document.get("source")
    return source if isinstance(source, str) else ""
