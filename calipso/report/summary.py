"""A graph in words: what its nodes and links are called, and what it holds in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from .graph import STATES, Edge, Graph, Node, State
from .style import Styles
from .text import visible


def title(graph: Graph, styles: Styles) -> str:
    """Return what the graph is called."""
    focal = graph.focal_point
    where = f" on host {visible(focal.host)}" if focal.host not in (None, focal.id) else ""
    return f"Clique of {styles[focal.type].label} {visible(focal.name)}{where}"


def node_name(node: Node, styles: Styles) -> str:
    """Return a node's name on one line, or how many it stands for."""
    if node.members:
        return f"{len(node.members)} more {styles[node.type].plural}"
    return visible(node.name)


def node_text(node: Node, styles: Styles) -> str:
    """Return all that the graph says of a node."""
    parts = [node_name(node, styles) if node.members else f"{styles[node.type].label} {visible(node.name)}"]
    if node.host and node.type != "host":
        parts.append(f"on {visible(node.host)}")
    if node.owner:
        parts.append(f"of {visible(node.owner)}")
    if not node.members and node.id != node.name:
        parts.append(f"id {visible(node.id)}")
    parts.append(f"{'worst health' if node.members else 'health'} {node.health}")
    if node.stale:
        parts.append("stale")
    return ", ".join(parts)


def edge_label(edge: Edge) -> str:
    """Return what a link is labelled with: its name, how many it is, and its state where that is bad."""
    parts = [visible(edge.name)] if edge.name else []
    if edge.count > 1:
        parts.append(f"x{edge.count}")
    if down := edge.states.get("down"):
        parts.append(f"({down} down)" if edge.count > 1 else "(down)")
    return " ".join(parts)


def edge_text(edge: Edge, nodes: dict[str, Node], styles: Styles) -> str:
    """Return all that the graph says of a link."""
    ends = " - ".join(node_name(nodes[end], styles) for end in (edge.source, edge.target))
    parts = [ends, visible(edge.name)] if edge.name else [ends]
    parts.append(_states(edge.states) if edge.count > 1 else edge.state)
    if edge.implicit:
        parts.append("implicit")
    return ", ".join(parts)


def summary(graph: Graph) -> str:
    """Return how much the graph holds, and how many of its links are not up."""
    objects = sum(len(node.members) or 1 for node in graph.nodes.values())
    links = Counter[State]()
    for edge in graph.edges:
        links.update(edge.states)
    text = f"{_count(objects, 'object')}, {_count(links.total(), 'link')}"
    return f"{text} ({_states(links)})" if links else text


def _states(counts: Mapping[State, int]) -> str:
    return ", ".join(f"{counts[state]} {state}" for state in STATES if counts.get(state))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
