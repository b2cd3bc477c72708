"""Physical NICs of hosts."""

from __future__ import annotations

from collections.abc import Iterator

from ...model.facts import Bond
from ...model.kind import Field, Kind
from ...model.link import LinkType
from ...model.topology import Document
from ..cloud import Cloud
from ..devices import is_pnic, state_of
from ..hosts import Host

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
        Field("bond", "Where it is a bond: mode, members, active member, LACP partner."),
        Field("port_id", "The switch port that LLDP sees at its other end.", hover=True),
        Field("state", "up, down, or unknown.", hover=True),
    ),
    state="state",
    states={"up": "ok", "down": "error"},
)

LINK_TYPES = (LinkType("host", "host_pnic", "The NIC is in the host.", attribute="host"),)


def pnic_id(host: Host, name: str) -> str:
    """Return the object id of a NIC."""
    return f"{host.name}:{name}"


def build(cloud: Cloud) -> Iterator[Document]:
    """Yield the NICs of every host."""
    for host in cloud.hosts.values():
        if host.facts is None:
            continue
        bonds: dict[str, Bond] = {bond["name"]: bond for bond in host.facts["bonds"]}
        ports: dict[str, list[str]] = {}
        for neighbour in host.facts["lldp"]:
            ports.setdefault(neighbour["interface"], []).append(neighbour["port_id"])
        for interface in host.facts["interfaces"]:
            if not is_pnic(interface):
                continue
            name = interface["name"]
            bond = bonds.get(name)
            yield {
                "id": pnic_id(host, name),
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
                "port_id": ports[name][0] if len(ports.get(name, [])) == 1 else None,
                "state": state_of(interface),
            }
