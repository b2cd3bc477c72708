"""Events of subnets."""

from __future__ import annotations

from ..changes import gone, key_of, part, put
from ..known import Known
from ..notification import Notification
from ..result import Ask, EventResult


def changed(event: Notification, known: Known) -> EventResult:
    """Take what it is now; DHCP may have begun or ended by that, or serve something else: ask."""
    change = put(event, known, "subnet", part(event, "subnet"))
    network = str((change.data or {}).get("network_id"))
    return EventResult(
        changes=(change,),
        ask=_of(known, network),
        related_object=network,
        related_object_type="network",
    )


def deleted(event: Notification, known: Known) -> EventResult:
    """Take that it is gone; with the last one of a network DHCP ends."""
    key = key_of(event, "subnet")
    own = event.payload.get("subnet")
    network = str((own if isinstance(own, dict) else known.row("subnet", key)).get("network_id"))
    return EventResult(
        changes=(gone(event, known, "subnet", key),),
        ask=_of(known, network),
        related_object=network,
        related_object_type="network",
    )


def _of(known: Known, network: str) -> tuple[Ask, ...]:
    """Return whom to ask for a network's DHCP: its hosts, and for its ports, of which nobody tells."""
    hosts = known.dhcp_hosts(network) | known.logical_hosts
    return Ask("port", "network_id", network), *Ask.hosts(hosts)
