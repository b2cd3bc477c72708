"""The stages of a build, and the units of each: what is worked out by itself, and anew by itself."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter, itemgetter
from typing import Any

from ..model.clique import CliqueType
from ..model.link import LinkType
from ..model.topology import Document, stable_id
from .adjacency import Adjacency
from .claims import Claims
from .cliques import clique_of, implicit_links
from .cloud import Cloud
from .graph import Graph, up_down
from .registry import Family, Maker
from .tracking import Cell, Tracker
from .tree import Built, complete


class Stage:
    """A stage with its units. `each`: what has one: each row, host or object of a kind; None: all at once."""

    def __init__(self, tracker: Tracker, number: int, each: str | None) -> None:
        """Begin with no units, or with the one."""
        self.each = each
        self._tracker, self._number = tracker, number
        self._units: dict[str, Cell] = {}
        if each is None:
            self.enrol({"": True})

    def enrol(self, keys: dict[str, bool]) -> None:
        """Have a unit for each of these keys, or have it no more."""
        for key, there in keys.items():
            unit = self._units.get(key)
            if there and unit is None:
                self._units[key] = self._tracker.unit((self._number, key), self._run, self._number)
            elif unit is not None and not there:
                del self._units[key]
                self._tracker.drop(unit)
                self.take(key, unit.value, None)

    def work(self) -> None:
        """Work out the units that are not, or not any more, as they should be."""
        waiting = self._tracker.waiting.pop(self._number, ())
        for unit in sorted(waiting, key=attrgetter("key")):
            self._tracker.refresh(unit)

    def clear(self) -> None:
        """Forget all units."""
        self._units.clear()

    def _run(self, key: tuple[int, str]) -> Any:
        return self.take(key[1], self._units[key[1]].value, self.find(key[1]))

    def find(self, key: str) -> Any:
        """Return what a unit finds."""
        raise NotImplementedError

    def take(self, key: str, before: Any, found: Any) -> Any:
        """Take what a unit found, in the place of what it found before; return what that was, for next time.

        `found` is None where there is no such unit any more.
        """
        raise NotImplementedError


class KindStage(Stage):
    """The objects of a kind."""

    def __init__(
        self, tracker: Tracker, number: int, maker: Maker, cloud: Cloud, objects: Claims[Built]
    ) -> None:
        """Take the kind, the facts, and where objects go to."""
        self._maker, self._cloud, self._objects = maker, cloud, objects
        super().__init__(tracker, number, maker.each)

    def find(self, key: str) -> list[Built]:
        """Return the objects that a unit makes."""
        cloud, maker = self._cloud, self._maker
        found = maker.build(cloud, *cloud.subject(maker.each, key))
        return [complete(document, maker.kind, cloud.environment.name) for document in found]

    def take(self, key: str, before: tuple[str, ...] | None, found: list[Built] | None) -> tuple[str, ...]:
        """Take the objects of a unit."""
        said = ((built.document["id"], built) for built in found or ())
        return self._objects.put((self._number, key), before or (), said)


class LinkStage(Stage):
    """Links; a subclass finds them, by linking in the graph."""

    def __init__(
        self, tracker: Tracker, number: int, each: str | None, graph: Graph, links: Claims[Document]
    ) -> None:
        """Take the objects, and where links go to."""
        self._graph, self._links = graph, links
        super().__init__(tracker, number, each)

    def find(self, key: str) -> dict[str, Document]:
        """Return the links that a unit finds."""
        self._graph.links = {}
        self.link(key)
        return self._graph.links

    def link(self, key: str) -> None:
        """Find the links of a unit."""
        raise NotImplementedError

    def take(
        self, key: str, before: tuple[str, ...] | None, found: dict[str, Document] | None
    ) -> tuple[str, ...]:
        """Take the links of a unit."""
        return self._links.put((self._number, key), before or (), (found or {}).items())


class FamilyStage(LinkStage):
    """The links of a family."""

    def __init__(
        self,
        tracker: Tracker,
        number: int,
        family: Family,
        cloud: Cloud,
        graph: Graph,
        links: Claims[Document],
    ) -> None:
        """Take the family, and the facts."""
        self._family, self._cloud = family, cloud
        super().__init__(tracker, number, family.each, graph, links)

    def link(self, key: str) -> None:
        """Find the links of a unit."""
        self._family.find(self._cloud, self._graph, *self._cloud.subject(self._family.each, key))


class AttributeStage(LinkStage):
    """The links that follow from an attribute of objects of a type, which bears the ids of others."""

    def __init__(
        self,
        tracker: Tracker,
        number: int,
        bearer: str,
        link_types: Sequence[LinkType],
        graph: Graph,
        links: Claims[Document],
    ) -> None:
        """Take the type of the objects, and those of the links."""
        self._link_types = link_types
        super().__init__(tracker, number, bearer, graph, links)

    def link(self, key: str) -> None:
        """Find the links of an object."""
        document = self._graph.objects[key]
        for link_type in self._link_types:
            self._link(document, link_type)

    def _link(self, document: Document, link_type: LinkType) -> None:
        graph, bearer = self._graph, document["type"]
        ids = document.get(link_type.attribute or "")
        for far in ids if isinstance(ids, list) else [ids]:
            other = graph.objects.get(far) if far else None
            if other is None or {bearer, other["type"]} != {link_type.source, link_type.target}:
                continue
            states = [document.get("state")]
            if bearer == other["type"]:  # either end may say it
                source, target = sorted((document, other), key=itemgetter("id"))
                states.append(other.get("state"))
            else:
                source, target = (other, document) if bearer == link_type.target else (document, other)
            network = document.get("network")
            graph.link(
                source,
                target,
                state=up_down(*states),
                name=document.get("network_name"),
                attributes={"network": network} if isinstance(network, str) else None,
            )


class ImplicitStage(LinkStage):
    """The implicit links from objects of a type to those of another."""

    def __init__(
        self,
        tracker: Tracker,
        number: int,
        pair: tuple[str, str],
        adjacency: Adjacency,
        graph: Graph,
        links: Claims[Document],
    ) -> None:
        """Take the two types, and the explicit links."""
        self._far_type, self._adjacency = pair[1], adjacency
        super().__init__(tracker, number, pair[0], graph, links)

    def link(self, key: str) -> None:
        """Find the links of an object."""
        implicit_links(self._graph, self._adjacency, self._graph.objects[key], self._far_type)


class CliqueStage(Stage):
    """The cliques around the objects of a type."""

    def __init__(
        self,
        tracker: Tracker,
        number: int,
        clique_type: CliqueType,
        steps: Sequence[tuple[str, str]],
        constraints: Sequence[str],
        adjacency: Adjacency,
        graph: Graph,
        cliques: Cliques,
    ) -> None:
        """Take the clique type with its steps and constraints, and where cliques go to."""
        self._type, self._steps, self._constraints = clique_type, steps, constraints
        self._adjacency, self._graph, self._cliques = adjacency, graph, cliques
        super().__init__(tracker, number, clique_type.focal_point_type)

    def find(self, key: str) -> Document | None:
        """Return the clique around an object; None: it has no links."""
        focal = self._graph.objects[key]
        return clique_of(focal, self._type, self._steps, self._constraints, self._adjacency)

    def take(self, key: str, _before: None, found: Document | None) -> None:
        """Take the clique around an object."""
        self._cliques.put(found["id"] if found else stable_id(key, self._type.name), found)


class Cliques:
    """Cliques by id. `before`: what there was of those that were taken anew."""

    def __init__(self) -> None:
        """Begin with none."""
        self.known: dict[str, Document] = {}
        self.before: dict[str, Document | None] = {}

    def put(self, key: str, clique: Document | None) -> None:
        """Take a clique in the place of the one of the same id; None: it is gone."""
        before = self.known.get(key)
        if before == clique:
            return
        self.before.setdefault(key, before)
        if clique is None:
            del self.known[key]
        else:
            self.known[key] = clique
