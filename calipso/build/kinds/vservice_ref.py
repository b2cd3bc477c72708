"""References to services: a DHCP server or router is shown under the networks that it serves, too."""

from __future__ import annotations

from collections.abc import Iterator

from ...model.facts import HOST
from ...model.kind import Field, Kind
from ...model.topology import Document
from ..cloud import Cloud
from ..hosts import Host
from ..services import services_of

KIND = Kind(
    type="vservice_ref",
    label="vService reference",
    doc="A reference to a service, under a network that it serves.",
    parent="network",
    folder="Network vServices",
    fields=(Field("vservice_id", "The service's id.", hover=True),),
)


EACH = HOST


def build(cloud: Cloud, host: Host) -> Iterator[Document]:
    """Yield a reference for each network of each service of a host."""
    for service in services_of(cloud, host):
        for network in service.networks:
            if cloud.row("network", network):
                yield {
                    "id": f"{network}::{service.id}",
                    "name": service.local_id,
                    "parent_id": network,
                    "source": cloud.source_of(host),
                    "vservice_id": service.id,
                }
