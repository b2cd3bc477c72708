"""Cliques: the graph around each focal point; and the implicit links that some clique types ask for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from ..model.clique import CliqueType, values
from ..model.topology import Document, stable_id
from .graph import Graph, bearing

Pair = Callable[[str], tuple[str, str]]
Wanted = Mapping[str, frozenset[Any]]
Borne = Mapping[str, Mapping[str, frozenset[Any]]]


class Neighbours(Protocol):
    """Where a walk finds its way."""

    def neighbours(self, key: str, kind: str) -> Sequence[tuple[str, str]]:
        """Return the ids of an object's links to objects of type `kind`, with the far end's id."""


CONSTRAINT = "network"
"""The attribute in which the hops of an implicit link must agree."""


def bearings(graph: Graph, attributes: Iterable[str]) -> Borne:
    """Return what each link bears of each of these attributes, where it says so."""
    return {
        attribute: {
            link["id"]: found
            for link in graph.links.values()
            if (found := values(link["attributes"], attribute)) is not None
        }
        for attribute in attributes
    }


def cliques(
    graph: Graph, types: Mapping[str, CliqueType], constraints: Mapping[str, tuple[str, ...]], pair: Pair
) -> Iterator[Document]:
    """Yield the clique of every object whose type is a focal point; one without links has none.

    Those of types that are on demand are not made here.
    """
    borne = bearings(graph, {name for names in constraints.values() for name in names})
    for focal_type, clique_type in types.items():
        if clique_type.on_demand:
            continue
        steps = [pair(name) for name in clique_type.link_types]
        for focal in graph.by_type[focal_type]:
            wanted = {
                attribute: found
                for attribute in constraints.get(focal_type, ())
                if (found := values(focal, attribute)) is not None
            }
            if links := clique_links(graph, focal, steps, wanted, borne):
                yield {
                    "environment": graph.environment.name,
                    "id": stable_id(focal["id"], clique_type.name),
                    "focal_point": focal["id"],
                    "focal_point_type": focal_type,
                    "clique_type": clique_type.name,
                    "constraints": {attribute: sorted(found) for attribute, found in wanted.items()},
                    "links": links,
                }


def clique_links(
    graph: Neighbours, focal: Document, steps: list[tuple[str, str]], wanted: Wanted, borne: Borne
) -> list[str]:
    """Return the ids of the links of the clique around `focal`, in the order in which they are reached.

    Each step follows, from every object of its first type that is in the clique by then, the links to
    objects of its second type that pass the constraints: what a link bears of a constrained attribute must
    be among what is wanted; a link that says nothing of it is free to pass.
    """
    members: dict[str, dict[str, None]] = defaultdict(dict)
    members[focal["type"]][focal["id"]] = None
    links: dict[str, None] = {}
    limits = [(allowed, borne[attribute]) for attribute, allowed in wanted.items()]
    for near_type, far_type in steps:
        far_members = members[far_type]
        for near in list(members[near_type]):
            for link, far in graph.neighbours(near, far_type):
                for allowed, said in limits:
                    if link in said and allowed.isdisjoint(said[link]):
                        break
                else:
                    links[link] = None
                    far_members[far] = None
    return list(links)


def implicit_links(graph: Graph, types: Mapping[str, CliqueType], pair: Pair) -> None:
    """Add the links that clique types with `use_implicit_links` name and that no hop makes by itself."""
    asked = {
        pair(name)
        for clique_type in types.values()
        if clique_type.use_implicit_links
        for name in clique_type.link_types
    }
    joined = {(link["source_type"], link["target_type"]) for link in graph.links.values()}
    for near_type, far_type in sorted(asked):
        if (near_type, far_type) in joined or (far_type, near_type) in joined:
            continue
        for near in graph.by_type[near_type]:
            for far, networks in reachable(graph, near["id"], far_type).items():
                attributes = bearing(networks) if networks is not None else None
                graph.link(near, graph.objects[far], state="unknown", attributes=attributes, implicit=True)


def reachable(graph: Graph, start: str, far_type: str) -> dict[str, frozenset[Any] | None]:
    """Return the objects of a type that explicit links lead to from `start`, all agreeing on the network.

    With each comes what its path bears; None where no hop of it bears a network. Paths end at an object
    of the type asked for, and never come back to where they have been with the same networks.
    """
    found: dict[str, frozenset[Any] | None] = {}
    seen: set[tuple[str, frozenset[Any] | None]] = {(start, None)}
    todo: list[tuple[str, frozenset[Any] | None]] = [(start, None)]
    while todo:
        near, agreed = todo.pop()
        for link, far in graph.hops(near):
            borne = values(link["attributes"], CONSTRAINT)
            both = agreed if borne is None else borne if agreed is None else agreed & borne
            if link["implicit"] or (both is not None and not both) or (far, both) in seen:
                continue
            seen.add((far, both))
            if graph.objects[far]["type"] == far_type:
                known = found.get(far, frozenset())
                found[far] = None if both is None or known is None else known | both
            else:
                todo.append((far, both))
    return found
