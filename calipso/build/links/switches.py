"""Hops at a host's switch: to the vNICs plugged into it, and to the NICs that are its ports."""

from __future__ import annotations

from ...model.link import LinkType
from ..carriage import carried
from ..cloud import Cloud
from ..devices import device_state
from ..graph import Graph, bearing, up_down
from ..kinds.host_pnic import pnic_id
from ..kinds.vedge import vedge_id

LINK_TYPES = (
    LinkType("vnic", "vedge", "The vNIC's device is itself a port of the switch."),
    LinkType("vedge", "host_pnic", "The NIC is a port of the switch, directly or through patch ports."),
)


def find(cloud: Cloud, graph: Graph) -> None:
    """Link every switch with what is plugged into it."""
    for vnic in graph.by_type["vnic"]:
        host = cloud.hosts[vnic["host"]]
        vedge = graph.objects.get(vedge_id(host))
        if vedge and vnic["target"] in vedge["ports"]:
            graph.link(
                vnic,
                vedge,
                state=vnic["state"] if vnic["namespace"] else up_down(device_state(host, vnic["target"])),
                name=vnic["network_name"],
                attributes={"network": vnic["network"]} if vnic["network"] else None,
            )
    for vedge in graph.by_type["vedge"]:
        host = cloud.hosts[vedge["host"]]
        networks = carried(cloud, host)
        for nic in vedge["pnic"]:
            if pnic := graph.objects.get(pnic_id(host, nic)):
                graph.link(vedge, pnic, state=pnic["state"], attributes=bearing(networks.get(nic, {})))
