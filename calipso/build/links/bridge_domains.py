"""Hops at VPP: from vNICs, taps and NICs to its bridge domains, and on to VPP itself."""

from __future__ import annotations

from ...model.facts import HOST, VppInterface
from ...model.topology import Document
from .. import vpp
from ..cloud import Cloud
from ..graph import Graph, bearing, up_down
from ..hosts import Host
from ..kinds.host_pnic import pnic_id
from ..kinds.vconnector import connector_id

LINK_TYPES = ()
"""These hops are of the types that other families declare."""


EACH = HOST


def find(cloud: Cloud, graph: Graph, host: Host) -> None:
    """Link what is plugged into a host's VPP, where it has one."""
    own = vpp.interfaces(host)
    vedge = graph.objects.get(vpp.vedge_id(host))
    if not own or vedge is None:
        return
    vnics = graph.at(host.name, "vnic")
    for domain in vpp.bridge_domains(cloud, host):
        if connector := _connector(graph, host, domain.name):
            _to_vedge(graph, connector, vedge)
            for interface in domain.interfaces:
                _plug(cloud, graph, host, vnics, interface, connector)
                _to_pnics(graph, host, interface, connector)
    for interface in own.values():
        if interface["bridge_domain"] is None:
            _plug(cloud, graph, host, vnics, interface, vedge)


def _connector(graph: Graph, host: Host, name: str | None) -> Document | None:
    """Return the bridge, or bridge domain, of a name, and no NIC that has the same one."""
    found = graph.objects.get(connector_id(host, name)) if name else None
    return found if found and found["type"] == "vconnector" else None


def _to_vedge(graph: Graph, connector: Document, vedge: Document) -> None:
    graph.link(
        connector,
        vedge,
        state=vedge["state"],
        name=connector["network_name"],
        attributes=_of(connector["network"]),
    )


def _plug(
    cloud: Cloud, graph: Graph, host: Host, vnics: list[Document], interface: VppInterface, into: Document
) -> None:
    """Link what is at the other end of an interface with what holds that: a bridge domain, or VPP."""
    device = interface.get("host_device")
    kernel = host.interfaces.get(device or "")
    bridge = _connector(graph, host, kernel["master"]) if kernel else None
    state = vpp.state_of(interface)
    if bridge is not None:
        vedge = graph.objects[vpp.vedge_id(host)]
        network = bridge["network"] or into.get("network")
        name = cloud.name_of("network", network)
        graph.link(
            bridge, vedge, state=state, name=name, attributes=_of(network), labels=(device, interface["name"])
        )
        return
    for vnic in vnics:
        if _is_plugged(interface, vnic):
            graph.link(
                vnic,
                into,
                state=up_down(vnic["state"], state),
                name=vnic["network_name"],
                attributes=_of(vnic["network"] or into.get("network")),
                labels=(vnic["name"], interface["name"]),
            )


def _is_plugged(interface: VppInterface, vnic: Document) -> bool:
    """Say whether a vNIC is at the other end of an interface: by socket, device or address."""
    if interface.get("kind") not in vpp.PLUGS:
        return False
    if interface.get("socket") and vnic["interface_type"] == "vhostuser":
        return bool(interface["socket"] == vnic["source_bridge"])
    if interface.get("host_device") and vnic["target"]:
        return bool(interface["host_device"] == vnic["target"])
    return bool(interface["mac"] and interface["mac"] == vnic["mac_address"])


def _to_pnics(graph: Graph, host: Host, interface: VppInterface, connector: Document) -> None:
    if interface["tunnel"] or interface.get("bvi"):
        return
    for nic in vpp.nics_below(host, interface["name"]):
        if pnic := graph.objects.get(pnic_id(host.name, nic)):
            graph.link(
                connector,
                pnic,
                state=up_down(vpp.state_of(interface), pnic["state"]),
                name=connector["network_name"],
                attributes=_of(connector["network"]),
                labels=(interface["name"], nic),
            )


def _of(network: str | None) -> dict[str, str | list[str]] | None:
    return bearing([network]) if network else None
