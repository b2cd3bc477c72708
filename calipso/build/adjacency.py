"""Links by id, and who is joined to whom: where cliques find their way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..model.clique import values
from ..model.topology import Document
from .graph import Objects
from .tracking import Tracker

Borne = dict[str, dict[str, frozenset[Any]]]
"""What links bear of an attribute, by the attribute and by the link's id, where it says so."""


class Adjacency:
    """The links of one environment, and the objects that they join."""

    def __init__(self, attributes: Sequence[str], objects: Objects, tracker: Tracker | None = None) -> None:
        """Begin with no links between objects. `attributes`: those of links by which cliques are limited."""
        self._objects, self._tracker = objects, tracker or Tracker()
        self.links: dict[str, Document] = {}
        self.borne: Borne = {attribute: {} for attribute in attributes}
        self._types: Counter[tuple[str, str]] = Counter()
        self._adjacent: dict[tuple[str, str], list[tuple[str, str]]] = {}
        self._far_types: dict[str, set[str]] = {}
        self._unsorted: set[tuple[str, str]] = set()
        self._concerned: set[str] = set()
        self._hopped: set[str] = set()
        self._paired: set[tuple[str, str]] = set()

    def take(self, links: Mapping[str, Document | None]) -> dict[str, Document | None]:
        """Take links in the place of those of the same ids; None: it is gone.

        Return what there was of those that are others by now.
        """
        changed: dict[str, Document | None] = {}
        for key, link in links.items():
            before = self.links.get(key)
            if link is not None:
                self.links[key] = link
            elif before is not None:
                del self.links[key]
            if before == link:
                continue
            changed[key] = before
            if before is None or link is None:
                self._join(before or link or {}, joined=link is not None)
            elif before["attributes"] == link["attributes"] and before["implicit"] == link["implicit"]:
                continue
            self._bear(key, link)
            for each, number in ((before, -1), (link, 1)):
                if each is not None:
                    self._count(each, number)
        for place in self._unsorted:
            self._adjacent[place].sort(key=_by_far_end)
        self._unsorted.clear()
        self._tell()
        return changed

    def _bear(self, key: str, link: Document | None) -> None:
        for attribute, borne in self.borne.items():
            borne.pop(key, None)
            if link is not None and (found := values(link["attributes"], attribute)) is not None:
                borne[key] = found

    def _count(self, link: Document, number: int) -> None:
        """Take note of a link that is there by now (1), or was there (-1)."""
        ends = link["source_id"], link["target_id"]
        self._concerned.update(ends)
        if not link["implicit"]:
            self._hopped.update(ends)
            pair = link["source_type"], link["target_type"]
            self._types[pair] += number
            self._paired.add(pair)

    def _tell(self) -> None:
        self._concerned = {self._objects.place(key) for key in self._concerned}
        for what, concerned in (
            ("joined", self._concerned),
            ("hops", self._hopped),
            ("link type", self._paired),
        ):
            for each in concerned:
                self._tracker.changed((what, each))
            concerned.clear()

    def note(self, members: Iterable[Iterable[str]]) -> None:
        """Note that who asks went by the links of objects, and by what those bear."""
        if self._tracker.keeps:
            place = self._objects.place
            for each in {place(key) for keys in members for key in keys}:
                self._tracker.note(("joined", each))

    def neighbours(self, key: str, kind: str) -> Sequence[tuple[str, str]]:
        """Return the ids of an object's links to objects of type `kind`, with the far end's id.

        Who asks notes that for himself.
        """
        return self._adjacent.get((key, kind), ())

    def hops(self, key: str) -> Iterator[tuple[Document, str]]:
        """Yield all explicit links of an object, with the far end's id."""
        self._tracker.note(("hops", key))
        for kind in sorted(self._far_types.get(key, ())):
            for link, far in self.neighbours(key, kind):
                if not self.links[link]["implicit"]:
                    yield self.links[link], far

    def is_joined(self, kind: str, other: str) -> bool:
        """Say whether explicit links join two types, in this direction."""
        self._tracker.note(("link type", (kind, other)))
        return self._types[kind, other] > 0

    def _join(self, link: Document, *, joined: bool) -> None:
        key = link["id"]
        ends = ((link["source_id"], link["source_type"]), (link["target_id"], link["target_type"]))
        for (near, _type), (far, far_type) in (ends, ends[::-1]):
            place = near, far_type
            if joined:
                self._adjacent.setdefault(place, []).append((key, far))
                self._far_types.setdefault(near, set()).add(far_type)
                self._unsorted.add(place)
            else:
                self._adjacent[place].remove((key, far))


def _by_far_end(pair: tuple[str, str]) -> tuple[str, str]:
    return pair[1], pair[0]
