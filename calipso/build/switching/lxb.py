"""Linux bridges, as Neutron's Linux bridge agent makes them: one for each network that is on the host.

In it are the devices of ports, and what carries the network on: a VXLAN device, a NIC, or a VLAN device.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from ...model.facts import Bridge, Interface
from ..cloud import Cloud
from ..devices import device_of, nics_below, own_addresses, state_of
from ..hosts import Host
from ..kinds.vconnector import connector_id, network_of
from .end_point import EndPoint, Tunnel
from .segments import Carried, Segment, segments

AGENT = "neutron-linuxbridge-agent"

BRIDGE = "brq"
"""How the agent begins the name of a bridge that it makes."""


def _mappings(host: Host, name: str) -> Mapping[str, str]:
    """Return what the agent says that it makes of physical networks: bridges, or interfaces."""
    agent = host.agent(AGENT)
    found: Any = ((agent.get("configurations") if agent else None) or {}).get(name)
    return found if isinstance(found, dict) else {}


def _bridges(cloud: Cloud, host: Host) -> Iterator[tuple[Bridge, set[str]]]:
    """Yield the agent's bridges, with their network; with none where Neutron has it no more."""
    given = set(_mappings(host, "bridge_mappings").values()) if host.agent(AGENT) else set()
    for bridge in host.facts["bridges"] if host.facts else []:
        if bridge["name"].startswith(BRIDGE) or bridge["name"] in given:
            network = network_of(cloud, bridge)
            yield bridge, {network} if network else set()


def end_points(cloud: Cloud, host: Host) -> list[EndPoint]:
    """Return the tunnel end points of a host: the VXLAN devices in its bridges, by name."""
    found = []
    for bridge, networks in _bridges(cloud, host):
        for device in _members(host, bridge):
            if point := _end_point(host, bridge, device):
                point.networks = networks
                found.append(point)
    return sorted(found, key=lambda point: point.id)


def _members(host: Host, bridge: Bridge) -> list[Interface]:
    return [host.interfaces[name] for name in bridge["interfaces"] if name in host.interfaces]


def _end_point(host: Host, bridge: Bridge, device: Interface) -> EndPoint | None:
    tunnel, name = device["tunnel"], device["name"]
    if tunnel is None:
        return None
    below = host.interfaces.get(tunnel["device"] or "")
    address = tunnel["local"] or next(iter(own_addresses(below) if below else []), None)
    if address is None:
        return None
    holder = device_of(host, address) or tunnel["device"]
    bridged = holder in host.interfaces and host.interfaces[holder]["kind"] == "bridge"
    fixed = {entry["dst"] for entry in device.get("forwarding", [])}
    peers = sorted(fixed | {peer for peer in (tunnel["remote"], tunnel["group"]) if peer})
    state = state_of(device)
    return EndPoint(
        str(device["kind"]),
        address,
        f"{host.name}:{name}",
        (connector_id(host, bridge["name"]), "vconnector"),
        holder,
        connector_id(host, holder) if bridged and holder else None,
        nics_below(host, holder) if holder else [],
        {peer: Tunnel(peer, bridge["name"], state, tunnel["port"]) for peer in peers},
        name=name,
        state=state,
    )


def plugged(cloud: Cloud, host: Host) -> set[str]:
    """Return the networks that have a live port in one of the host's bridges."""
    return {
        network
        for bridge, networks in _bridges(cloud, host)
        for network in networks
        if any(cloud.port_of_device(name) for name in bridge["interfaces"])
    }


def carried(cloud: Cloud, host: Host) -> Carried:
    """Return the VLAN and flat networks that each NIC carries, with their segments."""
    found: Carried = defaultdict(dict)
    mapped = _mappings(host, "interface_mappings")
    for bridge, networks in _bridges(cloud, host):
        for device in _members(host, bridge):
            nics = [] if device["tunnel"] else nics_below(host, device["name"], through_bridges=False)
            for network in networks if nics else ():
                for segment in segments(cloud, network):
                    if _carries(device, segment, mapped.get(segment["physical_network"] or "")):
                        found.update((nic, {**found[nic], network: segment}) for nic in nics)
    return found


def _carries(device: Interface, segment: Segment, mapped: str | None) -> bool:
    """Say whether a device in a bridge carries a segment; `mapped`: the device of its physical network."""
    if segment["network_type"] == "flat":
        return mapped in (None, device["name"])
    vlan = device["vlan"]["id"] if device["vlan"] else None
    tagged = segment["network_type"] == "vlan" and segment["segmentation_id"] == vlan
    return tagged and mapped in (None, device["parent"])
