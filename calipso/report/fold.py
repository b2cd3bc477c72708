"""Folding: of many equal siblings in a layered graph a few are shown, and one stands for the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set


def representatives(
    layers: Sequence[Sequence[str]],
    types: Mapping[str, str],
    neighbours: Mapping[str, Set[str]],
    most: int,
) -> dict[str, str]:
    """Say for every node which node stands for it: itself, or the first of those it is folded with.

    Siblings are the nodes of one type in one layer that hang on the same nodes of the layer before. Of
    more than `most` of them the first two thirds of `most` stay, so a layer lists first what must be seen;
    what hangs on folded nodes is folded whole.
    """
    stands: dict[str, str] = {}
    folds: set[str] = set()
    before: Set[str] = frozenset()
    for layer in layers:
        siblings: dict[tuple[str, frozenset[str]], list[str]] = defaultdict(list)
        for node in layer:
            parents = frozenset(stands[other] for other in neighbours[node] & before)
            siblings[types[node], parents].append(node)
        for (_key, parents), group in siblings.items():
            if parents & folds:
                shown = 0
            elif len(group) > most:
                shown = most * 2 // 3
            else:
                shown = len(group)
            kept, folded = group[:shown], group[shown:]
            stands |= {node: node for node in kept} | dict.fromkeys(folded, folded[0] if folded else "")
            if len(folded) > 1:
                folds.add(folded[0])
        before = frozenset(layer)
    return stands
