"""Events of projects."""

from __future__ import annotations

from ..known import Known
from ..notification import Notification
from ..result import Ask, EventResult


def changed(event: Notification, known: Known) -> EventResult:
    """Ask for the projects: Keystone tells only which one it was."""
    return EventResult(ask=(Ask("project"),))
