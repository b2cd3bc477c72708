"""Hops at Linux bridges: to vNICs, to the host's switch, to NICs."""

from __future__ import annotations

from collections import defaultdict

from ...model.facts import HOST
from ...model.link import LinkType
from ...model.topology import Document
from ..cloud import Cloud
from ..devices import device_state, nics_below, state_of
from ..graph import Graph, bearing, up_down
from ..hosts import Host
from ..kinds.host_pnic import pnic_id
from ..kinds.vnic import networks_of
from ..switching.ovs import vedge_id

LINK_TYPES = (
    LinkType("vnic", "vconnector", "The vNIC's device is an interface of the bridge."),
    LinkType("vconnector", "vedge", "An interface of the bridge is the peer of a port of the switch."),
    LinkType("vconnector", "host_pnic", "The NIC, or a VLAN device on it, is an interface of the bridge."),
)


EACH = HOST


def find(cloud: Cloud, graph: Graph, host: Host) -> None:
    """Link every Linux bridge of a host with what is plugged into it."""
    vnics: dict[str, list[Document]] = defaultdict(list)
    for vnic in graph.at(host.name, "vnic"):
        if vnic["outer_device"]:
            vnics[vnic["outer_device"]].append(vnic)
    for connector in graph.at(host.name, "vconnector"):
        if connector["connector_type"] != "bridge":
            continue
        for name in connector["interfaces_names"]:
            for vnic in vnics[name]:
                _to_vnic(graph, host, name, vnic, connector)
            _to_vedge(cloud, graph, host, name, connector)
            _to_pnics(graph, host, name, connector)


def _to_vnic(graph: Graph, host: Host, name: str, vnic: Document, connector: Document) -> None:
    networks = networks_of(vnic) or list(filter(None, [connector["network"]]))
    graph.link(
        vnic,
        connector,
        state=up_down(device_state(host, name), connector["state"]),
        name=vnic["network_name"] or connector["network_name"],
        attributes=bearing(networks) if networks else None,
    )


def _to_vedge(cloud: Cloud, graph: Graph, host: Host, name: str, connector: Document) -> None:
    member = host.interfaces.get(name)
    peer = host.interfaces.get(member["peer"]) if member and member["peer"] else None
    vedge = graph.objects.get(vedge_id(host))
    if peer is None or vedge is None or peer["name"] not in host.ovs_ports:
        return
    port = cloud.ports.get(vedge["ports"][peer["name"]]["port"] or "") or cloud.port_of_device(peer["name"])
    network = (port or {}).get("network_id") or connector["network"]
    networks = [network, *(subport.get("network_id") for subport in cloud.subports(port))]
    graph.link(
        connector,
        vedge,
        state=up_down(state_of(member), state_of(peer)),
        name=cloud.name_of("network", network) or connector["network_name"],
        attributes=bearing(set(filter(None, networks))) if network else None,
        labels=(name, peer["name"]),
    )


def _to_pnics(graph: Graph, host: Host, name: str, connector: Document) -> None:
    if name in host.interfaces and host.interfaces[name]["tunnel"]:
        return
    for nic in nics_below(host, name, through_bridges=False):
        if pnic := graph.objects.get(pnic_id(host.name, nic)):
            graph.link(
                connector,
                pnic,
                state=up_down(state_of(host.interfaces.get(name)), pnic["state"]),
                name=connector["network_name"],
                attributes=bearing([connector["network"]]) if connector["network"] else None,
                labels=(name, nic),
            )
