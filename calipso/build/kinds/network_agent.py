"""Network agents: who does Neutron's work on a host."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from ...model.facts import HOST
from ...model.kind import Field, Kind
from ...model.topology import Document
from ..cloud import Cloud
from ..hosts import Host

KIND = Kind(
    type="network_agent",
    label="Network agent",
    doc="A Neutron (or OVN) agent.",
    parent="host",
    folder="Network agents",
    fields=(
        Field("agent_type", "As Neutron names it.", hover=True),
        Field("binary", "The program.", hover=True),
        Field("host", "Where it runs."),
        Field("alive", "Whether Neutron hears from it.", hover=True),
        Field("admin_state_up", "Whether it is switched on."),
        Field("availability_zone", "The zone that it serves."),
        Field("configurations", "What it says of itself."),
    ),
    state="alive",
    states={"True": "ok", "False": "error"},
)


PLAIN = tuple(field.name for field in KIND.fields if field.name != "configurations")

EACH = HOST


def build(_cloud: Cloud, host: Host) -> Iterator[Document]:
    """Yield the agents of a host."""
    for agent in host.agents:
        yield {
            "id": _id(str(agent["id"])),
            "name": f"{agent.get('agent_type')} ({host.name})",
            "parent_id": host.name,
            **{name: agent.get(name) for name in PLAIN},
            "configurations": agent.get("configurations") or {},
        }


def _id(agent: str) -> str:
    """Return OpenStack's id; one of OVN may be any name, a host's too."""
    try:
        UUID(agent)
    except ValueError:
        return f"agent::{agent}"
    return agent
