"""Ports of physical switches, as LLDP and a fabric's controller show them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...model.kind import Field, Kind
from ...model.link import LinkType
from ...model.source import ACI
from ...model.topology import Document
from ..cloud import Cloud
from ..fabric import port_id, switch_id
from ..neighbours import Neighbour, cabling
from .host_pnic import pnic_id

KIND = Kind(
    type="switch_pnic",
    label="Switch port",
    doc="A port of a physical switch that a NIC of the cloud, or another switch of its fabric, hangs on.",
    parent="switch",
    fields=(
        Field("switch", "The switch that it is in."),
        Field("role", "hostlink: to a host; uplink: to a switch.", hover=True),
        Field("connected_to", "The ids of the NICs or the port at its other end; one alone is no list."),
        Field("port_id", "Its LLDP port id.", search=True, hover=True),
        Field("description", "What the switch calls it."),
        Field("mac_address", "Its address, as far as the switch tells.", search=True),
        Field("channel", "The port channel that it is a member of.", hover=True),
        Field("speed", "In Mb/s."),
        Field("duplex", "full or half."),
        Field("mtu", "In bytes."),
        Field("admin_state", "up or down, as it is configured."),
        Field(
            "end_points",
            "The cloud's addresses that the fabric learned there: mac, encapsulation (vlan-100), and the"
            " group (tenant/application/EPG) that it puts them in.",
        ),
        Field("state", "up, down, or unknown; as the other end sees it where the switch does not tell."),
    ),
    state="state",
    states={"up": "ok", "down": "error"},
)

LINK_TYPES = (
    LinkType("switch", "switch_pnic", "The port is in the switch.", attribute="switch"),
    LinkType(
        "host_pnic",
        "switch_pnic",
        "LLDP on the host or on the switch saw the other end; or the switch learned the NIC's address there.",
        attribute="connected_to",
    ),
    LinkType("switch_pnic", "switch_pnic", "The ports are cabled to each other.", attribute="connected_to"),
)

_OF_FABRIC = ("channel", "speed", "duplex", "mtu", "admin_state")


def build(cloud: Cloud) -> Iterator[Document]:
    """Yield each port of the fabric that a NIC or switch hangs on, and each other one that a host sees, once.

    Several NICs may see a port through a hub.
    """
    yield from _of_fabric(cloud)
    seen: dict[str, list[Neighbour]] = {}
    for neighbour in cabling(cloud).others:
        seen.setdefault(neighbour.port_id, []).append(neighbour)
    for key, found in seen.items():
        neighbour, said = found[0], found[0].said
        yield {
            "id": key,
            "name": said["port_id"],
            "parent_id": neighbour.switch_id,
            "source": neighbour.source,
            "switch": neighbour.switch_id,
            "role": "hostlink",
            "connected_to": _one_or_all({pnic_id(other.host, other.nic) for other in found}),
            "port_id": said["port_id"],
            "description": said["port_description"],
            "mac_address": said["port_id"] if said["port_id_type"] == "mac" else None,
            "end_points": [],
            "state": neighbour.state,
            **dict.fromkeys(_OF_FABRIC),
        }


def _of_fabric(cloud: Cloud) -> Iterator[Document]:
    fabric, nics = cabling(cloud).fabric, cabling(cloud).nics
    for key in sorted(fabric.cables.keys() | nics.keys()):
        row = fabric.ports.get(key, {})
        number, _colon, name = key.partition(":")
        hosts = {pnic_id(host, nic) for host, nic in nics.get(key, ())}
        yield {
            "id": port_id(key),
            "name": name,
            "parent_id": switch_id(number),
            "source": ACI,
            "switch": switch_id(number),
            "role": "uplink" if key in fabric.cables else "hostlink",
            "connected_to": _one_or_all({port_id(fabric.cables[key])} if key in fabric.cables else hosts),
            "port_id": name,
            "description": row.get("description"),
            "mac_address": row.get("mac"),
            "end_points": [
                {each: found.get(each) for each in ("mac", "encapsulation", "group")}
                for found in fabric.end_points(key)
            ],
            "state": {"up": "up", "down": "down"}.get(str(row.get("state")), "unknown"),
            **{each: row.get(each) for each in _OF_FABRIC},
        }


def _one_or_all(ids: set[str]) -> Any:
    found = sorted(ids)
    return found[0] if len(found) == 1 else found
