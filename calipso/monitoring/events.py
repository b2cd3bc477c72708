"""Events of Sensu Go and of Sensu Core: what each says, or what is wrong with it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ..model.kind import Health
from ..model.monitoring import BATCH, KEEPALIVE, STATUSES, CheckResult, subject_of

LARGEST_EVENT = 64 * 1024
"""Bytes of an event's JSON."""

LONGEST_TEXT = 16 * 1024
"""Bytes of a check's output that are kept."""

AHEAD = timedelta(minutes=5)
"""How far a host's clock may be ahead of ours."""

_EXPIRED = "Last check execution was "
"""How the text of the event begins that Sensu itself makes of a check that ceased to report."""

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_NAME = 4_000
_SHOWN = 100
_MARK = "calipso_"
_COUNTER = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_LARGEST_INTEGER = 2**53


class EventError(ValueError):
    """An event that cannot be taken; the text says why."""


@dataclass(frozen=True, slots=True)
class Point:
    """One counter of an object."""

    id: str
    name: str
    value: int | float
    at: datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """What an event says. `environment`: whose it is, where it says so; `host`: the id of the agent's host.

    `result`: of a check; of `KEEPALIVE` and `BATCH` it is ok or unknown. `is_ours`: the event says that
    Calipso made its check.
    """

    environment: str | None
    host: str
    result: CheckResult | None
    is_ours: bool
    points: tuple[Point, ...] = ()


def read_event(event: object, *, at: datetime) -> Heard | None:
    """Return what an event, as Sensu wrote it, says at the time `at`; None where nothing is for us.

    Raises `EventError`, a ValueError, and ValueError for a name that is none of ours.
    """
    whole = _mapping(event, "the event")
    kind = "client" if "client" in whole else "entity"
    agent = _mapping(whole.get(kind), kind)
    agent_marks = _marks(agent)
    host = agent_marks.get("calipso_id") or _text(_meta(agent).get("name"), "the agent's name")
    environment = agent_marks.get("calipso_environment")
    points = tuple(_points(whole.get("metrics"), host, at))
    counters = Heard(environment, host, None, is_ours=True, points=points) if points else None
    if whole.get("check") is None:
        return counters
    check = _mapping(whole["check"], "check")
    marks = _marks(check)
    name = _text(_meta(check).get("name"), "the check's name")
    environment = marks.get("calipso_environment", environment)
    is_ours = bool(marks or (name in (KEEPALIVE, BATCH) and agent_marks))
    if name not in (KEEPALIVE, BATCH) and not _is_about_something(name, is_ours):
        return counters
    if is_ours:
        _check_size(whole)
    text = _output(check.get("output"))
    result = CheckResult(
        name=name,
        host=host,
        status=_status(check.get("status"), name, text),
        text=text,
        measured_at=_measured_at(whole, check, marks, host, at),
    )
    return Heard(environment, host, result, is_ours, points)


def shown(value: object) -> str:
    """Return what somebody sent, as part of a sentence."""
    text = repr(value) if isinstance(value, (str, int, float, bool, type(None))) else type(value).__name__
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _check_size(event: Mapping[str, Any]) -> None:
    try:
        size = len(json.dumps(event, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    except RecursionError:
        raise EventError("the event is nested too deeply") from None
    except TypeError as error:
        raise EventError(f"the event is no JSON: {error}") from None
    if size > LARGEST_EVENT:
        raise EventError(f"the event is larger than {LARGEST_EVENT // 1024} KiB")


def _mapping(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise EventError(f"{what} is no JSON object, but {shown(value)}")
    return value


def _text(value: object, what: str) -> str:
    if not isinstance(value, str) or not value or len(value) > _LONGEST_NAME:
        raise EventError(f"{what} is no text of 1 to {_LONGEST_NAME} characters, but {shown(value)}")
    return value


def _meta(part: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return where the name of a check or agent stands: in the metadata of Sensu Go, itself in Core."""
    found = part.get("metadata")
    return found if isinstance(found, Mapping) else part


def _marks(part: Mapping[str, Any]) -> dict[str, str]:
    """Return the labels, annotations and (Core) own attributes that Calipso gave to a check or agent."""
    meta = _meta(part)
    places = (part, meta.get("labels"), meta.get("annotations"))
    return {
        name: value
        for place in places
        if isinstance(place, Mapping)
        for name, value in place.items()
        if isinstance(name, str) and name.startswith(_MARK) and isinstance(value, str) and value
    }


def _is_about_something(name: str, is_ours: bool) -> bool:
    """Say whether a check's name is one of ours; ValueError for what Calipso cannot have called so."""
    if name.startswith(_MARK):
        return False
    try:
        subject_of(name)
    except ValueError:
        if is_ours:
            raise
        return False
    return True


def _status(value: object, name: str, text: str) -> Health:
    if isinstance(value, bool) or not isinstance(value, int):
        raise EventError(f"the status of check {shown(name)} is no integer, but {shown(value)}")
    status = STATUSES.get(value, "unknown")
    if status == "ok":
        return status
    return "unknown" if name in (KEEPALIVE, BATCH) or text.startswith(_EXPIRED) else status


def _output(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise EventError(f"the check's output is no text, but {shown(value)}")
    raw = value.encode("utf-8", "backslashreplace")
    if len(raw) <= LONGEST_TEXT:
        return raw.decode()
    kept = raw[:LONGEST_TEXT].decode(errors="ignore")
    return f"{kept}\n(the output is cut here: it has {len(raw)} bytes)"


def _measured_at(
    event: Mapping[str, Any], check: Mapping[str, Any], marks: Mapping[str, str], host: str, at: datetime
) -> datetime:
    """Return when a check ran: by its own word where that is finer than Sensu's seconds, else by Sensu's."""
    said = [check.get("executed"), check.get("issued") if "client" in event else None, event.get("timestamp")]
    whole = next((_moment(each) for each in said if each), None)
    fine = _fine(marks["calipso_at"]) if "calipso_at" in marks else None
    times = [time for time in (whole, fine) if time is not None]
    if not times:
        raise EventError("the event says no time: neither check.executed nor timestamp")
    return _not_ahead(max(times), host, at)


def _not_ahead(time: datetime, host: str, at: datetime) -> datetime:
    if time > at + AHEAD:
        minutes = int(AHEAD.total_seconds() // 60)
        raise EventError(
            f"the event's time is more than {minutes} minutes in the future: "
            f"is the clock of {shown(host)} right?"
        )
    return time


def _moment(value: object) -> datetime:
    """Return a time of seconds since 1970."""
    try:
        found = datetime.fromtimestamp(_number(value), UTC)
    except (OverflowError, ValueError, OSError):
        found = _BEGINNING
    if found <= _BEGINNING:
        raise EventError(f"{shown(value)} is no time in seconds since 1970")
    return found


def _fine(text: str) -> datetime:
    try:
        return _moment(float(text))
    except ValueError:
        pass
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise EventError(f"calipso_at is no time with a zone, and no seconds since 1970: {shown(text)}")
    return found


def _points(metrics: object, host: str, at: datetime) -> Iterator[Point]:
    """Yield the points of metrics that say of which object they are."""
    points = _mapping(metrics, "metrics").get("points") if metrics is not None else None
    if points is None:
        return
    if not isinstance(points, list):
        raise EventError(f"metrics.points is no list, but {shown(points)}")
    for each in points:
        point = _mapping(each, "a point of metrics")
        tags = point.get("tags")
        for tag in tags if isinstance(tags, list) else ():
            if isinstance(tag, Mapping) and tag.get("name") == "id":
                name = point.get("name")
                if not isinstance(name, str) or not _COUNTER.fullmatch(name):
                    raise EventError(f"{shown(name)} is no name for a counter")
                time = _not_ahead(_moment(point.get("timestamp")), host, at)
                yield Point(_text(tag.get("value"), "a point's id"), name, _value(point.get("value")), time)


def _value(value: object) -> int | float:
    number = _number(value)
    return int(number) if abs(number) <= _LARGEST_INTEGER and number.is_integer() else number


def _number(value: object) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        with suppress(OverflowError):
            if math.isfinite(number := float(value)):
                return number
    raise EventError(f"{shown(value)} is no number that can be kept")
