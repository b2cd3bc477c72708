"""From facts to a whole topology, step by step."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from operator import itemgetter

from ..model.environment import Environment
from ..model.source import Facts
from ..model.topology import Topology
from .cliques import cliques, implicit_links
from .cloud import Cloud
from .graph import Graph, up_down
from .registry import Registry, default_registry
from .tree import complete, grow


def build_topology(environment: Environment, facts: Facts, registry: Registry | None = None) -> Topology:
    """Return what the facts of an environment amount to.

    Facts that contradict each other are built as they are and reported in the topology's messages.
    """
    with _uncollected():
        return _build(environment, facts, registry or default_registry())


@contextmanager
def _uncollected() -> Iterator[None]:
    """Pause the garbage collector: a build makes no cycles, and much that lives on."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _build(environment: Environment, facts: Facts, registry: Registry) -> Topology:
    cloud = Cloud(environment, facts)
    graph = Graph(cloud.environment)
    for kind, build in registry.builders:
        if kind.when.holds(cloud.environment):
            for document in build(cloud):
                graph.add(complete(document, kind, environment.name))
    grow(graph, registry.kinds)
    _link_by_attribute(graph, registry)
    for find in registry.link_families:
        find(cloud, graph)
    types = registry.clique_types_for(cloud.environment)
    implicit_links(graph, types, registry.pair)
    return Topology(
        inventory=list(graph.objects.values()),
        links=list(graph.links.values()),
        cliques=list(cliques(graph, types, registry.constraints, registry.pair)),
        messages=[*cloud.messages, *graph.messages],
        drivers=cloud.drivers,
    )


def _link_by_attribute(graph: Graph, registry: Registry) -> None:
    for bearer, link_type in registry.attribute_links:
        for document in graph.by_type[bearer]:
            ids = document.get(link_type.attribute or "")
            for key in ids if isinstance(ids, list) else [ids]:
                other = graph.objects.get(key) if key else None
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
