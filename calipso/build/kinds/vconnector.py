"""vConnectors: Linux bridges, and bridge domains of VPP."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...model.facts import HOST, Bridge
from ...model.kind import Field, Kind
from ...model.topology import Document
from ..cloud import Cloud
from ..devices import state_of
from ..hosts import Host
from ..vpp import BridgeDomain, bridge_domains

KIND = Kind(
    type="vconnector",
    label="vConnector",
    doc="A layer-2 connector of one network in one host: a Linux bridge, or a bridge domain of VPP.",
    parent="host",
    folder="vConnectors",
    fields=(
        Field("host", "The host that it is in.", hover=True),
        Field("connector_type", "What it is made of: bridge, or bridge domain.", hover=True),
        Field("bridge_id", "Its id as a bridge, or its number as a bridge domain."),
        Field("mac_address", "Its address.", search=True),
        Field("interfaces", "Its members: name to MAC address."),
        Field("interfaces_names", "The names of its members.", hover=True),
        Field("network", "The id of its network, where all its members are in one."),
        Field("network_name", "That network's name.", hover=True),
        Field("state", "up, down, or unknown."),
    ),
    state="state",
    states={"up": "ok", "down": "error"},
)

NEUTRON_BRIDGE = re.compile(r"(qbr|brq)[0-9a-f]{8}-[0-9a-f]{2}")


def connector_id(host: Host, name: str) -> str:
    """Return the object id of a bridge, or of a bridge domain."""
    return f"{host.name}:{name}"


def network_of(cloud: Cloud, bridge: Bridge) -> str | None:
    """Return the network of a bridge: the one that it is named after, or that all ports in it are in."""
    if named := cloud.network_of_bridge(bridge["name"]):
        return str(named["id"])
    ports = [cloud.port_of_device(name) for name in (bridge["name"], *bridge["interfaces"])]
    found = {str(port["network_id"]) for port in ports if port and port.get("network_id")}
    return found.pop() if len(found) == 1 else None


EACH = HOST


def build(cloud: Cloud, host: Host) -> Iterator[Document]:
    """Yield the bridges of a host; report Neutron's that serve nothing any more."""
    for bridge in host.facts["bridges"] if host.facts else []:
        yield _document(cloud, host, bridge)
    for domain in bridge_domains(cloud, host):
        yield _of_vpp(cloud, host, domain)


def _document(cloud: Cloud, host: Host, bridge: Bridge) -> Document:
    key, network = connector_id(host, bridge["name"]), network_of(cloud, bridge)
    device = host.interfaces.get(bridge["name"])
    members = {name: host.interfaces.get(name) for name in bridge["interfaces"]}
    if NEUTRON_BRIDGE.fullmatch(bridge["name"]) and cloud.sources_complete("port"):
        _check(cloud, key, bridge)
    return {
        "id": key,
        "name": bridge["name"],
        "parent_id": host.name,
        "source": cloud.source_of(host),
        "host": host.name,
        "connector_type": "bridge",
        "bridge_id": bridge["id"],
        "mac_address": device["mac"] if device else None,
        "interfaces": {name: member["mac"] if member else None for name, member in members.items()},
        "interfaces_names": bridge["interfaces"],
        "network": network,
        "network_name": cloud.name_of("network", network),
        "state": state_of(device),
    }


def _of_vpp(cloud: Cloud, host: Host, domain: BridgeDomain) -> Document:
    network = domain.networks[0] if len(domain.networks) == 1 else None
    bvi = next((interface for interface in domain.interfaces if interface.get("bvi")), None)
    return {
        "id": connector_id(host, domain.name),
        "name": domain.name,
        "parent_id": host.name,
        "source": cloud.source_of(host),
        "host": host.name,
        "connector_type": "bridge domain",
        "bridge_id": str(domain.number),
        "mac_address": bvi["mac"] if bvi else None,
        "interfaces": {interface["name"]: interface["mac"] for interface in domain.interfaces},
        "interfaces_names": [interface["name"] for interface in domain.interfaces],
        "network": network,
        "network_name": cloud.name_of("network", network),
        "state": "unknown" if host.stale else "up",
    }


def _check(cloud: Cloud, key: str, bridge: Bridge) -> None:
    """Report one of Neutron's bridges that no port uses, or that a running instance is not plugged into."""
    if not any(cloud.port_of_device(name) for name in (bridge["name"], *bridge["interfaces"])):
        cloud.report("warn", "the bridge is left over: no port is in it", key, "vconnector")
        return
    port = cloud.port_of_device(bridge["name"]) or {}
    server = cloud.row("server", port.get("device_id")) or {}
    plugged = any(name.startswith("tap") for name in bridge["interfaces"])
    if server.get("status") == "ACTIVE" and not plugged:
        cloud.report("error", "no instance is plugged into the bridge, and one should be", key, "vconnector")
