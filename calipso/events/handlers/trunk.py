"""Events of trunks."""

from __future__ import annotations

from ..changes import part
from ..known import Known
from ..notification import Notification
from ..result import Ask, EventResult


def changed(event: Notification, known: Known) -> EventResult:
    """Ask for the trunk's own port, which shows its subports, and for those."""
    trunk = part(event, "trunk")
    listed = [*(trunk.get("sub_ports") or []), *(event.payload.get("sub_ports") or [])]
    ports = {trunk.get("port_id"), *(each.get("port_id") for each in listed if isinstance(each, dict))}
    return EventResult(ask=tuple(Ask("port", "id", port) for port in sorted(filter(None, ports))))
