"""Events of floating IPs."""

from __future__ import annotations

from ..changes import gone, key_of, part, put
from ..known import Known
from ..notification import Notification
from ..result import Ask, EventResult
from ..wiring import routers_to_ask


def changed(event: Notification, known: Known) -> EventResult:
    """Take what it is now; where it leads elsewhere, ask the hosts of the routers that translate it.

    That it is ACTIVE, or DOWN, once they do or do not, nobody tells: ask for it.
    """
    change = put(event, known, "floating_ip", part(event, "floatingip"))
    before, now = known.row("floating_ip", change.key), change.data or {}
    leads = [(row.get("router_id"), row.get("port_id"), row.get("fixed_ip_address")) for row in (before, now)]
    own = Ask("port", "device_id", change.key)
    moved = leads[0] != leads[1]
    waits = moved or (now.get("status") == "ACTIVE") != bool(now.get("port_id"))
    return EventResult(
        changes=(change,),
        ask=(
            *((Ask("floating_ip", "id", change.key),) if waits else ()),
            *((own, *routers_to_ask(known, before, now)) if moved or not before else ()),
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
