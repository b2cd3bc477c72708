"""Events of floating IPs."""

from __future__ import annotations

from ..changes import gone, key_of, part, put
from ..known import Known
from ..notification import Notification
from ..result import Ask, EventResult
from ..wiring import routers_to_ask


def changed(event: Notification, known: Known) -> EventResult:
    """Take what it is now, and ask for its port, and the hosts of the routers that translate it.

    That it is ACTIVE, or DOWN, once they do or do not, nobody tells: ask for it, too.
    """
    change = put(event, known, "floating_ip", part(event, "floatingip"))
    before = known.row("floating_ip", change.key)
    return EventResult(
        changes=(change,),
        ask=(
            Ask("floating_ip", "id", change.key),
            Ask("port", "device_id", change.key),
            *routers_to_ask(known, before, change.data or {}),
        ),
        related_object=change.key,
        related_object_type="floating_ip",
    )


def deleted(event: Notification, known: Known) -> EventResult:
    """Take that it is gone, and the port that holds its address."""
    key = key_of(event, "floatingip")
    ports = known.where("port", "device_id", key)
    return EventResult(
        changes=(
            *(gone(event, known, "port", str(port["id"])) for port in ports),
            gone(event, known, "floating_ip", key),
        ),
        ask=(Ask("port", "device_id", key), *routers_to_ask(known, known.row("floating_ip", key))),
        related_object=key,
        related_object_type="floating_ip",
    )
