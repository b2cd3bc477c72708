"""Availability zones: Nova's and Neutron's, which share their names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from ...model.kind import Field, Kind
from ...model.topology import Document
from ..cloud import Cloud
from ..hosts import Host
from .region import region_id

KIND = Kind(
    type="availability_zone",
    label="Availability zone",
    doc="An availability zone of compute, of networks or of routers.",
    parent="region",
    folder="Availability zones",
    fields=(
        Field("resources", "What it is a zone of: compute, network, router."),
        Field("available", "Whether OpenStack says that it can be used."),
    ),
    state="available",
    states={"True": "ok", "False": "error"},
)


def zone_id(region: str, zone: str) -> str:
    """Return the object id of a zone: every region has its own."""
    return f"zone::{region}::{zone}"


def zone_of(host: Host) -> str | None:
    """Return the host's zone: of its compute service, else of its network agents, else of its services."""
    zones = [service.get("zone") for service in host.services if service.get("binary") == "nova-compute"]
    zones += [agent.get("availability_zone") for agent in host.agents]
    zones += [service.get("zone") for service in host.services]
    return next((str(zone) for zone in zones if zone), None)


def build(cloud: Cloud) -> Iterator[Document]:
    """Yield the zones that Nova and Neutron list, and those that hosts say they are in."""
    resources: dict[tuple[str, str], set[str]] = defaultdict(set)
    available: dict[tuple[str, str], Any] = {}
    for row in cloud.rows("availability_zone"):
        key = cloud.region_of(row), str(row["zoneName"])
        resources[key].add("compute")
        available[key] = (row.get("zoneState") or {}).get("available")
    for row in cloud.rows("network_availability_zone"):
        key = cloud.region_of(row), str(row["name"])
        resources[key].add(str(row.get("resource")))
        available.setdefault(key, row.get("state") == "available")
    for host in cloud.hosts.values():
        if zone := zone_of(host):
            resources.setdefault((host.region or cloud.region_of({}), zone), set())
    for (region, zone), kinds in sorted(resources.items()):
        yield {
            "id": zone_id(region, zone),
            "name": zone,
            "parent_id": region_id(region),
            "region": region,
            "resources": sorted(kinds),
            "available": available.get((region, zone)),
        }
