"""Ports: what Neutron says should be plugged."""

from __future__ import annotations

from collections.abc import Iterator

from ...model.kind import Field, Kind
from ...model.topology import Document
from ..cloud import Cloud, Data
from ..devices import addresses_of
from .region import region_id

KIND = Kind(
    type="port",
    label="Port",
    doc="A Neutron port.",
    parent="network",
    folder="Ports",
    fields=(
        Field("network_id", "Its network.", hover=True),
        Field("device_id", "What it belongs to: a server, a router, a DHCP agent.", search=True),
        Field("device_owner", "What kind of thing that is.", hover=True),
        Field("mac_address", "Its address.", search=True, hover=True),
        Field("fixed_ips", "Its addresses and their subnets."),
        Field("addresses", "Its addresses alone.", search=True, hover=True),
        Field("project_id", "The project that owns it."),
        Field("binding:host_id", "The host that it is bound to.", hover=True),
        Field("binding:vif_type", "How it was plugged; binding_failed where it was not."),
        Field("binding:vnic_type", "How it was asked to be plugged: normal, direct, ..."),
        Field("binding:vif_details", "Details of the plug."),
        Field(
            "binding_levels",
            "By which driver and segment it is bound on which host, level by level, if the database tells.",
        ),
        Field("trunk_id", "The trunk whose parent or subport it is."),
        Field("parent_port", "Of a subport: the port that it is carried in."),
        Field("segmentation_id", "Of a subport: its VLAN in the trunk."),
        Field("port_security_enabled", "Whether it is filtered."),
        Field("security_groups", "The security groups that filter it."),
        Field("allowed_address_pairs", "Addresses that it may use besides its own."),
        Field("status", "As Neutron has it."),
        Field("admin_state_up", "Whether it is switched on."),
    ),
    state="status",
    states={"ACTIVE": "ok", "BUILD": "warning", "DOWN": "warning", "ERROR": "error"},
)

TRUNK_FIELDS = ("trunk_id", "parent_port", "segmentation_id")
DERIVED = frozenset({"addresses", "binding_levels", *TRUNK_FIELDS})
PLAIN = tuple(field.name for field in KIND.fields if field.name not in DERIVED)
LEVEL_FIELDS = ("host", "level", "driver", "segment_id")


EACH = "port"


def build(cloud: Cloud, row: Data) -> Iterator[Document]:
    """Yield one of Neutron's ports."""
    key, network = str(row["id"]), row.get("network_id")
    if cloud.ports[key] is not row:
        return
    listed = cloud.row("network", network) is not None
    if not listed:
        cloud.report("warn", f"its network {network} is not among Neutron's networks", key, "port")
    trunk = _trunk(cloud, key, row)
    yield {
        "id": key,
        "name": str(row.get("name") or key),
        "parent_id": str(network) if listed else region_id(cloud.region_of(row)),
        "parent_type": "network" if listed else "region",
        **{name: row.get(name) for name in PLAIN},
        "network": network,
        "binding_levels": [
            {name: level.get(name) for name in LEVEL_FIELDS}
            for level in cloud.rows_by("binding_level", "port_id", key)
        ],
        "addresses": addresses_of(row),
        **{name: trunk.get(name) for name in TRUNK_FIELDS},
    }


def _trunk(cloud: Cloud, key: str, row: Data) -> Data:
    """Return what a trunk makes of a port; of several the last one, by its parent's id."""
    found: dict[str, Data] = {}
    for parent in [row, *cloud.index("port", _carried_in).of(key)]:
        details, parent_key = parent.get("trunk_details") or {}, str(parent["id"])
        if parent is row and details.get("trunk_id"):
            found[parent_key] = {"trunk_id": details["trunk_id"]}
        for subport in cloud.subports(parent) if details.get("trunk_id") else ():
            if str(subport["id"]) == key:
                vlan = subport["segmentation_id"]
                own = {"parent_port": parent_key, "segmentation_id": vlan}
                found[parent_key] = {"trunk_id": details["trunk_id"], **own}
    return found[max(found)] if found else {}


def _carried_in(port: Data) -> list[str]:
    """Return the ids of a port's subports."""
    subports = (port.get("trunk_details") or {}).get("sub_ports") or []
    return [str(subport.get("port_id")) for subport in subports]
