"""Cliques: the graph around each focal point; and the implicit links that some clique types ask for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from ..model.clique import CliqueType, values
from ..model.topology import Document, stable_id
from .adjacency import Adjacency
from .graph import Graph, bearing

Wanted = Mapping[str, frozenset[Any]]
Borne = Mapping[str, Mapping[str, frozenset[Any]]]
Steps = Sequence[tuple[str, str]]
Pairs = Mapping[str, tuple[str, str]]


class Neighbours(Protocol):
    """Where a walk finds its way."""

    def neighbours(self, key: str, kind: str) -> Sequence[tuple[str, str]]:
        """Return the ids of an object's links to objects of type `kind`, with the far end's id."""


CONSTRAINT = "network"
"""The attribute in which the hops of an implicit link must agree."""


def clique_of(
    focal: Document, clique_type: CliqueType, steps: Steps, constraints: Iterable[str], adjacency: Adjacency
) -> Document | None:
    """Return the clique around an object; None where it has no links."""
    wanted = {
        attribute: found for attribute in constraints if (found := values(focal, attribute)) is not None
    }
    members, links = _walk(adjacency, focal, steps, wanted, adjacency.borne)
    adjacency.note(members[kind] for kind in dict(steps))
    if not links:
        return None
    return {
        "environment": focal["environment"],
        "id": stable_id(focal["id"], clique_type.name),
        "focal_point": focal["id"],
        "focal_point_type": focal["type"],
        "clique_type": clique_type.name,
        "constraints": {attribute: sorted(found) for attribute, found in wanted.items()},
        "links": list(links),
    }


def clique_links(graph: Neighbours, focal: Document, steps: Steps, wanted: Wanted, borne: Borne) -> list[str]:
    """Return the ids of the links of the clique around `focal`, in the order in which they are reached.

    Each step follows, from every object of its first type that is in the clique by then, the links to
    objects of its second type that pass the constraints: what a link bears of a constrained attribute must
    be among what is wanted; a link that says nothing of it is free to pass.
    """
    _members, links = _walk(graph, focal, steps, wanted, borne)
    return list(links)


def _walk(
    graph: Neighbours, focal: Document, steps: Steps, wanted: Wanted, borne: Borne
) -> tuple[dict[str, dict[str, None]], dict[str, None]]:
    """Return the objects of a clique by type, and its links."""
    members: dict[str, dict[str, None]] = defaultdict(dict)
    members[focal["type"]][focal["id"]] = None
    links: dict[str, None] = {}
    neighbours = graph.neighbours
    limits = [(allowed, borne[attribute]) for attribute, allowed in wanted.items()]
    for near_type, far_type in steps:
        far_members = members[far_type]
        for near in list(members[near_type]):
            for link, far in neighbours(near, far_type):
                for allowed, said in limits:
                    if link in said and allowed.isdisjoint(said[link]):
                        break
                else:
                    links[link] = None
                    far_members[far] = None
    return members, links


def implicit_pairs(types: Iterable[CliqueType], pairs: Pairs) -> list[tuple[str, str]]:
    """Return the pairs of types that clique types with `use_implicit_links` name; `pairs`: all, by name."""
    return sorted({pairs[name] for each in types if each.use_implicit_links for name in each.link_types})


def implicit_links(graph: Graph, adjacency: Adjacency, near: Document, far_type: str) -> None:
    """Link an object with those of a type that no hop leads to by itself, by way of others."""
    if adjacency.is_joined(near["type"], far_type) or adjacency.is_joined(far_type, near["type"]):
        return
    for far, networks in reachable(graph, adjacency, near["id"], far_type).items():
        attributes = bearing(networks) if networks is not None else None
        graph.link(near, graph.objects[far], state="unknown", attributes=attributes, implicit=True)


def reachable(
    graph: Graph, adjacency: Adjacency, start: str, far_type: str
) -> dict[str, frozenset[Any] | None]:
    """Return the objects of a type that explicit links lead to from `start`, all agreeing on the network.

    With each comes what its path bears; None where no hop of it bears a network. Paths end at an object
    of the type asked for, and never come back to where they have been with the same networks.
    """
    found: dict[str, frozenset[Any] | None] = {}
    seen: set[tuple[str, frozenset[Any] | None]] = {(start, None)}
    todo: list[tuple[str, frozenset[Any] | None]] = [(start, None)]
    while todo:
        near, agreed = todo.pop()
        for link, far in adjacency.hops(near):
            borne = values(link["attributes"], CONSTRAINT)
            both = agreed if borne is None else borne if agreed is None else agreed & borne
            if (both is not None and not both) or (far, both) in seen:
                continue
            seen.add((far, both))
            if graph.objects[far]["type"] == far_type:
                known = found.get(far, frozenset())
                found[far] = None if both is None or known is None else known | both
            else:
                todo.append((far, both))
    return found
