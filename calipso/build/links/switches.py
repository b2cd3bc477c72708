"""Hops at a host's switch: to the vNICs plugged into it, and to the NICs that are its ports."""

from __future__ import annotations

from ...model.facts import HOST
from ...model.link import LinkType
from ...model.topology import Document
from ..cloud import Cloud
from ..devices import device_state
from ..graph import Graph, bearing, up_down
from ..hosts import Host
from ..kinds.host_pnic import pnic_id
from ..kinds.vnic import LOGICAL, networks_of
from ..switching import carried
from ..switching.ovs import vedge_id

LINK_TYPES = (
    LinkType(
        "vnic",
        "vedge",
        "The vNIC's device, or its end outside the namespace, is a port of the switch; or OVN has it there.",
    ),
    LinkType("vedge", "host_pnic", "The NIC is a port of the switch, directly or through patch ports."),
)


EACH = HOST


def find(cloud: Cloud, graph: Graph, host: Host) -> None:
    """Link every switch of a host with what is plugged into it."""
    if vedge := graph.objects.get(vedge_id(host)):
        _to_vnics(graph, host, vedge)
    networks = carried(cloud, host)
    for each in graph.at(host.name, "vedge"):
        for nic in each["pnic"]:
            if pnic := graph.objects.get(pnic_id(host.name, nic)):
                graph.link(each, pnic, state=pnic["state"], attributes=bearing(networks.get(nic, {})))


def _to_vnics(graph: Graph, host: Host, vedge: Document) -> None:
    for vnic in graph.at(host.name, "vnic"):
        if vnic["interface_type"] == LOGICAL:
            networks = graph.objects[vnic["vservice_id"]]["network"]
            graph.link(vnic, vedge, state=vnic["state"], attributes=bearing(networks))
        elif port := _port_of(vnic, vedge):
            graph.link(
                vnic,
                vedge,
                state=vnic["state"] if vnic["namespace"] else up_down(device_state(host, port)),
                name=vnic["network_name"],
                attributes=bearing(networks) if (networks := networks_of(vnic)) else None,
                labels=(vnic["name"], port),
            )


def _port_of(vnic: Document, vedge: Document) -> str | None:
    """Return the port of the switch that a vNIC's device is, or leads to from its namespace."""
    devices = (vnic["target"], vnic["outer_device"])
    return next((str(device) for device in devices if device in vedge["ports"]), None)
