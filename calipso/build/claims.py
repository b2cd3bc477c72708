"""Who says what of an id: several may, and the first in order is believed."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Generic, TypeVar

T = TypeVar("T")

Place = tuple[int, str]
"""A stage of a build, and a unit of it."""

_order = itemgetter(0, 1)


class Claims(Generic[T]):
    """What units say of each id. `touched`: the ids of which something was said, or not any more."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.touched: dict[str, None] = {}
        self._said: dict[str, list[tuple[Place, int, T]]] = {}
        self._contested: set[str] = set()

    def put(self, place: Place, before: Iterable[str], said: Iterable[tuple[str, T]]) -> tuple[str, ...]:
        """Take what a unit says by now, instead of what it said `before`; return the ids of it."""
        for key in before:
            own = self._said[key]
            if len(own) == 1:
                del self._said[key]
            else:
                self._said[key] = [claim for claim in own if claim[0] != place]
                if not self._said[key]:
                    del self._said[key]
            self.touched[key] = None
        ids = []
        for number, (key, what) in enumerate(said):
            ids.append(key)
            if key not in self._said:
                self._said[key] = [(place, number, what)]
            else:
                insort(self._said[key], (place, number, what), key=_order)
                self._contested.add(key)
            self.touched[key] = None
        return tuple(dict.fromkeys(ids))

    def take_touched(self) -> dict[str, T | None]:
        """Return what is believed of the ids that were touched since this was asked last."""
        touched, self.touched = self.touched, {}
        return {key: self.first(key) for key in touched}

    def first(self, key: str) -> T | None:
        """Return what is believed of an id; None where nobody says anything."""
        said = self._said.get(key)
        return said[0][2] if said else None

    def others(self) -> Iterator[tuple[T, T]]:
        """Yield what is not believed, each behind what is."""
        for key in sorted(self._contested):
            first, *others = self._said.get(key, ()) or (None,)
            if not others:
                self._contested.discard(key)
            for other in others:
                if first is not None:
                    yield first[2], other[2]
