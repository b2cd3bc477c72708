"""Events of host aggregates."""

from __future__ import annotations

from ..known import Known
from ..notification import Notification
from ..result import Ask, EventResult


def changed(event: Notification, known: Known) -> EventResult:
    """Ask for the aggregates, and for the zones that they make."""
    return EventResult(ask=(Ask("aggregate"), Ask("availability_zone"), Ask("compute_service")))
