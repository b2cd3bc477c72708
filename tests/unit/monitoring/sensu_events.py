"""Events as Sensu Go 5 and Sensu Core 1.9 write them."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent

GO: dict[str, dict[str, Any]] = json.loads((_HERE / "sensu_go_events.json").read_text())
"""What a handler of Sensu Go got, of an agent that was started, and stopped."""

CORE: dict[str, dict[str, Any]] = json.loads((_HERE / "sensu_core_events.json").read_text())
"""Examples of Sensu Core's documentation, with what Calipso adds to clients and checks."""


def changed(event: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return the event with another value at a dotted path."""
    copy = deepcopy(event)
    *way, last = path.split(".")
    part = copy
    for step in way:
        part = part[step]
    part[last] = value
    return copy
