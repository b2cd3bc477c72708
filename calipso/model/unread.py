"""What could not be read is not gone: where a host's facts have a gap, the last ones stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from .facts import HostFacts

UNREAD = frozenset({"failed", "timeout", "truncated", "unreadable", "forbidden"})
"""Reasons for which a part may hold more than was read. A tool or service that is missing is as it is."""

IDENTITY: dict[str, Callable[[dict[str, Any]], Any]] = {
    "interfaces": lambda found: found["name"],
    "bonds": lambda found: found["name"],
    "bridges": lambda found: found["name"],
    "domains": lambda found: found["uuid"],
    "namespaces": lambda found: found["name"],
    "lldp": lambda found: (found["interface"], found["chassis_id"], found["port_id"]),
    "processes": lambda found: (found["name"], found["args"], found["namespace"]),
}
"""By what an entry of a part is known."""


def keep_unread(new: HostFacts, old: HostFacts | None) -> HostFacts:
    """Return `new` facts of a host, completed from the `old` ones in the parts that were not wholly read."""
    unread = {gap["part"] for gap in new["gaps"] if gap["reason"] in UNREAD}
    if old is None or not unread:
        return new
    kept: dict[str, Any] = {**new}
    before: dict[str, Any] = {**old}
    for part in unread & kept.keys():
        if part in IDENTITY:
            identity = IDENTITY[part]
            read = {identity(found) for found in kept[part]}
            kept[part] = [*kept[part], *(found for found in before[part] if identity(found) not in read)]
        elif kept[part] is None:
            kept[part] = before[part]
    return cast(HostFacts, kept)
