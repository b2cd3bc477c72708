"""Answers: what a handler returns, before it is bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import chain
from typing import Any

import orjson

_CHUNK = 64 * 1024
"""Bytes of a stream that are sent at once."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON document, whole. `headers` are added to those that every answer has."""

    body: Any
    status: HTTPStatus = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stream:
    """A JSON document with one list, `name`, whose items are sent as they are read, after `fields`."""

    name: str
    items: Iterable[Any]
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Text:
    """A text of another media type."""

    body: str
    media_type: str


def encode(value: Any) -> bytes:
    """Return JSON in UTF-8; times in UTC (ISO 8601, milliseconds)."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_PASSTHROUGH_DATETIME)


def chunks(stream: Stream) -> Iterator[bytes]:
    """Yield a stream's bytes; what goes wrong before the first chunk is full is raised before any."""
    head = encode({**stream.fields, stream.name: []}).removesuffix(b"]}")
    pieces = chain([head], _separated(stream.items), [b"]}\n"])
    waiting: list[bytes] = []
    size = 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= _CHUNK:
            yield b"".join(waiting)
            waiting.clear()
            size = 0
    if waiting:
        yield b"".join(waiting)


def _separated(items: Iterable[Any]) -> Iterator[bytes]:
    separator = b""
    for item in items:
        yield separator
        yield encode(item)
        separator = b","


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no JSON")
