"""All stages of a build, in their order: what facts concern goes through them, and comes out as changes."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain

from ..model.environment import Environment
from ..model.source import Facts
from ..model.topology import Change, Document, Message, Topology
from .adjacency import Adjacency
from .claims import Claims
from .cliques import implicit_pairs
from .cloud import Cloud
from .graph import Graph
from .registry import Registry
from .stages import AttributeStage, Cliques, CliqueStage, FamilyStage, ImplicitStage, KindStage, Stage
from .tracking import Tracker
from .tree import Built, Tree


class Work:
    """Objects from facts, links from objects, cliques from links: each unit worked out when it is due."""

    def __init__(self, cloud: Cloud, registry: Registry) -> None:
        """Lay out the stages that serve the cloud's environment."""
        environment, tracker = cloud.environment, cloud.tracker
        types = registry.clique_types_for(environment)
        limits = sorted({name for names in registry.constraints.values() for name in names})
        pairs = registry.pairs
        self.cloud = cloud
        self._graph = graph = Graph(environment, tracker)
        self._claimed: Claims[Built] = Claims()
        self._found: Claims[Document] = Claims()
        self._tree = Tree(graph, registry.kinds, self._claimed)
        self._adjacency = adjacency = Adjacency(limits, graph.objects, tracker)
        self._cliques = Cliques()
        number = iter(range(1_000_000))
        self._kinds = [
            KindStage(tracker, next(number), maker, cloud, self._claimed)
            for maker in registry.makers
            if maker.kind.when.holds(environment)
        ]
        self._attributes = [
            AttributeStage(tracker, next(number), bearer, link_types, graph, self._found)
            for bearer, link_types in registry.attribute_links.items()
        ]
        self._families = [
            FamilyStage(tracker, next(number), family, cloud, graph, self._found)
            for family in registry.link_families
        ]
        self._implicit = [
            ImplicitStage(tracker, next(number), pair, adjacency, graph, self._found)
            for pair in implicit_pairs(types.values(), pairs)
        ]
        self._around = [
            CliqueStage(
                tracker,
                next(number),
                clique_type,
                [pairs[name] for name in clique_type.link_types],
                registry.constraints.get(focal_type, ()),
                adjacency,
                graph,
                self._cliques,
            )
            for focal_type, clique_type in types.items()
            if not clique_type.on_demand
        ]

        self._of_facts = [*self._kinds, *self._families]
        self._of_objects = [*self._attributes, *self._implicit, *self._around]

    @property
    def topology(self) -> Topology:
        """The topology that the work amounts to by now."""
        return Topology(
            inventory=list(self.objects.values()),
            links=list(self.links.values()),
            cliques=list(self.cliques.values()),
            messages=self.messages,
            drivers=self.cloud.drivers,
        )

    @property
    def objects(self) -> Mapping[str, Document]:
        """The objects by id."""
        return self._graph.objects.known

    @property
    def links(self) -> Mapping[str, Document]:
        """The links by id."""
        return self._adjacency.links

    @property
    def cliques(self) -> Mapping[str, Document]:
        """The cliques by id."""
        return self._cliques.known

    @property
    def messages(self) -> list[Message]:
        """All that is to be said of the facts and of what is built of them."""
        return [*self.cloud.messages, *self._tree.messages()]

    def do(self, concerned: Mapping[str, set[str]]) -> Iterator[Change]:
        """Work out what is due, after changes of facts; yield what changed, for who wants to know.

        `concerned`: keys of rows that came, went or changed, by kind; of `HOST` the names of hosts.
        """
        for stage in self._of_facts:
            keys = concerned.get(stage.each or "", ())
            stage.enrol({key: self.cloud.has(str(stage.each), key) for key in keys})
        _work(self._kinds)
        objects = self._tree.grow()
        self._enrol_objects(objects)
        _work([*self._attributes, *self._families])
        links = self._join()
        _work(self._implicit)
        links = self._join() | links
        _work(self._around)
        cliques, self._cliques.before = self._cliques.before, {}
        self.cloud.tracker.sweep()
        return chain(
            _changes("inventory", objects, self.objects),
            _changes("links", links, self.links),
            _changes("cliques", cliques, self.cliques),
        )

    def difference(self, other: Work) -> Iterator[Change]:
        """Yield what is different in other work."""
        pairs = {
            "inventory": (self.objects, other.objects),
            "links": (self.links, other.links),
            "cliques": (self.cliques, other.cliques),
        }
        for name, (old, new) in pairs.items():
            yield from _changes(name, {key: old.get(key) for key in (*old, *new)}, new)

    def clear(self) -> None:
        """Forget how everything was worked out: no more can be done."""
        for stage in (*self._of_facts, *self._of_objects):
            stage.clear()
        self.cloud.tracker.clear()

    def _enrol_objects(self, changed: Mapping[str, Document | None]) -> None:
        """Have units for objects that came, and none for those that are gone."""
        by_type: dict[str, dict[str, bool]] = {}
        for key, before in changed.items():
            after = self.objects.get(key)
            old, new = before and before["type"], after and after["type"]
            if old != new:
                for kind in filter(None, (old, new)):
                    by_type.setdefault(kind, {})[key] = kind == new
        for stage in self._of_objects:
            stage.enrol(by_type.get(str(stage.each), {}))

    def _join(self) -> dict[str, Document | None]:
        """Join what was linked anew; return what there was of all links that this changed, by id."""
        return self._adjacency.take(self._found.take_touched())


def begin(environment: Environment, facts: Facts, registry: Registry, tracker: Tracker) -> Work:
    """Return the work that facts need, done."""
    cloud = Cloud(environment, Facts(), tracker)
    concerned = cloud.change(facts.rows, (), facts.sources)
    work = Work(cloud, registry)
    work.do(concerned)
    return work


@contextmanager
def uncollected() -> Iterator[None]:
    """Pause the garbage collector: a build throws no cycles away, and makes much that lives on.

    What is there in the end is old at once, and not looked through as what is new would be.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            if not gc.get_freeze_count():
                gc.freeze()
                gc.unfreeze()
            gc.enable()


def _work(stages: Sequence[Stage]) -> None:
    for stage in stages:
        stage.work()


def _changes(
    collection: str, before: Mapping[str, Document | None], now: Mapping[str, Document]
) -> Iterator[Change]:
    for key, old in before.items():
        new = now.get(key)
        if old != new:
            yield Change(collection, old, new)
