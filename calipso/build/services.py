"""Network services, as a host's namespaces show them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..model.facts import Interface, Process
from .hosts import Host

NAMESPACES = {"qdhcp-": "dhcp", "qrouter-": "router"}
"""What a namespace is for, by how Neutron begins its name; what follows is the network's or router's id."""


@dataclass(frozen=True, slots=True)
class Service:
    """A namespace that Neutron made on a host."""

    id: str
    type: str
    namespace: str
    neutron_id: str
    interfaces: list[Interface]
    routes: list[dict[str, Any]]
    nat: list[dict[str, str]]
    processes: list[Process]

    @property
    def owner_kind(self) -> str:
        """What Neutron calls the thing that it serves."""
        return "network" if self.type == "dhcp" else "router"


def services_of(host: Host) -> Iterator[Service]:
    """Yield the services of a host, by namespace."""
    if host.facts is None:
        return
    for namespace in host.facts["namespaces"]:
        name = namespace["name"]
        prefix = next((prefix for prefix in NAMESPACES if name.startswith(prefix)), None)
        if prefix is None:
            continue
        neutron_id = name.removeprefix(prefix)
        yield Service(
            id=f"{host.name}:{name}",
            type=NAMESPACES[prefix],
            namespace=name,
            neutron_id=neutron_id,
            interfaces=[device for device in namespace["interfaces"] if device["name"] != "lo"],
            routes=namespace["routes"],
            nat=namespace["nat"],
            processes=[
                process
                for process in host.facts["processes"]
                if process["namespace"] == name or neutron_id in process["args"]
            ],
        )
