"""Notifications as OpenStack's services send them, versioned and not, and what their errors tell."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..model.topology import Level, Message

LEVELS: dict[str, Level] = {"ERROR": "error", "CRITICAL": "crit"}
"""The priorities that become messages."""

_REASONS = ("exception_message", "message", "reason", "exception")
_NESTED = ("fault", "exception", "args")
_OBJECTS = {
    "instance": ("instance_id", "instance_uuid"),
    "port": ("port_id",),
    "network": ("network_id",),
}
_DATA = "nova_object.data"
_LONGEST = 2_000
"""Characters of a message."""


class NotificationError(ValueError):
    """What came is no notification; the text says why."""


@dataclass(frozen=True, slots=True)
class Notification:
    """What a service tells. `payload`: without the envelopes of versioned objects; `at`: when it was sent."""

    event_type: str
    priority: str
    publisher: str
    at: datetime
    payload: Mapping[str, Any]

    @property
    def host(self) -> str | None:
        """Return the host whose service tells it: publishers are SERVICE.HOST, or SERVICE:HOST."""
        name = self.publisher.replace(":", ".", 1).partition(".")[2]
        return name or None

    def message(self) -> Message | None:
        """Return the message that it is, with the object that it is about; None: it tells of no error.

        What a service tells twice, versioned and not, is the same message.
        """
        level = LEVELS.get(self.priority.upper())
        if level is None:
            return None
        reason = _reason(self.payload) or "no reason is given"
        text = f"{self.event_type.removeprefix('compute.')}: {reason}"[:_LONGEST]
        related, kind = self._related()
        return Message(level, text, related, kind)

    def _related(self) -> tuple[str | None, str | None]:
        for kind, names in _OBJECTS.items():
            own = self.payload.get(kind)
            inner = own.get("id") or own.get("uuid") if isinstance(own, Mapping) else None
            for found in (*(self.payload.get(name) for name in names), inner):
                if isinstance(found, str) and found:
                    return found, kind
        own = self.payload.get("uuid")
        if isinstance(own, str) and own and self.event_type.startswith("instance."):
            return own, "instance"
        return (self.host, "host") if self.host else (None, None)


def read_notification(body: bytes | str, *, now: datetime) -> Notification:
    """Return the notification that a message's body is, in oslo.messaging's envelope or without.

    `now` counts where it does not say when it was sent. Raises NotificationError.
    """
    try:
        read = json.loads(body)
        if isinstance(read, dict) and "oslo.message" in read:
            read = json.loads(read["oslo.message"])
    except (ValueError, TypeError, RecursionError) as error:
        raise NotificationError(f"it is no JSON: {type(error).__name__}") from None
    if not isinstance(read, dict) or not isinstance(read.get("event_type"), str):
        raise NotificationError("it has no event_type")
    payload = _opened(read.get("payload"))
    return Notification(
        event_type=read["event_type"],
        priority=str(read.get("priority") or ""),
        publisher=str(read.get("publisher_id") or ""),
        at=_moment(read.get("timestamp")) or now,
        payload=payload if isinstance(payload, dict) else {},
    )


def _opened(value: Any) -> Any:
    """Return a payload whose versioned objects are their data."""
    if isinstance(value, dict):
        return (
            _opened(value[_DATA]) if _DATA in value else {key: _opened(part) for key, part in value.items()}
        )
    return [_opened(part) for part in value] if isinstance(value, list) else value


def _reason(payload: Mapping[str, Any]) -> str | None:
    for name in _REASONS:
        if isinstance(payload.get(name), str) and payload[name].strip():
            return " ".join(payload[name].split())
    inner = (payload[name] for name in _NESTED if isinstance(payload.get(name), Mapping))
    return next((found for part in inner if (found := _reason(part))), None)


def _moment(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
