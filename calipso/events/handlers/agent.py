"""Events of Neutron's agents."""

from __future__ import annotations

from ..changes import gone, key_of, part, put
from ..known import Known
from ..notification import Notification
from ..result import EventResult


def changed(event: Notification, known: Known) -> EventResult:
    """Take what it is now."""
    change = put(event, known, "agent", part(event, "agent"))
    return EventResult(changes=(change,), related_object=change.key, related_object_type="network_agent")


def deleted(event: Notification, known: Known) -> EventResult:
    """Take that it is gone."""
    return EventResult(changes=(gone(event, known, "agent", key_of(event, "agent")),))
