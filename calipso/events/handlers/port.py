"""Events of ports."""

from __future__ import annotations

from ..changes import gone, key_of, part, put
from ..known import Known
from ..notification import Notification
from ..result import Ask, EventResult
from ..wiring import routers_to_ask


def changed(event: Notification, known: Known) -> EventResult:
    """Take what it is now. That its host has seen to it, and it is up or down by now, nobody tells: ask."""
    change = put(event, known, "port", part(event, "port"))
    port = change.data or {}
    waits = port.get("binding:host_id") and (port.get("status") == "ACTIVE") != port.get("admin_state_up")
    return EventResult(
        changes=(change,),
        ask=(Ask("port", "id", change.key),) if waits else (),
        related_object=change.key,
        related_object_type="port",
    )


def deleted(event: Notification, known: Known) -> EventResult:
    """Take that it is gone. That floating IPs which led to it lead nowhere nobody tells: ask for them."""
    key = key_of(event, "port")
    led = known.where("floating_ip", "port_id", key)
    return EventResult(
        changes=(gone(event, known, "port", key),),
        ask=(*(Ask("floating_ip", "id", str(ip["id"])) for ip in led), *routers_to_ask(known, *led)),
        related_object=key,
        related_object_type="port",
    )
