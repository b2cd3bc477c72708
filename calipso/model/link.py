"""Link types: which two kinds are joined, and by what."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LinkType:
    """A hop between an object of kind `source` and one of kind `target`.

    With `attribute`, the link follows from it: one object bears the id, or ids, of the other there; the
    link type is declared with the kind that bears it. Without, a link family's function finds the links.
    """

    source: str
    target: str
    doc: str
    attribute: str | None = None

    @property
    def name(self) -> str:
        """The link type's name, as clique types and documents have it."""
        return f"{self.source}-{self.target}"
