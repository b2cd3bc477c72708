"""Search: by which terms an object is found, and what a user's query means.

An object is found by the beginning of one of its values (its id, its names, and what its kind declares
with `search`), or of any later word of its names. Both are *terms*: a digit that ranks, and the text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address
from typing import Any

from .kind import is_folder
from .topology import Document

NAMES = ("name", "object_name")
KEYS = ("id", *NAMES)
"""Attributes of every object that are searched."""

BEGINNING, LATER_WORD = "0", "1"
"""What terms begin with: those of whole values sort before those of the later words of names."""

VERSION = 1
"""Of the terms that are made of a document; another one has them made anew."""

LONGEST_TERM = 200
"""Characters of a value that count."""

_MOST_WORDS = 10
"""Later words of a name that count."""

_SHORTEST_WORDS = 3
"""Characters of a name from a later word on: fewer tell nothing, and would be many."""

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_WORD = re.compile(rf"{_UUID}|[^\W_]+")
_IP = r"\d+(?:\.\d+){3}|[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*"  # and MAC addresses
_ADDRESS = re.compile(rf"{_UUID}|(?:{_IP})(?:/\d+)?")
_MAC = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}")
_MAC_BEGUN = re.compile(
    r"[0-9a-f]{6,12}"
    r"|[0-9a-f]{2}(?:-[0-9a-f]{2}){1,4}-[0-9a-f]{0,2}"
    r"|[0-9a-f]{4}\.(?:[0-9a-f]{1,4}|[0-9a-f]{4}\.[0-9a-f]{0,4})"
)
"""How the beginning of a MAC address may be written, besides with colons."""

_MAC_LENGTH = 17
_MAC_LENGTHS = (12, 14, 17)
"""Characters of a whole one: with colons, and in all notations."""

_PART = re.compile(r'([^\s"]+):"([^"]*)"|"([^"]*)"|(\S+)')
"""A part of a query: attribute:"value", "text", or what stands between blanks."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for: objects that have `text` and in which each of `filters` holds.

    A filter is an attribute and the value that it equals, or contains where it is a list. `types` are the
    types that can meet the filters; None: any.
    """

    text: str = ""
    filters: tuple[tuple[str, str], ...] = ()
    types: frozenset[str] | None = None


def parse(text: str, attributes: Mapping[str, Collection[str]]) -> Query:
    """Return what a user means who types `text`: words, and `attribute:value` of known attributes.

    `attributes` says which types have an attribute; none: all types. A value with blanks stands in double
    quotes; so does text that is to be nothing but text.
    """
    words: list[str] = []
    filters: list[tuple[str, str]] = []
    names = sorted(attributes, key=len, reverse=True)
    for match in _PART.finditer(text):
        name, value, quoted, bare = match.groups()
        if bare is not None:
            name, value = next(
                (
                    (known, bare.removeprefix(f"{known}:"))
                    for known in names
                    if bare.startswith(f"{known}:") and len(bare) > len(known) + 1
                ),
                (None, bare),
            )
        if name in attributes:
            filters.append((name, value))
        else:
            words.append(match[0] if quoted is None else quoted)
    types: frozenset[str] | None = None
    for name, _value in filters:
        if declared := frozenset(attributes[name]):
            types = declared if types is None else types & declared
    return Query(" ".join(words), tuple(filters), types)


def meanings(text: str) -> list[str | int | float | bool]:
    """Return the values that `text` may stand for: itself, an address, a number, true or false."""
    found: list[str | int | float | bool] = [text]
    if (plain := normalised(text)) != text and _ADDRESS.fullmatch(plain):
        found.append(plain)
    if text.lower() in ("true", "false"):
        found.append(text.lower() == "true")
    elif re.fullmatch(r"-?[0-9]{1,18}", text):
        found.append(int(text))
    elif re.fullmatch(r"-?[0-9]{1,18}\.[0-9]{1,18}", text):
        found.append(float(text))
    return found


def normalised(text: str) -> str:
    """Return `text` as it is compared: without case, with single blanks; a MAC address with colons, an IPv6
    address in its short form.
    """
    return _one_notation(_folded(text))


def beginnings(text: str) -> list[str]:
    """Return the texts with which a value begins that begins with `text`, however it is written there.

    None where there is nothing to look for.
    """
    folded = _folded(text)
    found = (folded, normalised(text), _with_colons(folded))
    return [begun[:LONGEST_TERM] for begun in dict.fromkeys(found) if begun]


def terms(document: Document, fields: Sequence[str]) -> list[str]:
    """Return the terms by which an object is found, sorted; `fields` are searched besides `KEYS`.

    A folder has none.
    """
    if is_folder(str(document.get("type"))):
        return []
    held = [value for value in map(document.get, (*KEYS, *fields)) if value is not None]
    found = set(map(_folded, {text for value in held for text in values(value)}))
    found |= set(map(_one_notation, found))
    ranked = {BEGINNING + text[:LONGEST_TERM] for text in found if text}
    for name in {text for field in NAMES for text in values(document.get(field))}:
        ranked.update([LATER_WORD + words for words in later_words(_folded(name))])
    return sorted(ranked)


def found_in(document: Document, text: str, fields: Sequence[str]) -> tuple[str, str] | None:
    """Return the first attribute by which `text` finds an object, with its value; None: it does not."""
    begun = tuple(beginnings(text))
    for field in (*KEYS, *fields):
        for value in values(document.get(field)):
            if any(term[1:].startswith(begun) for term in terms({field: value}, [field])):
                return field, value
    return None


def rank(document: Document, text: str, fields: Sequence[str]) -> tuple[str, str]:
    """Return by what found objects are sorted: the first term that begins with `text`, and the id."""
    starts = tuple(order + begun for order in (BEGINNING, LATER_WORD) for begun in beginnings(text))
    found = (term for term in terms(document, fields) if term.startswith(starts))
    return min(found, default=""), document["id"]


def later_words(name: str) -> list[str]:
    """Return what a name, in lower case, holds from each of its later words on, but for the very shortest.

    An address is one word.
    """
    if name.isalnum() or _ADDRESS.fullmatch(name):
        return []
    last = len(name) - _SHORTEST_WORDS
    starts = [match.start() for match in _WORD.finditer(name) if 0 < match.start() <= last]
    return [name[start : start + LONGEST_TERM] for start in starts[:_MOST_WORDS]]


def values(value: Any) -> list[str]:
    """Return the texts of an attribute: itself, or each element of a list. Nothing else is searched."""
    if isinstance(value, str):
        return [value]
    listed = value if isinstance(value, list) else [value]
    return [str(each) for each in listed if isinstance(each, (str, int)) and not isinstance(each, bool)]


def _folded(text: str) -> str:
    if text.isascii() and text.isprintable() and " " not in text:
        return text.lower()
    return " ".join(text.replace("\0", " ").casefold().split())


def _one_notation(text: str) -> str:
    """Return an address in the notation that terms have; any other text, in lower case, as it is."""
    if ":" not in text:
        mac = _with_colons(text) if len(text) in _MAC_LENGTHS else None
        return mac if mac is not None and len(mac) == _MAC_LENGTH else text
    if text.count(":") > 1 and not _MAC.fullmatch(text):
        try:
            return IPv6Address(text).compressed
        except AddressValueError:
            return text
    return text


def _with_colons(text: str) -> str | None:
    """Return the beginning of a MAC address, written in another notation, with colons."""
    if not _MAC_BEGUN.fullmatch(text):
        return None
    digits = text.replace("-", "").replace(".", "")
    pairs = ":".join(digits[start : start + 2] for start in range(0, len(digits), 2))
    return f"{pairs}:" if text.endswith("-") else pairs
