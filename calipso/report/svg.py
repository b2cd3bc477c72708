"""A layered graph as a picture: one SVG document that people and screen readers can read."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ..analyze.health import FAULTS, Fault
from ..model.topology import stable_id
from .graph import STATES, Edge, Graph, Node
from .placement import Lane, placed
from .style import Styles
from .summary import edge_label, edge_text, node_name, node_text, summary, title
from .svg_style import CORNERS, STYLE, advance, fitted
from .text import visible

MARGIN = 20.0
HEAD = 62.0
BOX = 40.0
PADDING = 12.0
BADGE = 20.0
STACK = 4.0
LANE_SIDE = 12.0
WIDEST_NAME = 170.0
WIDEST_LABEL = 110.0
LABEL_ROOM = 1.5
ASIDE = 0.16
NARROWEST_GAP = 60.0
NARROWEST = 480.0
LEGEND_ROW = 26.0
SWATCH = 22.0

NAME, KIND, LABEL, CAPTION, TITLE = 13.0, 10.5, 10.5, 11.5, 17.0
"""Sizes of letters, in pixels; the style sheet has the same."""


@dataclass(frozen=True, slots=True)
class _Column:
    left: float
    width: float

    @property
    def right(self) -> float:
        return self.left + self.width


def svg(graph: Graph, styles: Styles, caption: str) -> str:
    """Return the picture of a graph as an SVG document; `caption` says where it comes from.

    It stands on a panel of its own, so a white and a dark page do for it. Names that are too long for
    their box are cut; a tooltip on each box and line has them whole.
    """
    return _Picture(graph, styles).document(caption)


class _Picture:
    """One picture in the making: where its nodes stand, and what is drawn of them."""

    def __init__(self, graph: Graph, styles: Styles) -> None:
        self.graph, self.styles, self.nodes = graph, styles, graph.nodes
        self.placement = placed(graph)
        self.place = {
            node.id: (column, row)
            for column, layer in enumerate(graph.layers)
            for row, node in enumerate(layer)
        }
        self.columns = self._columns()
        self.width = max(NARROWEST, self.columns[-1].right + LANE_SIDE + MARGIN)

    def document(self, caption: str) -> str:
        """Draw everything; return the SVG."""
        legend_top = HEAD + self.placement.height + LEGEND_ROW
        legend = Element("g")
        height = self._draw_legend(legend, legend_top) + MARGIN
        key = stable_id(self.graph.focal_point.id, caption)
        root = Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "viewBox": f"0 0 {_px(self.width)} {_px(height)}",
                "width": _px(self.width),
                "height": _px(height),
                "class": "calipso-graph",
                "role": "img",
                "aria-labelledby": f"title-{key} desc-{key}",
            },
        )
        name = title(self.graph, self.styles)
        SubElement(root, "title", {"id": f"title-{key}"}).text = name
        SubElement(root, "desc", {"id": f"desc-{key}"}).text = self._description()
        SubElement(root, "style").text = STYLE
        _rectangle(root, "panel", 0.5, 0.5, self.width - 1, height - 1, 10)
        room = self.width - 2 * MARGIN
        _text(root, "title", MARGIN, 32, fitted(name, room, TITLE))
        _text(root, "muted", MARGIN, 50, fitted(f"{visible(caption)}: {summary(self.graph)}", room, CAPTION))
        for lane in self.placement.lanes:
            self._draw_lane(root, lane)
        for edge in self.graph.edges:
            self._draw_edge(root, edge)
        self._draw_labels(root)
        for node in self.nodes.values():
            self._draw_node(root, node)
        root.append(legend)
        indent(root)
        return tostring(root, encoding="unicode") + "\n"

    def _description(self) -> str:
        layers = "; ".join(
            f"layer {number}: {', '.join(node_name(node, self.styles) for node in layer)}"
            for number, layer in enumerate(self.graph.layers)
        )
        return f"{summary(self.graph)}. From the focal point outwards: {layers}."

    def _columns(self) -> list[_Column]:
        gaps = [NARROWEST_GAP] * len(self.graph.layers)
        for edge in self.graph.edges:
            near, far = sorted((self.place[edge.source][0], self.place[edge.target][0]))
            if near != far:
                label = min(advance(edge_label(edge), LABEL), WIDEST_LABEL)
                gaps[near] = max(gaps[near], label * LABEL_ROOM + NARROWEST_GAP / 4)
        columns: list[_Column] = []
        left = MARGIN + LANE_SIDE
        for layer, gap in zip(self.graph.layers, gaps, strict=True):
            columns.append(_Column(left, max(map(self._box_width, layer))))
            left = columns[-1].right + gap
        return columns

    def _box_width(self, node: Node) -> float:
        words = max(advance(node_name(node, self.styles), NAME), advance(self._kind(node), KIND))
        return ceil(min(words, WIDEST_NAME)) + 2 * PADDING + (BADGE if node.fault else 0.0)

    def _kind(self, node: Node) -> str:
        label = self.styles[node.type].label
        if node.owner:
            label += f" of {visible(node.owner)}"
        return f"{label}, stale" if node.stale else label

    def _middle(self, node: str) -> float:
        return HEAD + self.placement.middles[node]

    def _draw_lane(self, root: Element, lane: Lane) -> None:
        left = self.columns[lane.first].left - LANE_SIDE
        right = self.columns[lane.last].right + LANE_SIDE
        group = SubElement(root, "g")
        SubElement(group, "title").text = f"Host {visible(lane.host)}"
        _rectangle(group, "lane", left, HEAD + lane.top, right - left, lane.bottom - lane.top, 8)
        name, room = visible(lane.host), right - left - 2 * PADDING
        words = f"Host {name}" if advance(f"Host {name}", CAPTION) <= room else fitted(name, room, CAPTION)
        _text(group, "muted", left + PADDING, HEAD + lane.top + 15, words)

    def _draw_edge(self, root: Element, edge: Edge) -> None:
        group = SubElement(root, "g")
        SubElement(group, "title").text = edge_text(edge, self.nodes, self.styles)
        SubElement(group, "path", {"class": f"edge {edge.state}", "d": self._path(edge)})

    def _path(self, edge: Edge) -> str:
        source, target = sorted((edge.source, edge.target), key=self.place.__getitem__)
        (near, above), (far, below) = self.place[source], self.place[target]
        start, end = self._middle(source), self._middle(target)
        if near != far:
            left, right = self.columns[near].right, self.columns[far].left
            bend = (left + right) / 2
            return (
                f"M{_px(left)} {_px(start)}"
                f"C{_px(bend)} {_px(start)} {_px(bend)} {_px(end)} {_px(right)} {_px(end)}"
            )
        column = self.columns[near]
        if below == above + 1:
            middle = column.left + column.width / 2
            return f"M{_px(middle)} {_px(start + BOX / 2)}V{_px(end - BOX / 2)}"
        bow = column.right + min(NARROWEST_GAP * 0.9, 12.0 + 8.0 * (below - above))
        return (
            f"M{_px(column.right)} {_px(start)}"
            f"C{_px(bow)} {_px(start)} {_px(bow)} {_px(end)} {_px(column.right)} {_px(end)}"
        )

    def _draw_labels(self, root: Element) -> None:
        """Label the links between columns, where there is room; the tooltips name all.

        A label stands where its link is apart from others: towards the end that has fewer links.
        """
        ends = Counter(end for edge in self._between() for end in self._ends(edge))
        taken: dict[int, list[float]] = defaultdict(list)
        for edge in self._between():
            label = edge_label(edge)
            near, far = self._ends(edge)
            along = 0.5 + ASIDE * ((ends[near] > ends[far]) - (ends[near] < ends[far]))
            start, end = self._middle(near[0]), self._middle(far[0])
            middle = start + (end - start) * along * along * (3 - 2 * along)
            if not label or any(abs(middle - other) < LABEL * 1.2 for other in taken[near[1]]):
                continue
            taken[near[1]].append(middle)
            left, right = self.columns[near[1]].right, self.columns[far[1] + 1].left
            across = left + (right - left) * along * (1.5 - 1.5 * along + along * along)
            text = _text(root, "label", across, middle + LABEL / 3, fitted(label, WIDEST_LABEL, LABEL))
            text.set("text-anchor", "middle")

    def _between(self) -> list[Edge]:
        """Return the links from one column to the next."""
        return [edge for edge in self.graph.edges if self._column(edge.source) != self._column(edge.target)]

    def _ends(self, edge: Edge) -> tuple[tuple[str, int], tuple[str, int]]:
        """Return a link's ends, the left one first, each with the number of the gap that it crosses."""
        near, far = sorted((edge.source, edge.target), key=self._column)
        return (near, self._column(near)), (far, self._column(near))

    def _column(self, node: str) -> int:
        return self.place[node][0]

    def _draw_node(self, root: Element, node: Node) -> None:
        style, column = self.styles[node.type], self.columns[self.place[node.id][0]]
        top = self._middle(node.id) - BOX / 2
        names = ["node"]
        names += ["focal"] if node.id == self.graph.focal_point.id else []
        names += ["stale"] if node.stale else []
        group = SubElement(root, "g", {"class": " ".join(names)})
        SubElement(group, "title").text = node_text(node, self.styles)
        for offset in (STACK, 0.0) if node.members else (0.0,):
            box = _rectangle(
                group, None, column.left + offset, top - offset, column.width, BOX, CORNERS[style.shape]
            )
            box.set("fill", style.fill)
            box.set("stroke", style.border)
        room = column.width - 2 * PADDING - (BADGE if node.fault else 0.0)
        _text(group, None, column.left + PADDING, top + 17, fitted(node_name(node, self.styles), room, NAME))
        _text(group, "kind", column.left + PADDING, top + 32, fitted(self._kind(node), room, KIND))
        if node.fault:
            _badge(group, node.fault, column.right - PADDING - BADGE / 4, top + BOX / 2)

    def _draw_legend(self, root: Element, top: float) -> float:
        """Draw what the colours, lines and badges of this picture mean; return where it ends."""
        left, middle = MARGIN, top
        for sample, label in self._legend():
            wide = SWATCH + 8 + advance(label, CAPTION) + 20
            if left > MARGIN and left + wide > self.width - MARGIN:
                left, middle = MARGIN, middle + LEGEND_ROW
            sample.set("transform", f"translate({_px(left)} {_px(middle)})")
            root.append(sample)
            _text(root, "muted", left + SWATCH + 8, middle + 4, label)
            left += wide
        return middle + LEGEND_ROW / 2

    def _legend(self) -> Iterator[tuple[Element, str]]:
        """Yield a sample, drawn about the point (0, 0), and what it means."""
        for kind in dict.fromkeys(node.type for node in self.nodes.values()):
            style, sample = self.styles[kind], Element("g", {"class": "node"})
            corner = CORNERS[style.shape] * 14 / BOX
            box = _rectangle(sample, None, 0, -7, SWATCH, 14, corner)
            box.set("fill", style.fill)
            box.set("stroke", style.border)
            yield sample, style.label
        drawn = {edge.state for edge in self.graph.edges}
        for state in STATES:
            if state in drawn:
                sample = Element("g")
                SubElement(sample, "path", {"class": f"edge {state}", "d": f"M0 0H{_px(SWATCH)}"})
                yield sample, f"link {state}"
        faults = {node.fault for node in self.nodes.values()}
        for fault in reversed(FAULTS):
            if fault in faults:
                sample = Element("g")
                _badge(sample, fault, SWATCH / 2, 0)
                yield sample, fault


def _badge(parent: Element, fault: Fault, across: float, down: float) -> None:
    group = SubElement(parent, "g", {"transform": f"translate({_px(across)} {_px(down)})"})
    if fault == "error":
        SubElement(group, "circle", {"class": "error", "r": "8"})
        SubElement(group, "path", {"class": "mark", "d": "M-3 -3L3 3M3 -3L-3 3"})
    elif fault == "unknown":
        SubElement(group, "circle", {"class": "unheard", "r": "8"})
        SubElement(group, "path", {"class": "mark", "d": "M-2.6 -2.6A2.6 2.6 0 1 1 0 0.4V1.6M0 4.4V4.5"})
    else:
        SubElement(group, "path", {"class": "warning", "d": "M0 -8L9 7H-9Z"})
        SubElement(group, "path", {"class": "warning-mark", "d": "M0 -3V2M0 4.6V4.7"})


def _rectangle(
    parent: Element, name: str | None, left: float, top: float, width: float, height: float, corner: float
) -> Element:
    box = SubElement(parent, "rect", {"class": name} if name else {})
    measures = {"x": left, "y": top, "width": width, "height": height, "rx": corner}
    for measure, value in measures.items():
        box.set(measure, _px(value))
    return box


def _text(parent: Element, name: str | None, left: float, base: float, words: str) -> Element:
    text = SubElement(parent, "text", {"class": name} if name else {})
    text.set("x", _px(left))
    text.set("y", _px(base))
    text.text = words
    return text


def _px(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
