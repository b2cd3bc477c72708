"""Hops at tunnel end points: to their switch, and to the bridge and NICs that their address sits on."""

from __future__ import annotations

from ...model.link import LinkType
from ..carriage import overlay_networks
from ..cloud import Cloud
from ..devices import nics_below, state_of
from ..graph import Graph, bearing, up_down
from ..kinds.host_pnic import pnic_id

LINK_TYPES = (
    LinkType("vedge", "otep", "The tunnel end point belongs to that vedge."),
    LinkType("otep", "vconnector", "The tunnel address sits on the bridge."),
    LinkType("otep", "host_pnic", "The tunnel address sits on the NIC, or on a device that stands on it."),
)


def find(cloud: Cloud, graph: Graph) -> None:
    """Link every tunnel end point with its switch and with what carries its packets."""
    for otep in graph.by_type["otep"]:
        host, device = cloud.hosts[otep["host"]], otep["device"]
        attributes = bearing(overlay_networks(cloud, host, otep["overlay_type"]))
        graph.link(graph.objects[otep["vedge_id"]], otep, state=otep["state"], attributes=attributes)
        if connector := graph.objects.get(otep["vconnector"] or ""):
            graph.link(otep, connector, state=connector["state"], attributes=attributes)
        for nic in nics_below(host, device) if device else ():
            if pnic := graph.objects.get(pnic_id(host, nic)):
                state = up_down(state_of(host.interfaces.get(device)), pnic["state"])
                graph.link(otep, pnic, state=state, attributes=attributes, labels=(device, nic))
