"""A layered graph in a terminal: a block of lines for each layer, the focal point's first."""

from __future__ import annotations

from collections import defaultdict

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ..analyze.health import Fault
from .graph import Edge, Graph, Node, State
from .style import Style, Styles
from .summary import edge_label, node_name, summary, title
from .text import visible

STATE_STYLES: dict[str, str] = {"up": "green", "unknown": "dim", "down": "red"}

_LINES: dict[State, str] = {"up": "──", "unknown": "┄┄", "down": "✗✗"}
_PLAIN_LINES: dict[State, str] = {"up": "--", "unknown": "..", "down": "xx"}
HEALTH_STYLES: dict[str, str] = {
    "ok": "green",
    "warning": "yellow",
    "error": "bold red",
    "unknown": "magenta",
}


def layers(graph: Graph, styles: Styles, caption: str, *, unicode: bool = True) -> RenderableType:
    """Return the graph as text: each object in the layer of its distance, with its links inwards."""
    several = len(graph.hosts) > 1 or any(node.owner for node in graph.nodes.values())
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", style="dim")
    table.add_column(no_wrap=True)
    for _end in range(3 if several else 2):
        table.add_column(overflow="fold")
    inwards = _inwards(graph)
    nodes = graph.nodes
    for number, layer in enumerate(graph.layers):
        kind = None
        for node in layer:
            cells: list[Text] = [
                Text("" if kind else str(number)),
                Text() if node.type == kind else chip(styles[node.type]),
                _name(node, styles),
            ]
            if several:
                cells.append(Text(visible(node.host or node.owner or ""), style="dim"))
            links = [_link(edge, node, nodes, styles, unicode=unicode) for edge in inwards[node.id]]
            table.add_row(*cells, Text("\n").join(links))
            kind = node.type
        table.add_row()
    heading = Text(title(graph, styles), style="bold")
    return Group(heading, Text(f"{visible(caption)}: {summary(graph)}"), Text(), table)


def chip(style: Style) -> Text:
    """Return a kind's label in its colour."""
    return Text(visible(style.label), style=f"#1f2328 on {style.fill}")


def health_mark(fault: Fault | None, *, stale: bool) -> Text:
    """Return what is to say of an object's health: nothing where nothing is wrong."""
    mark = Text()
    if fault:
        mark.append(f" {fault}", style=HEALTH_STYLES[fault])
    if stale:
        mark.append(" stale", style="yellow")
    return mark


def _name(node: Node, styles: Styles) -> Text:
    name = Text(node_name(node, styles), style="italic" if node.members else "")
    return name.append_text(health_mark(node.fault, stale=node.stale))


def _inwards(graph: Graph) -> dict[str, list[Edge]]:
    """Return each node's links to nodes that stand before it."""
    places = {key: place for place, key in enumerate(graph.nodes)}
    inwards: dict[str, list[Edge]] = defaultdict(list)
    for edge in graph.edges:
        inwards[max(edge.source, edge.target, key=places.__getitem__)].append(edge)
    return inwards


def _link(edge: Edge, node: Node, nodes: dict[str, Node], styles: Styles, *, unicode: bool) -> Text:
    far = nodes[edge.target if edge.source == node.id else edge.source]
    line, style = (_LINES if unicode else _PLAIN_LINES)[edge.state], STATE_STYLES[edge.state]
    text = Text(line, style=style)
    if label := edge_label(edge):
        text.append(f" {label} ", style="cyan").append(line, style=style)
    text.append(f" {node_name(far, styles)}", style="default")
    if (place := far.host or far.owner) and place != (node.host or node.owner):
        text.append(f" ({visible(place)})", style="dim")
    if edge.state == "unknown":
        text.append(" unknown", style="dim")
    return text
