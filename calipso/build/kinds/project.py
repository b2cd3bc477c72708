"""Projects: who owns what."""

from __future__ import annotations

from collections.abc import Iterator

from ...model.kind import Field, Kind
from ...model.topology import Document
from ..cloud import Cloud, Data

KIND = Kind(
    type="project",
    label="Project",
    doc="A Keystone project (tenant).",
    parent="environment",
    folder="Projects",
    fields=(
        Field("enabled", "Whether the project may be used."),
        Field("description", "What its owner says of it."),
        Field("domain_id", "The Keystone domain that it belongs to."),
    ),
    state="enabled",
    states={"True": "ok", "False": "warning"},
)


EACH = "project"


def build(cloud: Cloud, row: Data) -> Iterator[Document]:
    """Yield a project that Keystone lists."""
    yield {
        "id": str(row["id"]),
        "name": str(row.get("name") or row["id"]),
        "parent_id": cloud.environment.name,
        "enabled": row.get("enabled"),
        "description": row.get("description"),
        "domain_id": row.get("domain_id"),
    }
