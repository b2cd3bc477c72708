"""Tunnel end points, as agents and switches have them."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..model.facts import OvsInterface
from .hosts import Host

SWITCH_AGENTS = ("neutron-openvswitch-agent", "ovn-controller")
"""The agents that program Open vSwitch."""

TUNNELS = frozenset({"vxlan", "gre", "geneve", "stt", "gtpu", "ip6gre"})
"""The types of OVS interfaces that are tunnels."""


@dataclass(slots=True)
class EndPoint:
    """A tunnel address of a host, with the tunnels that begin at it."""

    host: Host
    type: str
    address: str
    tunnels: dict[str, tuple[str, OvsInterface]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The object id."""
        return f"{self.host.name}::{self.type}::{self.address}"


def end_points(host: Host) -> list[EndPoint]:
    """Return the tunnel end points of a host: those of its agent, and those of its switch's tunnels."""
    found: dict[tuple[str, str], EndPoint] = {}
    agent = host.agent(*SWITCH_AGENTS)
    configuration = (agent.get("configurations") if agent else None) or {}
    own = configuration.get("tunneling_ip")
    for kind in configuration.get("tunnel_types") or []:
        if own:
            found[kind, own] = EndPoint(host, str(kind), str(own))
    for name, (bridge, _port, interface) in host.ovs_ports.items():
        kind, address = interface["type"], interface["options"].get("local_ip") or own
        if kind in TUNNELS and address:
            point = found.setdefault((kind, address), EndPoint(host, kind, address))
            point.tunnels[name] = (bridge, interface)
    return [found[key] for key in sorted(found)]


def device_of(host: Host, address: str) -> str | None:
    """Return the device of the host that has an address."""
    return next(
        (
            interface["name"]
            for interface in host.interfaces.values()
            if any(own["address"] == address for own in interface["addresses"])
        ),
        None,
    )
