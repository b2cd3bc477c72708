"""What the builder makes of facts: objects, links and cliques, and messages about what does not fit.

Objects, links and cliques are documents (plain dictionaries), as they are stored and served. Each is
known within its environment by `id`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any, Literal

Document = dict[str, Any]

Level = Literal["panic", "alert", "crit", "error", "warn", "notice", "info", "debug"]

COLLECTIONS = ("inventory", "links", "cliques")
"""The three kinds of topology documents, by the name of the collection that holds them."""


@dataclass(frozen=True, slots=True)
class Message:
    """Something that an operator should know about one object, or about the whole environment.

    `display_context`: the id of the object in whose surroundings it is best shown.
    """

    level: Level
    text: str
    related_object: str | None = None
    related_object_type: str | None = None
    display_context: str | None = None


@dataclass(slots=True)
class Topology:
    """One state of an environment, whole. `drivers`: which ones the facts tell of, by field name."""

    inventory: list[Document] = field(default_factory=list)
    links: list[Document] = field(default_factory=list)
    cliques: list[Document] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    drivers: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """A document of two states, without anything of the store's own; one that was not there is None."""

    collection: str
    before: Document | None
    after: Document | None


def stable_id(*parts: str) -> str:
    """Return 24 hexadecimal digits that are the same for the same parts, always and everywhere."""
    joined = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(joined, digest_size=12).hexdigest()
