"""The object tree: grown from parents' ids, and cut to what can be read."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ..analyze.health import FAULTS, fault
from ..model.topology import Document
from .text import natural

WIDE = 12
"""Of more children of one type than this, some are folded."""

LONG = 200
"""Rows of a tree that is shown as deep as it is."""


@dataclass(frozen=True, slots=True)
class Branch:
    """An object, and the branches below it in the order of their kinds and names."""

    document: Document
    children: tuple[Branch, ...] = ()

    @property
    def below(self) -> int:
        """How many objects are below."""
        return sum(1 + child.below for child in self.children)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a tree that is drawn.

    `last` says for the object and each above it, from the top, whether it is its parent's last. `below`
    counts the objects below that are not drawn; `siblings`, where the row stands for several, those.
    """

    document: Document
    last: tuple[bool, ...]
    below: int = 0
    siblings: int = 0


def grown(root: Document, documents: Iterable[Document], kinds: Mapping[str, int]) -> Branch:
    """Return the tree of `documents` below `root`; `kinds` gives the order of types.

    What is not to be shown in trees is left out; what has no parent among them hangs on the root.
    """
    shown = {each["id"]: each for each in documents if each.get("show_in_tree", True)}
    shown.pop(root["id"], None)
    children: dict[str, list[Document]] = defaultdict(list)
    for each in shown.values():
        children[each["parent_id"] if each["parent_id"] in shown else root["id"]].append(each)

    def key(document: Document) -> tuple[object, ...]:
        name = str(document.get("name"))
        return kinds.get(document["type"], len(kinds)), document["type"], natural(name), document["id"]

    def branch(document: Document) -> Branch:
        below = sorted(children[document["id"]], key=key)
        return Branch(document, tuple(branch(child) for child in below))

    return branch(root)


def of_types(tree: Branch, types: Collection[str]) -> Branch:
    """Return the tree of the objects of some types, and of those above them."""
    kept = (of_types(child, types) for child in tree.children)
    return replace(
        tree,
        children=tuple(child for child in kept if child.children or child.document["type"] in types),
    )


def cut(tree: Branch, depth: int) -> Branch:
    """Return the tree without what is more than `depth` levels below its root."""
    return replace(tree, children=tuple(cut(child, depth - 1) for child in tree.children) if depth else ())


def rows(tree: Branch, depth: int | None, wide: int | None = WIDE) -> Iterator[Row]:
    """Yield the rows that draw a tree, to `depth` levels below its root (None: all).

    Of more than `wide` children of one type (None: of any number) one row stands for those that come last;
    first come those with a fault.
    """
    return _rows(tree, (), depth, wide)


def readable_depth(tree: Branch, wide: int | None = WIDE, long: int = LONG) -> int:
    """Return how deep a tree can be drawn in not more than `long` rows, though at least one level."""
    levels = Counter(len(row.last) for row in rows(tree, None, wide))
    total = depth = 0
    for level in sorted(levels):
        total += levels[level]
        if total > long and level > 1:
            break
        depth = level
    return depth


def _rows(tree: Branch, last: tuple[bool, ...], depth: int | None, wide: int | None) -> Iterator[Row]:
    if depth is not None and len(last) >= depth:
        yield Row(tree.document, last, below=tree.below)
        return
    yield Row(tree.document, last)
    parts = list(_folded(tree.children, wide))
    for number, (child, siblings) in enumerate(parts):
        place = (*last, number == len(parts) - 1)
        if siblings:
            yield Row(child.document, place, siblings=siblings)
        else:
            yield from _rows(child, place, depth, wide)


def _urgency(branch: Branch) -> int:
    found = fault(branch.document)
    return FAULTS.index(found) if found else len(FAULTS)


def _folded(children: tuple[Branch, ...], wide: int | None) -> Iterator[tuple[Branch, int]]:
    """Yield the children that are drawn, and one of each type that stands for some, with their number."""
    by_type: dict[str, list[Branch]] = defaultdict(list)
    for child in children:
        by_type[child.document["type"]].append(child)
    for group in by_type.values():
        if wide is None or len(group) <= wide:
            yield from ((child, 0) for child in group)
            continue
        group.sort(key=_urgency)
        yield from ((child, 0) for child in group[: wide - 1])
        yield group[wide - 1], len(group) - wide + 1
