"""Notifications of a simulated cloud: bodies that real services sent, with what they tell put in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

RECORDED = Path(__file__).parent / "recorded_notifications.jsonl"
"""One message of each event type, as OpenStack's services put it on the bus, without its context."""

_DATA = "nova_object.data"


@cache
def recorded() -> Mapping[str, Mapping[str, Any]]:
    """Return the recorded messages by their event type."""
    messages = (json.loads(line)["message"] for line in RECORDED.read_text("utf-8").splitlines())
    return {message["event_type"]: message for message in messages}


def body(
    event_type: str,
    publisher: str,
    at: datetime,
    payload: Mapping[str, Any],
    *,
    number: int,
    pattern: str | None = None,
) -> str:
    """Return a message's body: the recorded one of this type with its payload's values replaced.

    What the recorded payload has not is added. `pattern`: the type of the recorded one, where that differs.
    """
    found = recorded()[pattern or event_type]
    message = {
        **found,
        "event_type": event_type,
        "publisher_id": publisher,
        "timestamp": at.strftime("%Y-%m-%d %H:%M:%S.%f"),
        "message_id": str(UUID(int=number)),
        "_unique_id": f"{number:032x}",
        "payload": _filled(found["payload"], payload),
    }
    return json.dumps({"oslo.version": "2.0", "oslo.message": json.dumps(message)})


def unrecorded(event_type: str, publisher: str, at: datetime, payload: object, *, number: int) -> str:
    """Return the body of a message of which there is no recording."""
    message = {
        "message_id": str(UUID(int=number)),
        "publisher_id": publisher,
        "event_type": event_type,
        "priority": "INFO",
        "payload": payload,
        "timestamp": at.strftime("%Y-%m-%d %H:%M:%S.%f"),
    }
    return json.dumps({"oslo.version": "2.0", "oslo.message": json.dumps(message)})


def _filled(pattern: Any, values: Any, depth: int = 0) -> Any:
    """Return a payload in the form of another: a versioned object's values go into its data.

    Attributes of the payload, and of the one thing that it is about, that have no new value stay.
    """
    if not isinstance(pattern, dict) or not isinstance(values, Mapping) or depth > 1:
        return deepcopy(values)
    if _DATA in pattern:
        return {**pattern, _DATA: _filled(pattern[_DATA], values, depth)}
    return pattern | {name: _filled(pattern.get(name), value, depth + 1) for name, value in values.items()}
