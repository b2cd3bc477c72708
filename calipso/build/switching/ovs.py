"""Open vSwitch, as Neutron's agent or OVN programs it.

An overlay network is carried in tunnels; a VLAN or flat one by the NICs of the bridge that its physical
network is mapped to, where patch ports join that bridge to the integration bridge.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from ..cloud import Cloud
from ..devices import bridge_nics, device_of, nics_below, patched
from ..hosts import Host
from ..ovn import end_points as ovn_end_points
from ..ovn import mappings_of, reached, runs_ovn, settings
from .end_point import EndPoint, Tunnel, address_id
from .segments import Carried, segments

AGENTS = ("neutron-openvswitch-agent", "ovn-controller")
"""The agents that program Open vSwitch."""

TUNNELS = frozenset({"vxlan", "gre", "geneve", "stt", "gtpu", "ip6gre"})
"""The types of interfaces that are tunnels."""

DEAD_VLAN = 4095
"""The tag of ports that Neutron's agent has cut off."""

TAGGING_AGENT = "neutron-openvswitch-agent"
"""The agent that gives every port that it has wired a local VLAN tag."""


def vedge_id(host: Host) -> str:
    """Return the object id of the host's Open vSwitch."""
    return f"{host.name}::ovs"


def _configurations(host: Host) -> dict[str, Any]:
    agent = host.agent(*AGENTS)
    return (agent.get("configurations") if agent else None) or {}


def bridge_mappings(host: Host) -> dict[str, str]:
    """Return which bridge the host's agent gives each physical network; OVN's, as the host has it."""
    said = _configurations(host)
    mappings = said.get("bridge_mappings")
    if isinstance(mappings, dict):
        return dict(mappings)
    return mappings_of(settings(host).get("ovn-bridge-mappings") or said.get("bridge-mappings"))


def integration_bridge(host: Host) -> str:
    """Return the name of the bridge that instances and services are plugged into."""
    named = _configurations(host).get("integration_bridge") or settings(host).get("ovn-bridge")
    return str(named or "br-int")


def end_points(cloud: Cloud, host: Host) -> list[EndPoint]:
    """Return the tunnel end points of a host: those of its agent, and those of its switch's tunnels."""
    found: dict[tuple[str, str], EndPoint] = {}
    ways = _ways(cloud, host)
    own = _configurations(host).get("tunneling_ip") or (ways[0][1] if ways else None)

    def point(kind: str, address: str) -> EndPoint:
        known = found.get((kind, address))
        if known is None:
            known = found[kind, address] = _end_point(host, kind, address)
        return known

    for way in ways:
        point(*way)
    for name, (bridge, _port, interface) in host.ovs_ports.items():
        kind, address = interface["type"], interface["options"].get("local_ip") or own
        if kind in TUNNELS and address:
            udp_port = interface["options"].get("dst_port")
            point(kind, address).tunnels[name] = Tunnel(
                interface["options"].get("remote_ip"),
                bridge,
                interface["link_state"],
                int(udp_port) if udp_port and udp_port.isdecimal() else None,
            )
    if not found and (host.ovs_ports or host.agent(*AGENTS)):
        for row in cloud.rows_by("tunnel_endpoint", "host", host.name):
            point(str(row["type"]), str(row["ip_address"]))
    return [found[key] for key in sorted(found)]


def _ways(cloud: Cloud, host: Host) -> list[tuple[str, str]]:
    """Return types and addresses of tunnels as the agent has them; OVN's, as the host has them."""
    said = _configurations(host)
    if said.get("tunneling_ip"):
        return [(str(kind), str(said["tunneling_ip"])) for kind in said.get("tunnel_types") or []]
    if not runs_ovn(host):
        return []
    kinds, addresses = (settings(host).get(f"ovn-encap-{each}", "").split(",") for each in ("type", "ip"))
    first = settings(host).get("ovn-encap-ip-default")
    own = sorted(filter(None, addresses), key=lambda address: address != first)
    return [(kind, address) for address in own for kind in kinds if kind] or ovn_end_points(cloud, host)


def _end_point(host: Host, kind: str, address: str) -> EndPoint:
    device = device_of(host, address)
    bridged = device and host.interfaces[device]["kind"] == "bridge"
    return EndPoint(
        kind,
        address,
        address_id(host, kind, address),
        (vedge_id(host), "vedge"),
        device,
        f"{host.name}:{device}" if bridged else None,
        nics_below(host, device) if device else [],
    )


def plugged(cloud: Cloud, host: Host) -> set[str]:
    """Return the networks that have a live port on the host's Open vSwitch, and those routed to there."""
    found = set()
    dead = (DEAD_VLAN, None) if host.agent(TAGGING_AGENT) else (DEAD_VLAN,)
    for _bridge, port, interface in host.ovs_ports.values():
        row = cloud.ports.get(interface["external_ids"].get("iface-id", ""))
        if row and row.get("network_id") and port["tag"] not in dead:
            found.add(str(row["network_id"]))
    return found | reached(cloud, host, found) if runs_ovn(host) else found


def carried(cloud: Cloud, host: Host) -> Carried:
    """Return the VLAN and flat networks that each NIC carries, with their segments."""
    found: Carried = defaultdict(dict)
    mappings, joined = bridge_mappings(host), patched(host).get(integration_bridge(host), frozenset())
    for network in plugged(cloud, host):
        for segment in segments(cloud, network):
            bridge = mappings.get(segment["physical_network"] or "")
            if bridge in joined and segment["network_type"] in ("vlan", "flat"):
                for nic in bridge_nics(host, str(bridge)):
                    found[nic][network] = segment
    return found
