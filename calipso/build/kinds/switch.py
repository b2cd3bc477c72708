"""Physical switches, as LLDP and a fabric's controller show them."""

from __future__ import annotations

from collections.abc import Iterator

from ...model.facts import LldpNeighbour
from ...model.kind import Field, Kind
from ...model.source import ACI
from ...model.topology import Document
from ..cloud import Cloud
from ..fabric import switch_id
from ..neighbours import cabling
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
        Field("role", "leaf or spine, in a fabric.", hover=True),
        Field("pod", "The fabric's pod that it is in."),
        Field("model", "Its maker's name for it.", hover=True),
        Field("serial", "Its serial number.", search=True),
        Field("version", "The software that it runs."),
        Field("state", "active, inactive, ..., as the fabric's controller sees it."),
    ),
    state="state",
    states={"active": "ok", "inactive": "error", "disabled": "error"},
)


def build(cloud: Cloud) -> Iterator[Document]:
    """Yield all switches of the fabric, and each other one that some host sees, once."""
    known, region = cabling(cloud), region_id(cloud.region_of({}))
    for number, row in known.fabric.switches.items():
        key = switch_id(number)
        said = known.said.get(key)
        document = _document(key, row.get("name") or key, region, row.get("addresses") or [], said)
        own = {name: row.get(name) for name in ("role", "pod", "model", "serial", "version", "state")}
        yield document | own | {"source": ACI}
    seen: set[str] = set()
    for neighbour in known.others:
        if neighbour.switch_id in seen:
            continue
        seen.add(neighbour.switch_id)
        said = neighbour.said
        name = said["chassis_name"] or said["chassis_id"]
        region = region_id(neighbour.region or cloud.region_of({}))
        document = _document(neighbour.switch_id, name, region, said["management_addresses"], said)
        yield document | {"source": neighbour.source}


def _document(key: str, name: str, region: str, addresses: list[str], said: LldpNeighbour | None) -> Document:
    return {
        "id": key,
        "name": name,
        "parent_id": region,
        "chassis_id": said and said["chassis_id"],
        "description": said and said["chassis_description"],
        "ip_address": addresses[0] if addresses else None,
        "addresses": addresses,
        "capabilities": said["capabilities"] if said else [],
        **dict.fromkeys(("role", "pod", "model", "serial", "version", "state")),
    }
