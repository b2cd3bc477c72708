"""Regions: the parts of a cloud that have endpoints of their own."""

from __future__ import annotations

from collections.abc import Iterator

from ...model.kind import Field, Kind
from ...model.topology import Document
from ..cloud import Cloud

KIND = Kind(
    type="region",
    label="Region",
    doc="A Keystone region.",
    parent="environment",
    folder="Regions",
    fields=(
        Field("description", "What its administrator says of it."),
        Field("parent_region_id", "The region that it is part of."),
        Field("endpoints", "The region's endpoints: service type, interface, URL."),
    ),
)


def region_id(region: str) -> str:
    """Return the object id of a region: regions share their names with hosts and zones."""
    return f"region::{region}"


def build(cloud: Cloud) -> Iterator[Document]:
    """Yield the regions that Keystone lists, and those that facts come from."""
    services = {str(row["id"]): row for row in cloud.rows("service")}
    for region in cloud.regions:
        row = cloud.row("region", region) or {}
        yield {
            "id": region_id(region),
            "name": region,
            "parent_id": cloud.environment.name,
            "description": row.get("description"),
            "parent_region_id": row.get("parent_region_id"),
            "endpoints": [
                {
                    "service": services.get(str(endpoint.get("service_id")), {}).get("type"),
                    "interface": endpoint.get("interface"),
                    "url": endpoint.get("url"),
                }
                for endpoint in cloud.rows("endpoint")
                if (endpoint.get("region_id") or endpoint.get("region")) == region
            ],
        }
