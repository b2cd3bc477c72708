"""Events of server groups."""

from __future__ import annotations

from ..known import Known
from ..notification import Notification
from ..result import EventResult


def recorded(event: Notification, known: Known) -> EventResult:
    """Tell in a message what became of the group, and who is in it: the topology has no such thing."""
    said = event.payload
    what = event.event_type.replace("server_group", "servergroup").replace("add_member", "addmember")
    name = said.get("name") or said.get("server_group_id") or said.get("uuid")
    policies = said.get("policies") or [said.get("policy")]
    details = [f"policy {', '.join(map(str, filter(None, policies)))}" if any(policies) else ""]
    members = said.get("members") or said.get("instance_uuids") or []
    details.append(f"members {', '.join(map(str, members))}" if members else "")
    text = "; ".join(filter(None, [f"{what} {name}", *details]))
    return EventResult(message=text)
