"""Hops at tunnel end points: to their switch, and to the bridge and NICs that their address sits on."""

from __future__ import annotations

from ...model.facts import HOST
from ...model.link import LinkType
from ..cloud import Cloud
from ..devices import state_of
from ..graph import Graph, bearing, up_down
from ..hosts import Host
from ..kinds.host_pnic import pnic_id
from ..switching import overlay_networks

LINK_TYPES = (
    LinkType("vedge", "otep", "The tunnel end point belongs to that vedge."),
    LinkType("otep", "vconnector", "The tunnel address sits on the bridge, or the tunnel is in the bridge."),
    LinkType("otep", "host_pnic", "The tunnel address sits on the NIC, or on a device that stands on it."),
)


EACH = HOST


def find(cloud: Cloud, graph: Graph, host: Host) -> None:
    """Link every tunnel end point of a host with its switch and with what carries its packets."""
    for otep in graph.at(host.name, "otep"):
        device = otep["device"]
        carried = overlay_networks(cloud, host, otep["overlay_type"])
        attributes = {"network": otep["network"]} if otep["network"] else bearing(carried)
        if vedge := graph.objects.get(otep["vedge_id"] or ""):
            graph.link(vedge, otep, state=otep["state"], attributes=attributes)
        for key in (otep["parent_id"], otep["vconnector"]):
            connector = graph.objects.get(key or "")
            if connector and connector["type"] == "vconnector":
                own = [otep["state"]] if key == otep["parent_id"] else []
                state = up_down(*own, connector["state"])
                graph.link(otep, connector, state=state, attributes=attributes)
        for nic in otep["pnic"]:
            if pnic := graph.objects.get(pnic_id(host.name, nic)):
                states = [state_of(host.interfaces[device])] if device in host.interfaces else []
                state = up_down(*states, pnic["state"])
                graph.link(otep, pnic, state=state, attributes=attributes, labels=(device, nic))
