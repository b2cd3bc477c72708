"""Network agents: who does Neutron's work on a host."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from ...model.kind import Field, Kind
from ...model.topology import Document
from ..cloud import Cloud

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


def build(cloud: Cloud) -> Iterator[Document]:
    """Yield the agents of every host."""
    plain = [field.name for field in KIND.fields if field.name != "configurations"]
    for host in cloud.hosts.values():
        for agent in host.agents:
            yield {
                "id": _id(str(agent["id"])),
                "name": f"{agent.get('agent_type')} ({host.name})",
                "parent_id": host.name,
                **{name: agent.get(name) for name in plain},
                "configurations": agent.get("configurations") or {},
            }


def _id(agent: str) -> str:
    """Return OpenStack's id; one of OVN may be any name, a host's too."""
    try:
        UUID(agent)
    except ValueError:
        return f"agent::{agent}"
    return agent
