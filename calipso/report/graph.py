"""A clique as a layered graph: the focal point first, then everything by its distance from it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Literal

from ..analyze.health import FAULTS, Fault, fault, health
from ..model.path import segments
from ..model.topology import Document
from .fold import representatives
from .order import ordered
from .text import natural

State = Literal["up", "down", "unknown"]
STATES: tuple[State, ...] = ("up", "unknown", "down")
"""From good to bad."""

FOLD = 12
"""Of more equal siblings than this, some are folded into one node."""

ROOT = "environment"

_HEALTHS = ("ok", "unknown", "warning", "error")


@dataclass(frozen=True, slots=True)
class Node:
    """An object of the graph, or several equal ones: then `members` holds the ids of all of them.

    `owner` is the name of what an object on no host belongs to: the switch of a port. `fault` is
    what is wrong with it, or the worst that is with one of them.
    """

    id: str
    type: str
    name: str
    host: str | None
    owner: str | None
    health: str
    fault: Fault | None
    stale: bool
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Edge:
    """A link, or several between the same two nodes; `source` is not farther from the focal point.

    `states` says how many links are in which state.
    """

    source: str
    target: str
    name: str
    states: Mapping[State, int]
    implicit: bool

    @property
    def state(self) -> State:
        """The worst state of its links."""
        return max(self.states, key=STATES.index)

    @property
    def count(self) -> int:
        """How many links it stands for."""
        return sum(self.states.values())


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes in layers, by distance from the focal point: an edge joins one layer or two adjacent ones."""

    focal_point: Node
    layers: tuple[tuple[Node, ...], ...]
    edges: tuple[Edge, ...]

    @property
    def nodes(self) -> dict[str, Node]:
        """All nodes by id, layer by layer."""
        return {node.id: node for layer in self.layers for node in layer}

    @property
    def hosts(self) -> list[str]:
        """The hosts of its nodes, in the order in which every layer has them."""
        return _hosts(self.nodes.values())


def layered(
    focal_point: str, objects: Iterable[Document], links: Sequence[Document], *, fold: int | None = FOLD
) -> Graph:
    """Return the graph of `links` around `focal_point` (an object's id).

    A link's end that is none of `objects` is shown by its id. Objects that no path joins to the focal
    point stand in a layer of their own, the last. `fold` is the most equal siblings that are all shown;
    None shows everything.
    """
    nodes = _nodes(focal_point, objects, links)
    names = {key: node.name for key, node in nodes.items()}
    neighbours = _neighbours(nodes, [(link["source_id"], link["target_id"]) for link in links])
    layers = _layers(focal_point, nodes, neighbours)
    _urgent_first(layers, nodes, neighbours, links)
    if fold is not None:
        stands = representatives(layers, {key: nodes[key].type for key in nodes}, neighbours, fold)
        nodes = _folded(nodes, stands)
        layers = [[key for key in layer if stands[key] == key] for layer in layers]
    else:
        stands = {key: key for key in nodes}
    edges = _edges(layers, links, stands, names)
    neighbours = _neighbours(nodes, [(edge.source, edge.target) for edge in edges])
    layers = ordered(layers, neighbours, _lanes(nodes))
    return Graph(
        focal_point=nodes[focal_point],
        layers=tuple(tuple(nodes[key] for key in layer) for layer in layers),
        edges=edges,
    )


def _nodes(focal_point: str, objects: Iterable[Document], links: Sequence[Document]) -> dict[str, Node]:
    nodes = {document["id"]: _node(document) for document in objects}
    for link in links:
        for end in ("source", "target"):
            key, kind = link[f"{end}_id"], link.get(f"{end}_type")
            if key not in nodes:
                nodes[key] = _node({"id": key, "type": kind or "unknown"})
    if focal_point not in nodes:
        nodes[focal_point] = _node({"id": focal_point, "type": "unknown"})
    return nodes


def _node(document: Document) -> Node:
    host = document.get("host") or None
    return Node(
        id=document["id"],
        type=document["type"],
        name=str(document.get("name") or document["id"]),
        host=host,
        owner=None if host else _owner(document),
        health=health(document) or "unknown",
        fault=fault(document),
        stale=bool(document.get("stale")),
    )


def _owner(document: Document) -> str | None:
    """Return the name of an object's parent, from the path of names, where that is no folder."""
    above = document.get("parent_type") or ROOT
    if above == ROOT or above.endswith("_folder"):
        return None
    return segments(document["name_path"])[-2]


def _neighbours(nodes: Mapping[str, Node], pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    neighbours: dict[str, set[str]] = {key: set() for key in nodes}
    for source, target in pairs:
        if source != target:
            neighbours[source].add(target)
            neighbours[target].add(source)
    return neighbours


def _layers(
    focal_point: str, nodes: Mapping[str, Node], neighbours: Mapping[str, Set[str]]
) -> list[list[str]]:
    layers, seen = [[focal_point]], {focal_point}
    while following := sorted(set().union(*(neighbours[key] for key in layers[-1])) - seen):
        layers.append(following)
        seen.update(following)
    if apart := sorted(nodes.keys() - seen):
        layers.append(apart)
    return layers


def _urgent_first(
    layers: list[list[str]],
    nodes: Mapping[str, Node],
    neighbours: Mapping[str, Set[str]],
    links: Sequence[Document],
) -> None:
    """Sort each layer: first what has a fault or leads to one, then by kind, host and name."""
    faulty = {key for key, node in nodes.items() if node.fault}
    for link in links:
        if link.get("state") == "down":
            faulty |= {link["source_id"], link["target_id"]}
    beyond: Set[str] = frozenset()
    for layer in reversed(layers):
        faulty |= {key for key in layer if neighbours[key] & beyond & faulty}
        beyond = frozenset(layer)

    def key(node_id: str) -> tuple[object, ...]:
        node = nodes[node_id]
        return node_id not in faulty, node.type, natural(node.host or ""), natural(node.name), node_id

    for layer in layers:
        layer.sort(key=key)


def _folded(nodes: Mapping[str, Node], stands: Mapping[str, str]) -> dict[str, Node]:
    members: dict[str, list[Node]] = defaultdict(list)
    for key, representative in stands.items():
        members[representative].append(nodes[key])
    return {key: _one(key, group) for key, group in members.items()}


def _one(key: str, group: list[Node]) -> Node:
    if len(group) == 1:
        return group[0]
    hosts = {node.host for node in group}
    owners = {node.owner for node in group}
    return Node(
        id=key,
        type=group[0].type,
        name=group[0].name,
        host=hosts.pop() if len(hosts) == 1 else None,
        owner=owners.pop() if len(owners) == 1 else None,
        health=max((node.health for node in group), key=_HEALTHS.index),
        fault=min((node.fault for node in group if node.fault), key=FAULTS.index, default=None),
        stale=all(node.stale for node in group),
        members=tuple(node.id for node in group),
    )


def _edges(
    layers: Sequence[Sequence[str]],
    links: Sequence[Document],
    stands: Mapping[str, str],
    names: Mapping[str, str],
) -> tuple[Edge, ...]:
    """Merge the links between each two nodes into one edge, in the order of the layers."""
    places = {key: place for place, key in enumerate(key for layer in layers for key in layer)}
    merged: dict[tuple[int, int], list[Document]] = defaultdict(list)
    for link in links:
        near, far = sorted((places[stands[link["source_id"]]], places[stands[link["target_id"]]]))
        if near != far:
            merged[near, far].append(link)
    keys = list(places)
    return tuple(_edge(keys[near], keys[far], group, names) for (near, far), group in sorted(merged.items()))


def _edge(source: str, target: str, links: list[Document], names: Mapping[str, str]) -> Edge:
    own = sorted({name for link in links if (name := _own_name(link, names))}, key=natural)
    return Edge(
        source=source,
        target=target,
        name=", ".join(own) if len(own) <= 2 else f"{own[0]}, {len(own) - 1} more",
        states=Counter(_state(link) for link in links),
        implicit=all(link.get("implicit") for link in links),
    )


def _own_name(link: Document, names: Mapping[str, str]) -> str:
    """Return a link's name, unless it says only what the link joins."""
    name = str(link.get("link_name") or "")
    return "" if name == f"{names[link['source_id']]}-{names[link['target_id']]}" else name


def _state(link: Document) -> State:
    state = link.get("state")
    return state if state in STATES else "unknown"


def _lanes(nodes: Mapping[str, Node]) -> dict[str, int]:
    """Number the hosts; what belongs to none comes after them."""
    numbers = {host: number for number, host in enumerate(_hosts(nodes.values()))}
    return {key: numbers.get(node.host or "", len(numbers)) for key, node in nodes.items()}


def _hosts(nodes: Iterable[Node]) -> list[str]:
    return sorted({node.host for node in nodes if node.host}, key=natural)
