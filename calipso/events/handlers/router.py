"""Events of routers and their interfaces."""

from __future__ import annotations

from ..changes import gone, key_of, part, put
from ..known import Known
from ..notification import Notification
from ..result import Ask, EventResult


def changed(event: Notification, known: Known) -> EventResult:
    """Take what it is now, and ask for its ports and its hosts: an agent may wire it at any change."""
    change = put(event, known, "router", part(event, "router"))
    return EventResult(
        changes=(change,),
        ask=_of(known, change.key),
        related_object=change.key,
        related_object_type="router",
    )


def deleted(event: Notification, known: Known) -> EventResult:
    """Take that it is gone, with its ports, and ask the hosts that it was in."""
    key = key_of(event, "router")
    ports = known.where("port", "device_id", key)
    return EventResult(
        changes=(
            *(gone(event, known, "port", str(port["id"])) for port in ports),
            gone(event, known, "router", key),
        ),
        ask=_of(known, key),
        related_object=key,
        related_object_type="router",
    )


def interface_added(event: Notification, known: Known) -> EventResult:
    """Ask for its ports: of this one nothing else is told."""
    key = str(part(event, "router_interface").get("id"))
    return EventResult(ask=_of(known, key), related_object=key, related_object_type="router")


def interface_removed(event: Notification, known: Known) -> EventResult:
    """Take that its port is gone, where that was in no other subnet."""
    interface = part(event, "router_interface")
    key, port, subnet = (str(interface.get(name)) for name in ("id", "port_id", "subnet_id"))
    subnets = {ip.get("subnet_id") for ip in known.row("port", port).get("fixed_ips") or []}
    return EventResult(
        changes=(gone(event, known, "port", port),) if subnets == {subnet} else (),
        ask=_of(known, key),
        related_object=key,
        related_object_type="router",
    )


def _of(known: Known, router: str) -> tuple[Ask, ...]:
    hosts = known.router_hosts(router) | known.logical_hosts
    return Ask("port", "device_id", router), *Ask.hosts(hosts)
