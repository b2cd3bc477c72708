"""A layered graph as a Mermaid flowchart, which many sites draw where they show Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from .graph import Graph, Node
from .style import Shape, Styles
from .summary import edge_label, node_name
from .text import shorten, visible

_PLAIN = frozenset(" -_/:@")

_CODES = {"\\": "#92;#8203;", "$": "#36;#8203;"}
"""Mermaid makes line breaks of `\\n` and formulas of `$$`, coded or not, unless they are taken apart."""

LONGEST = 60
"""Columns of a label."""

_SHAPES: dict[Shape, tuple[str, str]] = {"round": ("(", ")"), "square": ("[", "]"), "pill": ("([", "])")}
_LINES = {"up": "---", "unknown": "-.-", "down": "==="}
_LINE_STYLES = {"unknown": "stroke:#8b949e", "down": "stroke:#d9480f,stroke-dasharray:9 5"}


def mermaid(graph: Graph, styles: Styles) -> str:
    """Return the graph in Mermaid's language; each host is a subgraph, and names are escaped."""
    return "\n".join(_lines(graph, styles)) + "\n"


def _lines(graph: Graph, styles: Styles) -> Iterator[str]:
    keys = {key: f"n{number}" for number, key in enumerate(graph.nodes)}
    used = dict.fromkeys(node.type for node in graph.nodes.values())
    types = {kind: f"k{number}" for number, kind in enumerate(used)}
    yield "flowchart LR"
    for number, host in enumerate([None, *graph.hosts]):
        nodes = [node for node in graph.nodes.values() if node.host == host]
        if host is not None:
            yield f'  subgraph h{number}["Host {_escaped(host)}"]'
        for node in nodes:
            opening, closing = _SHAPES[styles[node.type].shape]
            yield f'    {keys[node.id]}{opening}"{_label(node, styles)}"{closing}:::{types[node.type]}'
        if host is not None:
            yield "  end"
    for edge in graph.edges:
        label = f'|"{_escaped(edge_label(edge))}"|' if edge_label(edge) else ""
        yield f"  {keys[edge.source]} {_LINES[edge.state]}{label} {keys[edge.target]}"
    for number, edge in enumerate(graph.edges):
        if style := _LINE_STYLES.get(edge.state):
            yield f"  linkStyle {number} {style}"
    for kind, name in types.items():
        yield f"  classDef {name} fill:{styles[kind].fill},stroke:{styles[kind].border},color:#1f2328"
    yield f"  style {keys[graph.focal_point.id]} stroke:#1f2328,stroke-width:4px"


def _label(node: Node, styles: Styles) -> str:
    kind = f"{styles[node.type].label} of {node.owner}" if node.owner else styles[node.type].label
    parts = [_escaped(node_name(node, styles)), _escaped(kind)]
    if node.fault:
        parts[1] += f", {node.fault}"
    if node.stale:
        parts[1] += ", stale"
    return "<br/>".join(parts)


def _escaped(text: str) -> str:
    """Return `text`, cut where it is long, with all that Mermaid, Markdown or HTML could take for theirs as
    character codes.
    """
    words = shorten(visible(text), LONGEST)
    return "".join(
        char if char in _PLAIN or char.isalnum() else _CODES.get(char, f"#{ord(char)};") for char in words
    )
