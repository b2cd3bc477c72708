"""Events of Nova's services."""

from __future__ import annotations

from ..changes import MalformedEventError, gone, put
from ..known import Known
from ..notification import Notification
from ..result import Ask, EventResult


def changed(event: Notification, known: Known) -> EventResult:
    """Take whether it is enabled; that may make a zone usable, or not: ask. Of a new one ask for the zone."""
    said = event.payload
    if not isinstance(said.get("uuid"), str):
        raise MalformedEventError("its payload has no uuid")
    host = str(said.get("host"))
    if event.event_type == "service.delete":
        return EventResult(
            changes=(gone(event, known, "compute_service", said["uuid"]),), ask=(Ask("availability_zone"),)
        )
    service = {
        "id": said["uuid"],
        "host": said.get("host"),
        "binary": said.get("binary"),
        "status": "disabled" if said.get("disabled") else "enabled",
        "disabled_reason": said.get("disabled_reason"),
        "forced_down": bool(said.get("forced_down")),
    }
    return EventResult(
        changes=(put(event, known, "compute_service", service),),
        ask=(
            Ask("availability_zone"),
            *(() if known.row("compute_service", said["uuid"]) else (Ask("compute_service"),)),
        ),
        related_object=host,
        related_object_type="host",
    )
