"""Hops from a host's NICs to the networks that they carry."""

from __future__ import annotations

from typing import Any

from ...model.facts import HOST
from ...model.link import LinkType
from ..cloud import Cloud
from ..graph import Graph
from ..hosts import Host
from ..kinds.host_pnic import pnic_id
from ..switching import carried

LINK_TYPES = (LinkType("host_pnic", "network", "The NIC really carries the network."),)


def segment_name(segment: dict[str, Any]) -> str:
    """Return a segment as operators write it: vxlan-1713, vlan-12, or the physical network of a flat one."""
    if segment["segmentation_id"] is None:
        return str(segment["physical_network"] or segment["network_type"])
    return f"{segment['network_type']}-{segment['segmentation_id']}"


EACH = HOST


def find(cloud: Cloud, graph: Graph, host: Host) -> None:
    """Link every NIC of a host with the networks that it carries."""
    for nic, networks in sorted(carried(cloud, host).items()):
        pnic = graph.objects.get(pnic_id(host.name, nic))
        for key, segment in sorted(networks.items()):
            network = graph.objects.get(key)
            if pnic and network:
                graph.link(
                    pnic,
                    network,
                    state=pnic["state"],
                    name=segment_name(segment),
                    attributes={"network": key, **segment},
                )
