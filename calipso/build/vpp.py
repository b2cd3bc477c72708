"""VPP on a host: its interfaces, its bridge domains, and the NICs that they lead to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from ..model.facts import VppInterface
from . import devices
from .cloud import Cloud, Data
from .hosts import Host

AGENT = "VPP agent"
"""The type of the agent that programs VPP."""

NICS = ("hardware", "bond")
"""The kinds of interfaces that are NICs, or bonds of some."""

PLUGS = ("vhost-user", "tap")
"""The kinds of interfaces that a vNIC may be at the other end of."""


def domain_name(number: int | None) -> str | None:
    """Return what a bridge domain is called."""
    return None if number is None else f"bd{number}"


@dataclass(frozen=True, slots=True)
class BridgeDomain:
    """A bridge domain with what is in it, and the networks of the ports among them."""

    number: int
    interfaces: list[VppInterface]
    networks: list[str]

    @property
    def name(self) -> str:
        """What it is called: VPP only counts its bridge domains."""
        return str(domain_name(self.number))


def vedge_id(host: Host) -> str:
    """Return the object id of the host's VPP."""
    return f"{host.name}::vpp"


def interfaces(host: Host) -> Mapping[str, VppInterface]:
    """Return the interfaces of the host's VPP by name; none where it has no VPP."""
    vpp = host.facts["vpp"] if host.facts else None
    return {interface["name"]: interface for interface in vpp["interfaces"]} if vpp else {}


def bridge_domains(cloud: Cloud, host: Host) -> list[BridgeDomain]:
    """Return the bridge domains of the host's VPP, by number."""
    vpp = host.facts["vpp"] if host.facts else None
    if vpp is None:
        return []
    members: dict[int, list[VppInterface]] = {number: [] for number in vpp["bridge_domains"]}
    for interface in vpp["interfaces"]:
        if interface["bridge_domain"] is not None:
            members.setdefault(interface["bridge_domain"], []).append(interface)
    found = []
    for number, inside in sorted(members.items()):
        ports = [port_of(cloud, host, interface) for interface in inside]
        networks = {str(port["network_id"]) for port in ports if port and port.get("network_id")}
        found.append(BridgeDomain(number, inside, sorted(networks)))
    return found


def port_of(cloud: Cloud, host: Host, interface: VppInterface) -> Data | None:
    """Return the Neutron port that an interface is made for: by socket, by kernel device, by address."""
    if interface.get("kind") not in PLUGS:
        return None
    socket = PurePosixPath(interface.get("socket") or "").name
    return (
        cloud.ports.get(socket)
        or cloud.port_of_device(socket)
        or cloud.port_of_device(interface.get("host_device"))
        or cloud.port_of_mac(interface["mac"], host.name)
    )


def is_uplink(interface: VppInterface) -> bool:
    """Say whether an interface is a NIC, or the kernel's device that VPP has for one."""
    return interface.get("kind") in (*NICS, "host")


def port_document(cloud: Cloud, host: Host, interface: VppInterface) -> dict[str, Any]:
    """Return what a vedge says of an interface, in the words that it has for the ports of any switch."""
    port = port_of(cloud, host, interface)
    return {
        "id": interface["index"],
        "bridge": domain_name(interface["bridge_domain"]),
        "tag": interface.get("vlan"),
        "type": interface.get("kind") or ("vlan" if interface.get("parent") else None),
        "internal": interface.get("kind") in ("loopback", "local"),
        "mac_address": interface["mac"],
        "port": str(port["id"]) if port else None,
        "peer": interface.get("socket") or interface.get("host_device"),
    }


def at_socket(host: Host, socket: str | None) -> VppInterface | None:
    """Return the vhost-user interface of the host's VPP at a socket."""
    found = (own for own in interfaces(host).values() if own.get("socket"))
    return next((own for own in found if own.get("socket") == socket), None)


def state_of(interface: VppInterface | None) -> str:
    """Return up, down or unknown; what has no link of its own is as it was switched."""
    if interface is None:
        return "unknown"
    return "up" if interface["up"] and interface.get("link_up") is not False else "down"


def holder(host: Host, address: str) -> str | None:
    """Return the interface of the host's VPP that has an IP address, if one does."""
    return next(
        (
            name
            for name, interface in interfaces(host).items()
            if any(own.partition("/")[0] == address for own in interface["addresses"])
        ),
        None,
    )


def nics_below(host: Host, name: str) -> list[str]:
    """Return the NICs that an interface of VPP stands on, by way of VLANs, bonds and bridge domains.

    A bond counts with its members. What VPP reaches through the kernel counts with the kernel's NICs.
    """
    own = interfaces(host)
    vpp = host.facts["vpp"] if host.facts else None
    bonds = {bond["name"]: bond["members"] for bond in vpp.get("bonds", [])} if vpp else {}
    found: set[str] = set()
    seen: set[str] = set()
    todo = [name]
    while todo:
        near = todo.pop()
        interface = own.get(near)
        if near in seen or interface is None:
            continue
        seen.add(near)
        kind, parent = interface.get("kind"), interface.get("parent")
        if kind in NICS:
            found.add(near)
            todo += bonds.get(near, [])
        elif parent:
            todo.append(parent)
        elif device := interface.get("host_device"):
            kernel = host.interfaces.get(device)
            found.update(devices.nics_below(host, (kernel["master"] if kernel else None) or device))
        elif interface.get("bvi"):
            todo += [other["name"] for other in own.values() if _beside(other, interface)]
    return sorted(found)


def _beside(other: VppInterface, interface: VppInterface) -> bool:
    """Say whether another interface carries the bridge domain of this one on, and is no tunnel."""
    return other["bridge_domain"] == interface["bridge_domain"] and not other["tunnel"]
