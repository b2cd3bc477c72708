"""Where a layered graph's nodes stand on paper: layers as columns, hosts as lanes across them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from .graph import Graph

ROW = 52.0
"""Pixels from one node of a column to the next."""
LANE_HEAD = 20.0
LANE_FOOT = 8.0
LANE_GAP = 14.0
PASSES = 24


@dataclass(frozen=True, slots=True)
class Lane:
    """The band that holds all nodes of one host, from one column to another; heights in pixels."""

    host: str
    top: float
    bottom: float
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Placement:
    """The middle of each node (pixels from the top), by node id; the lanes; the whole height."""

    middles: Mapping[str, float]
    lanes: tuple[Lane, ...]
    height: float


@dataclass(frozen=True, slots=True)
class _Band:
    """Room for nodes: of a host, or of what belongs to none."""

    top: float
    bottom: float


def placed(graph: Graph) -> Placement:
    """Place a graph's nodes: each as near to its neighbours' middle as the order of its column allows.

    Columns between the first and the last that hold a host's nodes are divided into lanes, a host each,
    and below them a band for what is on no host; in the columns outside nodes stand freely.
    """
    shared = _shared_columns(graph)
    lanes, bands, bottom = _lanes(graph, shared)
    free = _Band(float("-inf"), float("inf"))
    columns = [
        [
            (bands[host] if index in shared else free, [node.id for node in group])
            for host, group in groupby(layer, key=lambda node: node.host)
        ]
        for index, layer in enumerate(graph.layers)
    ]
    middles = _start(columns, bottom)
    beside = _neighbours(graph)
    for number in range(PASSES):
        for column in columns if number % 2 else reversed(columns):
            for band, group in column:
                wanted = [_mean([middles[other] for other in beside[key]], middles[key]) for key in group]
                middles |= zip(group, spread(wanted, band.top + ROW / 2, band.bottom - ROW / 2), strict=True)
    shift = min(0.0, min(middles.values()) - ROW / 2)
    height = max(bottom, max(middles.values()) + ROW / 2) - shift
    return Placement(
        middles={key: middle - shift for key, middle in middles.items()},
        lanes=tuple(
            Lane(lane.host, lane.top - shift, lane.bottom - shift, lane.first, lane.last) for lane in lanes
        ),
        height=height,
    )


def spread(wanted: Sequence[float], low: float, high: float) -> list[float]:
    """Return the places nearest to `wanted` that keep its order, stay `ROW` apart and in [low, high].

    Least squares by pooling adjacent violators; the range must have room.
    """
    pools: list[tuple[float, int]] = []
    for index, place in enumerate(wanted):
        mean, count = place - index * ROW, 1
        while pools and pools[-1][0] > mean:
            other, others = pools.pop()
            mean, count = (mean * count + other * others) / (count + others), count + others
        pools.append((mean, count))
    high -= (len(wanted) - 1) * ROW
    means = [min(max(mean, low), high) for mean, count in pools for _place in range(count)]
    return [mean + index * ROW for index, mean in enumerate(means)]


def _shared_columns(graph: Graph) -> range:
    hosted = [index for index, layer in enumerate(graph.layers) if any(node.host for node in layer)]
    return range(hosted[0], hosted[-1] + 1) if hosted else range(0)


def _lanes(graph: Graph, shared: range) -> tuple[list[Lane], dict[str | None, _Band], float]:
    """Stack the lanes; return them, the room for nodes in each, and where they end."""
    columns: dict[str | None, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for index in shared:
        for node in graph.layers[index]:
            columns[node.host][index] += 1
    lanes, bands, top = [], {}, 0.0
    for host in (*graph.hosts, None):
        counts = columns.get(host)
        if not counts:
            continue
        head, foot = (LANE_HEAD, LANE_FOOT) if host else (0.0, 0.0)
        bands[host] = _Band(top + head, top + head + max(counts.values()) * ROW)
        bottom = bands[host].bottom + foot
        if host:
            lanes.append(Lane(host, top, bottom, min(counts), max(counts)))
        top = bottom + LANE_GAP
    return lanes, bands, max(0.0, top - LANE_GAP)


def _start(columns: list[list[tuple[_Band, list[str]]]], bottom: float) -> dict[str, float]:
    middles: dict[str, float] = {}
    for column in columns:
        for band, group in column:
            middle = bottom / 2 if band.bottom == float("inf") else (band.top + band.bottom) / 2
            middles |= {key: middle + (index - (len(group) - 1) / 2) * ROW for index, key in enumerate(group)}
    return middles


def _neighbours(graph: Graph) -> dict[str, list[str]]:
    """Return what each node should stand level with: its neighbours, in its own lane if there are any."""
    beside: dict[str, list[str]] = {key: [] for key in graph.nodes}
    for edge in graph.edges:
        beside[edge.source].append(edge.target)
        beside[edge.target].append(edge.source)
    hosts = {key: node.host for key, node in graph.nodes.items()}
    for key, others in beside.items():
        if hosts[key]:
            beside[key] = [other for other in others if hosts[other] == hosts[key]] or others
    return beside


def _mean(places: list[float], default: float) -> float:
    return sum(places) / len(places) if places else default
