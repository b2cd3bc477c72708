"""Networks, with their subnets and segments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...model.kind import Field, Kind
from ...model.topology import Document
from ..cloud import Cloud, Data
from .region import region_id

KIND = Kind(
    type="network",
    label="Network",
    doc="A Neutron network.",
    parent="region",
    folder="Networks",
    fields=(
        Field("project", "The name of the project that owns it.", hover=True),
        Field("project_id", "That project's id."),
        Field("network", "Its own id: what constrains cliques around it."),
        Field(
            "provider:network_type", "How it is carried: vxlan, gre, geneve, vlan, flat, local.", hover=True
        ),
        Field("provider:physical_network", "The physical network that carries it."),
        Field("provider:segmentation_id", "Its VLAN or tunnel id.", search=True, hover=True),
        Field("segments", "All its segments, where it has several."),
        Field("mtu", "In bytes."),
        Field("subnets", "Its subnets: id, name, cidr, gateway, DHCP, pools."),
        Field("cidrs", "Its subnets' address ranges.", search=True, hover=True),
        Field("router:external", "Whether routers may have it as their gateway."),
        Field("shared", "Whether all projects may use it."),
        Field("port_security_enabled", "Whether its ports are filtered by default."),
        Field("status", "As Neutron has it."),
        Field("admin_state_up", "Whether it is switched on."),
    ),
    state="status",
    states={"ACTIVE": "ok", "BUILD": "warning", "DOWN": "error", "ERROR": "error"},
)

SUBNET_FIELDS = (
    "id",
    "name",
    "cidr",
    "ip_version",
    "gateway_ip",
    "enable_dhcp",
    "allocation_pools",
    "dns_nameservers",
    "host_routes",
    "ipv6_address_mode",
    "ipv6_ra_mode",
    "segment_id",
)
PLAIN = (
    "provider:network_type",
    "provider:physical_network",
    "provider:segmentation_id",
    "mtu",
    "router:external",
    "shared",
    "port_security_enabled",
    "status",
    "admin_state_up",
    "description",
)


def segments_of(network: Data, listed: list[Data]) -> list[dict[str, Any]]:
    """Return a network's segments: {network_type, physical_network, segmentation_id}.

    From the segments API where it lists them, else from a multi-segment network, else its one.
    """
    found = [
        {key: row.get(key) for key in ("network_type", "physical_network", "segmentation_id")}
        for row in listed
    ]
    if not found:
        rows = network.get("segments") or [network]
        found = [
            {
                key: row.get(f"provider:{key}")
                for key in ("network_type", "physical_network", "segmentation_id")
            }
            for row in rows
        ]
    return [segment for segment in found if segment["network_type"]]


def listed_segments(cloud: Cloud, network: str) -> list[Data]:
    """Return a network's segments as Neutron, and its database, list them."""
    return [
        segment
        for kind in ("segment", "dynamic_segment")
        for segment in cloud.rows_by(kind, "network_id", network)
    ]


EACH = "network"


def build(cloud: Cloud, row: Data) -> Iterator[Document]:
    """Yield one of Neutron's networks."""
    key = str(row["id"])
    subnets = cloud.rows_by("subnet", "network_id", key)
    yield {
        "id": key,
        "name": str(row.get("name") or key),
        "parent_id": region_id(cloud.region_of(row)),
        "network": key,
        "project": cloud.name_of("project", row.get("project_id")),
        "project_id": row.get("project_id"),
        **{name: row.get(name) for name in PLAIN},
        "segments": segments_of(row, listed_segments(cloud, key)),
        "subnets": [{name: subnet.get(name) for name in SUBNET_FIELDS} for subnet in subnets],
        "cidrs": [str(subnet["cidr"]) for subnet in subnets if subnet.get("cidr")],
    }
