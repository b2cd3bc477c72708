"""Physical NICs of hosts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...model.facts import HOST, Bond, Interface
from ...model.kind import Field, Kind
from ...model.link import LinkType
from ...model.topology import Document
from .. import vpp
from ..cloud import Cloud
from ..devices import is_pnic, state_of
from ..hosts import Host
from ..neighbours import switch_ports
from ..switching.sriov import mapped_networks

KIND = Kind(
    type="host_pnic",
    label="pNIC",
    doc="A physical NIC of a host, or a bond of some.",
    parent="host",
    folder="pNICs",
    fields=(
        Field("host", "The host that it is in.", hover=True),
        Field("mac_address", "Its address.", search=True, hover=True),
        Field("link_detected", "Whether it sees a carrier."),
        Field("speed", "In Mb/s.", hover=True),
        Field("duplex", "Full or Half."),
        Field("mtu", "In bytes."),
        Field("driver", "The kernel driver."),
        Field("bus", "Its bus address."),
        Field("addresses", "Its IP addresses.", search=True),
        Field("master", "The bond or bridge that it is enslaved to."),
        Field(
            "bond", "Where it is a bond: mode, members, active member, LACP partner, what it says of each."
        ),
        Field("bond_name", "The bond that it is a member of.", hover=True),
        Field(
            "bond_member", "What the bond says of it: active or backup, link, LACP aggregator, own address."
        ),
        Field("vlans", "The VLAN devices on it: name to VLAN id."),
        Field("virtual_functions", "Its SR-IOV functions: index, address, VLAN, link state, bus address."),
        Field("vedge_id", "The vedge that took it from the kernel, and has it for itself, as VPP does."),
        Field("physical_networks", "The physical networks that an agent of the host maps to it."),
        Field("port_id", "The switch port at its other end.", hover=True),
        Field("state", "up, down, or unknown.", hover=True),
    ),
    state="state",
    states={"up": "ok", "down": "error"},
)

LINK_TYPES = (LinkType("host", "host_pnic", "The NIC is in the host.", attribute="host"),)


def pnic_id(host: str, name: str) -> str:
    """Return the object id of a NIC of a host of that name."""
    return f"{host}:{name}"


EACH = HOST


def build(cloud: Cloud, host: Host) -> Iterator[Document]:
    """Yield the NICs of a host; report bonds that lack a member, and mappings to NICs that are not."""
    if host.facts is None:
        return
    mapped = mapped_networks(host)
    bonds: dict[str, Bond] = {bond["name"]: bond for bond in host.facts["bonds"]}
    ports: dict[str, list[str]] = {}
    for neighbour in host.facts["lldp"]:
        ports.setdefault(neighbour["interface"], []).append(neighbour["port_id"])
    for interface in host.facts["interfaces"]:
        if is_pnic(host, interface):
            document = _document(cloud, host, interface, bonds)
            name = document["name"]
            told = [key.rpartition("::")[2] for key in switch_ports(cloud, (host.name, name)) or ()]
            cable = ports.get(name) or told
            document["port_id"] = cable[0] if len(cable) == 1 else None
            document["physical_networks"] = sorted(mapped.get(document["name"], ()))
            yield document
    yield from _of_vpp(cloud, host)
    _check(cloud, host, mapped, bonds)


def _document(cloud: Cloud, host: Host, interface: Interface, bonds: dict[str, Bond]) -> Document:
    name, bond = interface["name"], bonds.get(interface["name"])
    bonded = bonds.get(interface["master"] or "")
    return {
        "id": pnic_id(host.name, name),
        "name": name,
        "parent_id": host.name,
        "source": cloud.source_of(host),
        "host": host.name,
        "mac_address": interface["mac"],
        "link_detected": interface["carrier"],
        "speed": interface["speed"],
        "duplex": interface["duplex"],
        "mtu": interface["mtu"],
        "driver": interface["driver"],
        "bus": interface["bus"],
        "addresses": [f"{own['address']}/{own['prefix']}" for own in interface["addresses"]],
        "master": interface["master"],
        "bond": dict(bond) if bond else None,
        "bond_name": bonded["name"] if bonded else None,
        "bond_member": _member(bonded, name) if bonded else None,
        "vlans": {
            other["name"]: other["vlan"]["id"]
            for other in host.interfaces.values()
            if other["vlan"] and other["parent"] == name
        },
        "virtual_functions": interface["virtual_functions"],
        "vedge_id": None,
        "port_id": None,
        "state": state_of(interface),
    }


def _of_vpp(cloud: Cloud, host: Host) -> Iterator[Document]:
    """Yield the NICs that only VPP sees, and its bonds of them."""
    switch = host.facts["vpp"] if host.facts else None
    bonds = {bond["name"]: bond for bond in switch.get("bonds", [])} if switch else {}
    masters = {name: bond for bond in bonds.values() for name in bond["members"]}
    own = vpp.interfaces(host)
    for name, interface in own.items():
        if interface.get("kind") not in vpp.NICS:
            continue
        bond, bonded = bonds.get(name), masters.get(name)
        yield {
            "id": pnic_id(host.name, name),
            "name": name,
            "parent_id": vpp.vedge_id(host),
            "parent_type": "vedge",
            "source": cloud.source_of(host),
            "host": host.name,
            "mac_address": interface["mac"],
            "link_detected": interface.get("link_up"),
            "speed": interface.get("speed"),
            "duplex": None,
            "mtu": interface["mtu"],
            "driver": None,
            "bus": interface.get("bus"),
            "addresses": interface["addresses"],
            "master": bonded["name"] if bonded else None,
            "bond": dict(bond) if bond else None,
            "bond_name": bonded["name"] if bonded else None,
            "bond_member": _member(bonded, name) if bonded else None,
            "vlans": {
                other["name"]: other.get("vlan") for other in own.values() if other.get("parent") == name
            },
            "virtual_functions": [],
            "vedge_id": vpp.vedge_id(host),
            "port_id": None,
            "state": vpp.state_of(interface),
            "physical_networks": [],
        }


def _member(bond: Bond, name: str) -> dict[str, Any] | None:
    return next((dict(member) for member in bond.get("member_details", []) if member["name"] == name), None)


def _check(cloud: Cloud, host: Host, mapped: dict[str, set[str]], bonds: dict[str, Bond]) -> None:
    """Report NICs that agents name and the host lacks, and members of bonds that are down."""
    for bond in bonds.values():
        for name in bond["members"]:
            if state_of(host.interfaces.get(name)) == "down":
                cloud.report(
                    "warn", f"its member {name} is down", pnic_id(host.name, bond["name"]), "host_pnic"
                )
    for name, networks in sorted(mapped.items()):
        if name not in host.interfaces and host.knows("interfaces"):
            text = f"physical network {', '.join(sorted(networks))} is mapped to {name}, which is not there"
            cloud.report("error", text, host.name, "host")
