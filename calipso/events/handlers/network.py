"""Events of networks."""

from __future__ import annotations

from ..changes import gone, key_of, part, put
from ..known import Known
from ..notification import Notification
from ..result import Ask, EventResult


def changed(event: Notification, known: Known) -> EventResult:
    """Take what it is now."""
    change = put(event, known, "network", part(event, "network"))
    return EventResult(
        changes=(change,),
        ask=Ask.hosts(known.logical_hosts),
        related_object=change.key,
        related_object_type="network",
    )


def deleted(event: Notification, known: Known) -> EventResult:
    """Take that it is gone, with the ports and subnets that nobody tells of any more, and ask their hosts.

    More of these may have become known meanwhile: ask for them, too.
    """
    key = key_of(event, "network")
    below = [
        gone(event, known, kind, str(row["id"]))
        for kind in ("subnet", "port")
        for row in known.where(kind, "network_id", key)
    ]
    return EventResult(
        changes=(*below, gone(event, known, "network", key)),
        ask=(
            *(Ask(kind, "network_id", key) for kind in ("subnet", "port")),
            *Ask.hosts(known.hosts_of_network(key) | known.dhcp_hosts(key) | known.logical_hosts),
        ),
        related_object=key,
        related_object_type="network",
    )
