"""Monitoring's words: what a check is called, what it is about, and what it says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from .kind import Health

Provision = Literal["None", "DB", "Files", "Deploy"]
"""How far a configuration is brought out: not at all, to the database, to files, to hosts and server."""

KEEPALIVE = "keepalive"
"""The check by which Sensu itself knows that a host's agent lives."""

BATCH = "calipso_batch"
"""The check that runs all others on a host: while it fails, nothing is heard from there."""

STATUSES: dict[int, Health] = {0: "ok", 1: "warning", 2: "error", 3: "unknown"}
"""What a check's exit status means; every other one means unknown."""

_LINK = "link"
_FORBIDDEN = re.compile(rb"[^A-Za-z0-9:-]")
_FORBIDDEN_IN_CORE = re.compile(rb"[^A-Za-z0-9-]")
_ESCAPE = re.compile(rb"\.(\.|[0-9a-f]{2})")


@dataclass(frozen=True, slots=True)
class ObjectSubject:
    """A check is about an object."""

    type: str
    id: str


@dataclass(frozen=True, slots=True)
class LinkSubject:
    """A check is about a link."""

    link_type: str
    source_id: str
    target_id: str


Subject = ObjectSubject | LinkSubject


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check said. `name`: of the check; `host`: the id of the host whose agent ran it."""

    name: str
    host: str
    status: Health
    text: str
    measured_at: datetime


def check_name(subject: Subject, *, core: bool = False) -> str:
    """Return the name of the check about `subject`: TYPE_ID, or link_TYPE_SOURCE_TARGET.

    Letters, digits, hyphens and colons of an id are themselves; a dot is two, and every other byte of its
    UTF-8 is a dot and two hexadecimal digits, so that names hold only what Sensu admits, and an underscore
    always parts them. With `core` colons are written so too: Sensu Core forbids them.
    """
    if isinstance(subject, ObjectSubject):
        return f"{subject.type}_{encoded(subject.id, core=core)}"
    ends = (encoded(subject.source_id, core=core), encoded(subject.target_id, core=core))
    return "_".join((_LINK, subject.link_type, *ends))


def subject_of(name: str) -> Subject:
    """Return what the check called `name` is about; ValueError if that is none of our names."""
    if name.startswith(f"{_LINK}_") and name.count("_") >= 3:
        rest, source, target = name.rsplit("_", 2)
        return LinkSubject(rest.removeprefix(f"{_LINK}_"), decoded(source), decoded(target))
    type_, _parting, id_ = name.rpartition("_")
    if not type_ or not id_:
        raise ValueError(f"{name!r} is no check's name: TYPE_ID, or link_TYPE_SOURCE_TARGET")
    return ObjectSubject(type_, decoded(id_))


def encoded(text: str, *, core: bool = False) -> str:
    """Return `text` as it stands in a name."""
    pattern = _FORBIDDEN_IN_CORE if core else _FORBIDDEN
    return pattern.sub(_escaped, text.encode("utf-8", "surrogatepass")).decode()


def decoded(text: str) -> str:
    """Return what `encoded` made into `text`; ValueError if it made no such thing."""
    raw = text.encode("utf-8", "surrogatepass")
    if b"." in _ESCAPE.sub(b"", raw):
        raise ValueError(f"{text!r} has a dot that is neither doubled nor before two hexadecimal digits")
    return _ESCAPE.sub(_unescaped, raw).decode("utf-8", "surrogatepass")


def _escaped(found: re.Match[bytes]) -> bytes:
    byte = found[0]
    return b".." if byte == b"." else b".%02x" % byte[0]


def _unescaped(found: re.Match[bytes]) -> bytes:
    escape = found[1]
    return b"." if escape == b"." else bytes([int(escape, 16)])
