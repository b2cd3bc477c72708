"""Aggregates: named groups of hosts."""

from __future__ import annotations

from collections.abc import Iterator

from ...model.kind import Field, Kind
from ...model.topology import Document
from ..cloud import Cloud, Data
from .region import region_id

KIND = Kind(
    type="aggregate",
    label="Aggregate",
    doc="A Nova host aggregate.",
    parent="region",
    folder="Aggregates",
    fields=(
        Field("availability_zone", "The zone that it makes of its hosts, if it does."),
        Field("hosts", "The names of its hosts."),
    ),
)


def aggregate_id(cloud: Cloud, row: Data) -> str:
    """Return the object id of an aggregate: Nova counts them anew in every region."""
    return f"aggregate::{cloud.region_of(row)}::{row['id']}"


def hosts_of(row: Data) -> list[str]:
    """Return the names of an aggregate's hosts."""
    hosts = row.get("hosts")
    return sorted(map(str, hosts)) if isinstance(hosts, list) else []


def build(cloud: Cloud) -> Iterator[Document]:
    """Yield Nova's aggregates."""
    for row in cloud.rows("aggregate"):
        yield {
            "id": aggregate_id(cloud, row),
            "name": str(row.get("name") or row["id"]),
            "parent_id": region_id(cloud.region_of(row)),
            "availability_zone": row.get("availability_zone"),
            "hosts": hosts_of(row),
        }
