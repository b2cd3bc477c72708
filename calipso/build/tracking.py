"""Who read what: what is worked out is worked out anew just where something that it read has changed.

What can be read is a node, known by a key. What is worked out of others is a cell, a node too; a unit is a
cell that nobody reads: what it finds goes into the topology.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Any

from ..model.topology import Message

CLEAN, UNSURE, STALE = range(3)
"""The states of a cell; unsure: something that it leans on must be looked at first."""

Run = Callable[[Any], Any]
"""From a cell's key to its value."""


class Node:
    """Something that can be read. `readers`: none, one, or a set of them."""

    __slots__ = ("key", "readers")

    def __init__(self, key: Hashable) -> None:
        """Begin with no reader."""
        self.key = key
        self.readers: Cell | set[Cell] | None = None

    @property
    def source(self) -> Cell | None:
        """The cell that must be fresh before this can be read."""
        return None

    def each_reader(self) -> Iterable[Cell]:
        """Return who reads it."""
        if self.readers is None:
            return ()
        return tuple(self.readers) if isinstance(self.readers, set) else (self.readers,)

    def add(self, reader: Cell) -> None:
        """Let it be read by a cell."""
        known = self.readers
        if known is None:
            self.readers = reader
        elif isinstance(known, set):
            known.add(reader)
        elif known is not reader:
            self.readers = {known, reader}

    def discard(self, reader: Cell) -> None:
        """Let it not be read by a cell any more."""
        if isinstance(self.readers, set):
            self.readers.discard(reader)
            if not self.readers:
                self.readers = None
        elif self.readers is reader:
            self.readers = None


class Entry(Node):
    """A place in the mapping that a cell's value is."""

    __slots__ = ("of",)

    def __init__(self, key: Hashable, of: Cell) -> None:
        """Begin with no reader."""
        super().__init__(key)
        self.of = of

    @property
    def source(self) -> Cell:
        """The cell whose value the mapping is."""
        return self.of


class Cell(Node):
    """Something that is worked out by `run` from the key. `stage`: which one a unit belongs to."""

    __slots__ = ("entries", "reads", "run", "stage", "state", "value")

    def __init__(self, key: Hashable, run: Run, stage: int | None = None) -> None:
        """Begin as something that was not worked out yet."""
        super().__init__(key)
        self.run, self.stage = run, stage
        self.reads: tuple[Node, ...] = ()
        self.entries: dict[Hashable, Entry] | None = None
        self.state = STALE
        self.value: Any = None

    @property
    def source(self) -> Cell:
        """Itself."""
        return self


class Tracker:
    """All nodes, which cells must be looked at again, and what each cell reported."""

    def __init__(self, *, keeps: bool = True) -> None:
        """Begin with nothing. `keeps`: whether it notes who reads what; else all is worked out just once."""
        self.keeps = keeps
        self.waiting: dict[int, set[Cell]] = {}
        """Units that are not clean, by their stage."""
        self._nodes: dict[Hashable, Node] = {}
        self._running: dict[Node, None] | None = None
        self._said: list[Message] = []
        self._messages: dict[Cell, list[Message]] = {}
        self._idle: set[Node] = set()

    def note(self, key: Hashable) -> None:
        """Note that what is worked out now has read the thing of this key."""
        if self._running is not None:
            node = self._nodes.get(key)
            if node is None:
                node = self._nodes[key] = Node(key)
            self._running[node] = None

    def changed(self, key: Hashable) -> None:
        """Have all that read the thing of this key looked at again."""
        if node := self._nodes.get(key):
            self._mark(node, STALE)

    def value(self, key: Hashable, run: Run) -> Any:
        """Return the value of a cell."""
        cell = self._cell(key, run)
        if self._running is not None:
            self._running[cell] = None
        return cell.value

    def entry(self, key: Hashable, run: Run, place: Hashable) -> Any:
        """Return what is at a place of the mapping that a cell's value is, or None."""
        cell = self._cell(key, run)
        if self._running is not None:
            if cell.entries is None:
                cell.entries = {}
            node = cell.entries.get(place)
            if node is None:
                node = cell.entries[place] = Entry(place, cell)
            self._running[node] = None
        return cell.value.get(place)

    def unit(self, key: Hashable, run: Run, stage: int) -> Cell:
        """Return a new unit of a stage, which waits for being worked out."""
        unit = Cell(key, run, stage)
        self.waiting.setdefault(stage, set()).add(unit)
        return unit

    def drop(self, unit: Cell) -> None:
        """Forget a unit."""
        self._link(unit, {})
        self._messages.pop(unit, None)
        self.waiting.get(unit.stage or 0, set()).discard(unit)

    def refresh(self, cell: Cell) -> None:
        """Work a cell out anew if anything that it read has changed."""
        if cell.state == UNSURE:
            for node in cell.reads:
                source = node.source
                if source is not None and source.state:
                    self.refresh(source)
                    if cell.state == STALE:
                        break
            else:
                cell.state = CLEAN
        if cell.state == STALE:
            self._work_out(cell)

    def report(self, message: Message) -> None:
        """Keep a message for as long as what is worked out now stands."""
        self._said.append(message)

    def messages(self) -> Iterator[Message]:
        """Yield all that was reported."""
        for said in self._messages.values():
            yield from said

    def clear(self) -> None:
        """Forget everything: what nodes hold of each other would stay for long."""
        for node in self._nodes.values():
            node.readers = None
        self._nodes.clear()
        self.waiting.clear()
        self._messages.clear()

    def sweep(self) -> None:
        """Forget what nobody reads any more."""
        while self._idle:
            node = self._idle.pop()
            if node.readers is not None or (isinstance(node, Cell) and node.entries):
                continue
            if isinstance(node, Entry):
                entries = node.of.entries
                if entries is not None:
                    entries.pop(node.key, None)
                    self._idle.add(node.of)
                continue
            self._nodes.pop(node.key, None)
            if isinstance(node, Cell):
                self._link(node, {})
                self._messages.pop(node, None)

    def _cell(self, key: Hashable, run: Run) -> Cell:
        cell = self._nodes.get(key)
        if cell is None:
            cell = self._nodes[key] = Cell(key, run)
        assert isinstance(cell, Cell)  # noqa: S101 - a key is of one sort
        if cell.state:
            self.refresh(cell)
        return cell

    def _work_out(self, cell: Cell) -> None:
        reads, said = self._running, self._said
        self._running, self._said = {} if self.keeps else None, []
        try:
            value = cell.run(cell.key)
            if self._running is not None:
                self._link(cell, self._running)
            if self._said:
                self._messages[cell] = self._said
            else:
                self._messages.pop(cell, None)
        finally:
            self._running, self._said = reads, said
        cell.state = CLEAN
        before, cell.value = cell.value, value
        if cell.stage is None and (cell.readers is not None or cell.entries):
            self._compare(cell, before, value)

    def _compare(self, cell: Cell, before: Any, after: Any) -> None:
        if cell.readers is not None and before != after:
            self._mark(cell, STALE)
        for place, entry in (cell.entries or {}).items():
            if before.get(place) != after.get(place):
                self._mark(entry, STALE)

    def _link(self, cell: Cell, reads: Mapping[Node, None]) -> None:
        before, after = cell.reads, tuple(reads)
        if before == after:
            return
        cell.reads = after
        for node in before:
            if node not in reads:
                node.discard(cell)
                if node.readers is None:
                    self._idle.add(node)
        for node in after:
            if node.readers is None:
                node.readers = cell
            else:
                node.add(cell)

    def _mark(self, node: Node, state: int) -> None:
        for reader in node.each_reader():
            was = reader.state
            if was >= state:
                continue
            reader.state = state
            if was != CLEAN:
                continue
            if reader.stage is not None:
                self.waiting.setdefault(reader.stage, set()).add(reader)
                continue
            self._mark(reader, UNSURE)
            for entry in (reader.entries or {}).values():
                self._mark(entry, UNSURE)
