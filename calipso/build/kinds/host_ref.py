"""References to hosts: a host that lives in a zone is shown under its aggregates, too."""

from __future__ import annotations

from collections.abc import Iterator

from ...model.kind import Field, Kind
from ...model.topology import Document
from ..cloud import Cloud
from .aggregate import aggregate_id, hosts_of

KIND = Kind(
    type="host_ref",
    label="Host reference",
    doc="A reference to a host, under an aggregate that it belongs to.",
    parent="aggregate",
    fields=(Field("host_id", "The host's id.", hover=True),),
)


def build(cloud: Cloud) -> Iterator[Document]:
    """Yield a reference for each host of each aggregate."""
    for row in cloud.rows("aggregate"):
        parent = aggregate_id(cloud, row)
        for host in hosts_of(row):
            yield {"id": f"{parent}::{host}", "name": host, "parent_id": parent, "host_id": host}
