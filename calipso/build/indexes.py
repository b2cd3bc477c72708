"""Rows of facts by what they say: what kinds and link families look them up by."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from .tracking import Tracker

Data = Mapping[str, Any]
Rows = Mapping[str, Data]
"""The rows of one kind, by key."""

_NONE: frozenset[str] = frozenset()


class Index(Mapping[str, list[Data]]):
    """The rows of a kind by the words that a function finds in each; those of a word by their key.

    Who asks for a word is concerned where a row of it comes, goes or changes.
    """

    def __init__(
        self, tracker: Tracker, rows: Rows, name: object, words: Callable[[Data], Iterable[str]]
    ) -> None:
        """Take the rows there are, and what the index is called in notes of who read it."""
        self._tracker, self._rows, self._name, self._words = tracker, rows, name, words
        self._keys: dict[str, list[str]] = {}
        for key, row in rows.items():
            self.change(key, None, row)

    def change(self, key: str, before: Data | None, after: Data | None) -> None:
        """Take a row instead of another one of the same key."""
        old = set(self._words(before)) if before is not None else _NONE
        new = set(self._words(after)) if after is not None else _NONE
        for word in old:
            if word not in new:
                self._keys[word].remove(key)
                if not self._keys[word]:
                    del self._keys[word]
            self._tracker.changed((self._name, word))
        for word in new:
            if word not in old:
                insort(self._keys.setdefault(word, []), key)
                self._tracker.changed((self._name, word))
        if old or new:
            self._tracker.changed((self._name,))

    def of(self, word: object) -> list[Data]:
        """Return the rows of a word; none where it is None."""
        if word is None:
            return []
        if not self._keys:  # as of things that a cloud has none of
            self._tracker.note((self._name,))
            return []
        self._tracker.note((self._name, word := str(word)))
        return [self._rows[key] for key in self._keys.get(word, ())]

    def __getitem__(self, word: str) -> list[Data]:
        """Return the rows of a word that there is."""
        if found := self.of(word):
            return found
        raise KeyError(word)

    def __iter__(self) -> Iterator[str]:
        """Yield the words, each with all its rows read."""
        self._tracker.note((self._name,))
        return iter(sorted(self._keys))

    def __len__(self) -> int:
        """Return how many words there are."""
        self._tracker.note((self._name,))
        return len(self._keys)


def attribute(name: str) -> Callable[[Data], Iterable[str]]:
    """Return the words of an index by an attribute: its value, where there is one."""

    def words(row: Data) -> Iterable[str]:
        value = row.get(name)
        return () if value is None else (str(value),)

    return words
