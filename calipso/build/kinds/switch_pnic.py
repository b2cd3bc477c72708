"""Ports of physical switches, as LLDP shows them."""

from __future__ import annotations

from collections.abc import Iterator

from ...model.kind import Field, Kind
from ...model.link import LinkType
from ...model.topology import Document
from ..cloud import Cloud
from ..devices import state_of
from ..neighbours import Neighbour, neighbours
from .host_pnic import pnic_id

KIND = Kind(
    type="switch_pnic",
    label="Switch port",
    doc="A port of a physical switch.",
    parent="switch",
    fields=(
        Field("switch", "The switch that it is in."),
        Field("role", "hostlink: to a host; uplink: to a switch.", hover=True),
        Field("connected_to", "The id of the NIC or port at its other end."),
        Field("port_id", "Its LLDP port id.", search=True, hover=True),
        Field("description", "What the switch calls it."),
        Field("mac_address", "Its address, where that is its LLDP port id.", search=True),
        Field("state", "up, down, or unknown, as the other end sees it."),
    ),
    state="state",
    states={"up": "ok", "down": "error"},
)

LINK_TYPES = (
    LinkType("switch", "switch_pnic", "The port is in the switch.", attribute="switch"),
    LinkType("host_pnic", "switch_pnic", "LLDP on the host saw the port.", attribute="connected_to"),
    LinkType("switch_pnic", "switch_pnic", "The ports are cabled to each other.", attribute="connected_to"),
)


def build(cloud: Cloud) -> Iterator[Document]:
    """Yield each switch port that a host sees, once; several NICs may see it through a hub."""
    seen: dict[str, list[Neighbour]] = {}
    for neighbour in neighbours(cloud):
        seen.setdefault(neighbour.port_id, []).append(neighbour)
    for key, found in seen.items():
        neighbour, said = found[0], found[0].said
        nics = sorted({pnic_id(other.host, other.nic) for other in found})
        yield {
            "id": key,
            "name": said["port_id"],
            "parent_id": neighbour.switch_id,
            "source": cloud.source_of(neighbour.host),
            "switch": neighbour.switch_id,
            "role": "hostlink",
            "connected_to": nics[0] if len(nics) == 1 else nics,
            "port_id": said["port_id"],
            "description": said["port_description"],
            "mac_address": said["port_id"] if said["port_id_type"] == "mac" else None,
            "state": state_of(neighbour.host.interfaces.get(neighbour.nic)),
        }
