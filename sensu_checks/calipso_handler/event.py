"""Events of Sensu Go and of Sensu Core, as far as their delivery needs to know them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_MARK = "calipso_environment"


def read_event(text: bytes) -> Mapping[str, Any]:
    """Return an event's JSON object; ValueError says what it is instead."""
    try:
        event = json.loads(text.decode())
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"it is no JSON in UTF-8: {error}") from None
    if not isinstance(event, dict):
        raise ValueError(f"it is no JSON object, but a {type(event).__name__}")  # noqa: TRY004
    return event


def environment_of(event: Mapping[str, Any]) -> str | None:
    """Return whose event it is: by its check's own word, else by its agent's."""
    parts = (event.get("check"), event.get("entity"), event.get("client"))
    return next((found for found in map(_environment, parts) if found is not None), None)


def _environment(part: Any) -> str | None:
    """Return what the annotations or labels (Sensu Go) or attributes (Sensu Core) of a check or agent say."""
    if not isinstance(part, dict):
        return None
    metadata = part.get("metadata")
    meta = metadata if isinstance(metadata, dict) else part
    for place in (meta.get("annotations"), meta.get("labels"), part):
        found = place.get(_MARK) if isinstance(place, dict) else None
        if isinstance(found, str) and found:
            return found
    return None
