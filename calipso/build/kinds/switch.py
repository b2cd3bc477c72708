"""Physical switches, as LLDP shows them."""

from __future__ import annotations

from collections.abc import Iterator

from ...model.kind import Field, Kind
from ...model.topology import Document
from ..cloud import Cloud
from ..neighbours import neighbours
from .region import region_id

KIND = Kind(
    type="switch",
    label="Switch",
    doc="A physical switch.",
    parent="region",
    folder="Switches",
    fields=(
        Field("chassis_id", "Its LLDP chassis id.", search=True),
        Field("description", "What it says of itself."),
        Field("ip_address", "Its first management address.", search=True, hover=True),
        Field("addresses", "All its management addresses.", search=True),
        Field("capabilities", "What it says it does: Bridge, Router, ..."),
    ),
)


def build(cloud: Cloud) -> Iterator[Document]:
    """Yield each switch that some host sees, once."""
    seen: set[str] = set()
    for neighbour in neighbours(cloud):
        if neighbour.switch_id in seen:
            continue
        seen.add(neighbour.switch_id)
        said = neighbour.said
        addresses = said["management_addresses"]
        yield {
            "id": neighbour.switch_id,
            "name": said["chassis_name"] or said["chassis_id"],
            "parent_id": region_id(neighbour.host.region or cloud.region_of({})),
            "source": cloud.source_of(neighbour.host),
            "chassis_id": said["chassis_id"],
            "description": said["chassis_description"],
            "ip_address": addresses[0] if addresses else None,
            "addresses": addresses,
            "capabilities": said["capabilities"],
        }
