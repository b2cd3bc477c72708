"""Devices of a host: their state, and which NICs a device stands on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..model.facts import Interface
from .hosts import Host

PNIC_PATTERN = re.compile(r"(?:eth|en|em|ib|p\d+p)\d*[a-z0-9]*")
"""Names of NICs where no device in sysfs tells: on virtual test hosts."""

VIRTUAL_KINDS = frozenset({None, "veth", "macvlan", "ipvlan"})
"""What a NIC of a virtual test host is made of."""

METADATA = "169.254.169.254"
"""The start of IPv4 addresses that never leave a link, which the kernel does not tell apart by scope."""


BONDS = frozenset({"bond", "team"})
"""The kinds of devices that make one NIC of several."""

FUNCTION_PORT = re.compile(r"(?:c\d+)?pf\d+[vs]f\d+")
"""Names of ports of a NIC's own switch that a virtual function is at the other end of, and no cable."""


def is_pnic(host: Host, interface: Interface) -> bool:
    """Say whether a device is a physical NIC, a bond of some, or stands for one on a virtual host.

    A virtual function has hardware behind it, and is none, nor is the port that it has in its NIC's switch.
    """
    if interface["bus"] in host.functions or FUNCTION_PORT.fullmatch(interface.get("port_name", "")):
        return False
    if interface["physical"] or interface["kind"] in BONDS:
        return True
    return interface["kind"] in VIRTUAL_KINDS and bool(PNIC_PATTERN.fullmatch(interface["name"]))


def state_of(interface: Interface | None) -> str:
    """Return up, down or unknown."""
    if interface is None:
        return "unknown"
    if not interface["up"] or interface["carrier"] is False:
        return "down"
    return "up" if interface["carrier"] else "unknown"


def own_addresses(interface: Interface) -> list[str]:
    """Return the addresses of a device that are its own, and not the same in many places."""
    return [
        own["address"]
        for own in interface["addresses"]
        if own["scope"] == "global" and own["address"] != METADATA
    ]


def addresses_of(port: Mapping[str, Any]) -> list[str]:
    """Return the addresses that Neutron gives a port."""
    return [ip["ip_address"] for ip in port.get("fixed_ips") or [] if ip.get("ip_address")]


def device_state(host: Host, name: str | None) -> str:
    """Return the state of a host's device; one that is not there is down, if the host was asked."""
    if name is None:
        return "unknown"
    if interface := host.interfaces.get(name):
        return state_of(interface)
    if entry := host.ovs_ports.get(name):
        return entry[2]["link_state"] or "unknown"
    return "down" if host.knows("interfaces") else "unknown"


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


def patched(host: Host) -> Mapping[str, frozenset[str]]:
    """Return, for each OVS bridge of the host, the bridges that patch ports join it to, itself included."""
    if host.facts is None or host.facts["ovs"] is None:
        return {}
    bridges = [bridge["name"] for bridge in host.facts["ovs"]["bridges"]]
    joined: dict[str, set[str]] = {bridge: {bridge} for bridge in bridges}
    for bridge, _port, interface in host.ovs_ports.values():
        peer = (
            host.ovs_ports.get(interface["options"].get("peer", "")) if interface["type"] == "patch" else None
        )
        if (
            peer
            and peer[2]["options"].get("peer") == interface["name"]
            and joined[bridge] is not joined[peer[0]]
        ):
            union = joined[bridge] | joined[peer[0]]
            for name in union:
                joined[name] = union
    return {bridge: frozenset(names) for bridge, names in joined.items()}


def bridge_nics(host: Host, bridge: str) -> list[str]:
    """Return the NICs that are ports of an OVS bridge, VLAN devices followed down."""
    return sorted(
        {
            nic
            for name, (owner, _port, _interface) in host.ovs_ports.items()
            if owner == bridge and name in host.interfaces
            for nic in nics_below(host, name, through_bridges=False)
        }
    )


def nics_below(host: Host, name: str, *, through_bridges: bool = True) -> list[str]:
    """Return the NICs that a device stands on: itself, or through VLANs, Linux bridges and OVS bridges.

    Of a bond these are the bond and all its members, of a virtual function the NIC that it is a part of.
    """
    found: set[str] = set()
    seen: set[str] = set()
    todo = [name]
    while todo:
        device = todo.pop()
        below = host.interfaces.get(device)
        if device in seen or below is None:
            continue
        seen.add(device)
        if is_pnic(host, below):
            found.add(device)
            todo += host.members.get(device, []) if below["kind"] in BONDS else []
        elif below["bus"] in host.functions:
            todo.append(host.functions[below["bus"]][0])
        elif below["parent"]:
            todo.append(below["parent"])
        elif through_bridges and below["kind"] == "bridge":
            todo += host.members.get(device, [])
        elif through_bridges and (entry := host.ovs_ports.get(device)) and entry[2]["type"] == "internal":
            joined = patched(host)[entry[0]]
            found.update(nic for bridge in joined for nic in bridge_nics(host, bridge))
    return sorted(found)
