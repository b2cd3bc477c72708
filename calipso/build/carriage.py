"""Which networks a host's NICs really carry.

A network is carried where it has a port that is plugged into the host's switch: an overlay network by
the NICs under the tunnel address, a VLAN or flat one by the NICs of the bridge that its physical
network is mapped to, where patch ports join that bridge to the integration bridge.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from .cloud import Cloud
from .devices import bridge_nics, nics_below, patched
from .end_points import SWITCH_AGENTS, device_of, end_points
from .hosts import Host
from .kinds.network import segments_of

DEAD_VLAN = 4095
"""The tag of ports that Neutron's agent has cut off."""

TAGGING_AGENT = "neutron-openvswitch-agent"
"""The agent that gives every port that it has wired a local VLAN tag."""

Segment = dict[str, Any]


def _configurations(host: Host) -> dict[str, Any]:
    agent = host.agent(*SWITCH_AGENTS)
    return (agent.get("configurations") if agent else None) or {}


def bridge_mappings(host: Host) -> dict[str, str]:
    """Return which bridge the host's agent gives each physical network."""
    mappings = _configurations(host).get("bridge_mappings")
    return dict(mappings) if isinstance(mappings, dict) else {}


def integration_bridge(host: Host) -> str:
    """Return the name of the bridge that instances and services are plugged into."""
    return str(_configurations(host).get("integration_bridge") or "br-int")


def plugged_networks(cloud: Cloud, host: Host) -> set[str]:
    """Return the networks that have a live port on the host's switch."""
    found = set()
    dead = (DEAD_VLAN, None) if host.agent(TAGGING_AGENT) else (DEAD_VLAN,)
    for _bridge, port, interface in host.ovs_ports.values():
        row = cloud.ports.get(interface["external_ids"].get("iface-id", ""))
        if row and row.get("network_id") and port["tag"] not in dead:
            found.add(str(row["network_id"]))
    return found


def segments(cloud: Cloud, network: str) -> list[Segment]:
    """Return a network's segments."""
    row = cloud.row("network", network)
    return segments_of(row, cloud.segments_by_network.get(network, [])) if row else []


def overlay_networks(cloud: Cloud, host: Host, overlay_type: str) -> dict[str, Segment]:
    """Return the networks that the host's tunnels of one type carry, with their segments."""
    return {
        network: segment
        for network in sorted(plugged_networks(cloud, host))
        for segment in segments(cloud, network)
        if segment["network_type"] == overlay_type
    }


def carried(cloud: Cloud, host: Host) -> dict[str, dict[str, Segment]]:
    """Return the networks that each NIC of the host carries, with their segments."""
    found: dict[str, dict[str, Segment]] = defaultdict(dict)
    for point in end_points(host):
        if device := device_of(host, point.address):
            for nic in nics_below(host, device):
                found[nic].update(overlay_networks(cloud, host, point.type))
    mappings, joined = bridge_mappings(host), patched(host).get(integration_bridge(host), frozenset())
    for network in plugged_networks(cloud, host):
        for segment in segments(cloud, network):
            bridge = mappings.get(segment["physical_network"] or "")
            if bridge in joined and segment["network_type"] in ("vlan", "flat"):
                for nic in bridge_nics(host, str(bridge)):
                    found[nic][network] = segment
    return found
