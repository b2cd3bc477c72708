"""Names as they may be shown: a cloud's names hold anything, and a reader must not be misled by them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from unicodedata import combining, east_asian_width

_DIGITS = re.compile(r"([0-9]{1,18})")


def visible(value: object) -> str:
    """Return `value` as one line of text: what prints nothing or steers the output is escaped.

    That is control characters (newlines, terminal sequences), marks that turn the reading direction,
    and lone surrogates; each becomes its Python escape, such as `\\n` or `\\u202e`.
    """
    text = str(value)
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text
    )


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that sorts `eth2` before `eth10`."""
    return tuple(
        (0, int(part), "") if index % 2 else (1, 0, part) for index, part in enumerate(_DIGITS.split(text))
    )


def cells(char: str) -> int:
    """Return how many columns a printable character takes in a fixed-width font: 0, 1 or 2."""
    if combining(char):
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


def shorten(text: str, room: float, advance: Mapping[str, float] | None = None) -> str:
    """Return `text`, cut in its middle so that it is no wider than `room`.

    Names of one family differ at their ends, so both ends stay. `advance` gives characters' widths,
    with "" for all others and wide ones twice that; without it a width is a number of terminal columns.
    """
    table = advance or {}

    def width(char: str) -> float:
        return table.get(char, cells(char) * table.get("", 1.0))

    if sum(map(width, text)) <= room:
        return text
    room -= width("…")
    head: list[str] = []
    tail: list[str] = []
    left, right = 0, len(text)
    while left < right:
        front = len(head) <= len(tail)
        char = text[left] if front else text[right - 1]
        room -= width(char)
        if room < 0:
            break
        if front:
            head.append(char)
            left += 1
        else:
            tail.append(char)
            right -= 1
    return "".join(head) + "…" + "".join(reversed(tail))
