"""The order within the layers of a graph: few crossings, and each lane's nodes together."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence, Set
from itertools import pairwise

SWEEPS = 12


def ordered(
    layers: Sequence[Sequence[str]], neighbours: Mapping[str, Set[str]], lanes: Mapping[str, int]
) -> list[list[str]]:
    """Return the layers, each sorted by lane and, within a lane, so that few links cross.

    A barycenter sweep, forth and back: each node moves to the mean place of its neighbours in the layer
    before. In the best order met, nodes of one layer that are linked are then drawn together. Equal input
    gives equal output.
    """
    current = [sorted(layer, key=lanes.__getitem__) for layer in layers]
    best, fewest = current, crossings(current, neighbours)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        current = _swept(current, neighbours, lanes, backwards=bool(sweep % 2))
        count = crossings(current, neighbours)
        if count < fewest:
            best, fewest = current, count
    for before, layer, after in zip([[], *best], best, [*best[1:], []], strict=False):
        _draw_together(before, layer, after, neighbours, lanes)
    return best


def _swept(
    layers: list[list[str]], neighbours: Mapping[str, Set[str]], lanes: Mapping[str, int], *, backwards: bool
) -> list[list[str]]:
    swept: list[list[str]] = []
    fixed: dict[str, float] = {}
    for layer in reversed(layers) if backwards else layers:
        keys = {}
        for index, node in enumerate(layer):
            beside = [fixed[other] for other in neighbours[node] if other in fixed]
            keys[node] = lanes[node], sum(beside) / len(beside) if beside else (index + 0.5) / len(layer)
        moved = sorted(layer, key=keys.__getitem__)
        fixed = {node: (index + 0.5) / len(moved) for index, node in enumerate(moved)}
        swept.append(moved)
    return swept[::-1] if backwards else swept


def crossings(layers: Sequence[Sequence[str]], neighbours: Mapping[str, Set[str]]) -> int:
    """Return how many pairs of links between adjacent layers cross."""
    total = 0
    for left, right in pairwise(layers):
        places = {node: index for index, node in enumerate(right)}
        ends: list[int] = []
        for node in left:
            own = sorted(places[other] for other in neighbours[node] if other in places)
            total += sum(len(ends) - bisect_right(ends, end) for end in own)
            for end in own:
                insort(ends, end)
    return total


def _draw_together(
    before: list[str],
    layer: list[str],
    after: list[str],
    neighbours: Mapping[str, Set[str]],
    lanes: Mapping[str, int],
) -> None:
    """Swap adjacent nodes of a lane where that shortens links within the layer by more than others cross."""
    inner = {node: neighbours[node] & set(layer) for node in layer}
    if not any(inner.values()):
        return
    places = {node: index for index, node in enumerate(layer)}
    sides = [{node: index for index, node in enumerate(side)} for side in (before, after)]

    def length(*nodes: str) -> int:
        return sum(abs(places[node] - places[other]) for node in nodes for other in inner[node])

    def crossed(first: str, second: str) -> int:
        return sum(
            side[one] > side[other]
            for side in sides
            for one in neighbours[first] & side.keys()
            for other in neighbours[second] & side.keys()
        )

    for _sweep in range(SWEEPS):
        swapped = False
        for index in range(len(layer) - 1):
            upper, lower = layer[index : index + 2]
            if lanes[upper] != lanes[lower]:
                continue
            cost = length(upper, lower) + crossed(upper, lower)
            places[upper], places[lower] = index + 1, index
            if length(upper, lower) + crossed(lower, upper) < cost:
                layer[index : index + 2] = lower, upper
                swapped = True
            else:
                places[upper], places[lower] = index, index + 1
        if not swapped:
            return
