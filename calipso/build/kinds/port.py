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
LEVEL_FIELDS = ("host", "level", "driver", "segment_id")


def build(cloud: Cloud) -> Iterator[Document]:
    """Yield Neutron's ports."""
    plain = [field.name for field in KIND.fields if field.name not in DERIVED]
    trunks = _trunks(cloud)
    for key, row in cloud.ports.items():
        network = row.get("network_id")
        listed = cloud.row("network", network) is not None
        if not listed:
            cloud.report("warn", f"its network {network} is not among Neutron's networks", key, "port")
        yield {
            "id": key,
            "name": str(row.get("name") or key),
            "parent_id": str(network) if listed else region_id(cloud.region_of(row)),
            "parent_type": "network" if listed else "region",
            **{name: row.get(name) for name in plain},
            "network": network,
            "binding_levels": [
                {name: level.get(name) for name in LEVEL_FIELDS}
                for level in cloud.binding_levels.get(key, ())
            ],
            "addresses": addresses_of(row),
            **{name: trunks.get(key, {}).get(name) for name in TRUNK_FIELDS},
        }


def _trunks(cloud: Cloud) -> dict[str, Data]:
    """Return what trunks make of their ports, by the port's id."""
    found: dict[str, Data] = {}
    for key, row in cloud.ports.items():
        if trunk := (row.get("trunk_details") or {}).get("trunk_id"):
            found[key] = {"trunk_id": trunk}
            for subport in cloud.subports(row):
                vlan = subport["segmentation_id"]
                found[str(subport["id"])] = {"trunk_id": trunk, "parent_port": key, "segmentation_id": vlan}
    return found
