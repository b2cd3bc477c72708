"""Network services: those that a host's namespaces show, and those that OVN has without any."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..model.facts import Interface, Process
from .cloud import PORT_DEVICE, Cloud, Data
from .derived import of_host
from .devices import addresses_of, own_addresses
from .hosts import Host
from .ovn import Gateway, gateways, place_of

NAMESPACES = {
    "qdhcp-": "dhcp",
    "qrouter-": "router",
    "snat-": "snat",
    "fip-": "fip",
    "ovnmeta-": "metadata",
}
"""What a namespace is for, by how Neutron begins its name; what follows is the network's or router's id."""

OF_ROUTERS = frozenset({"router", "snat"})
"""The services that are a router's; others are a network's."""

PAIRED = re.compile(r"(rfp|fpr)-[0-9a-f]{8}-[0-9a-f]")
"""Devices that join a distributed router to its floating IPs' namespace: Neutron has no port for them."""

HA = "ha-"
"""How Neutron begins the name of the device that the instances of a highly available router speak through."""

LOGICAL_ROUTER = "lrouter-"
"""How the local id of a router without a namespace begins; what follows is the router's id."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service that Neutron has on a host: in a namespace, or one of OVN's routers.

    `local_id` is the namespace's name where it has one. `ports` are those that it has without a device.
    `paired` are devices that are no port's. `translated`: floating IPs to the host that translates them;
    `translates_no_other`: whether those are all.
    """

    id: str
    type: str
    local_id: str
    namespace: str | None
    neutron_id: str
    networks: list[str]
    interfaces: list[Interface] = field(default_factory=list)
    paired: list[Interface] = field(default_factory=list)
    ports: list[Data] = field(default_factory=list)
    routes: list[dict[str, Any]] = field(default_factory=list)
    translated: dict[str, str] = field(default_factory=dict)
    translates_no_other: bool = False
    processes: list[Process] = field(default_factory=list)
    ha_state: str | None = None

    @property
    def owner_kind(self) -> str:
        """What Neutron calls the thing that it serves."""
        return "router" if self.type in OF_ROUTERS else "network"

    def port_of(self, cloud: Cloud, device: Interface) -> Data | None:
        """Return the port of a device in the namespace."""
        return _port_of(cloud, self.type, self.local_id, device)


@of_host
def services_of(cloud: Cloud, host: Host) -> list[Service]:
    """Return the services of a host, those in namespaces first, by name."""
    return list(_services(cloud, host))


def _services(cloud: Cloud, host: Host) -> Iterator[Service]:
    for namespace in host.facts["namespaces"] if host.facts else []:
        prefix = next((prefix for prefix in NAMESPACES if namespace["name"].startswith(prefix)), None)
        if prefix is not None:
            yield _in_namespace(cloud, host, dict(namespace), prefix)
    for gateway in gateways(cloud, host.name) or ():
        yield _logical(cloud, host, gateway)


def _in_namespace(cloud: Cloud, host: Host, namespace: dict[str, Any], prefix: str) -> Service:
    name, kind = namespace["name"], NAMESPACES[prefix]
    neutron_id = name.removeprefix(prefix)
    devices = [device for device in namespace["interfaces"] if device["name"] != "lo"]
    paired = [device for device in devices if PAIRED.fullmatch(device["name"])]
    devices = [device for device in devices if device not in paired]
    ports = [_port_of(cloud, kind, name, device) for device in devices]
    networks = {str(port["network_id"]) for port in ports if port and port.get("network_id")}
    if not networks and kind not in OF_ROUTERS:
        networks = {neutron_id}
    state = _ha_state(cloud, host, devices)
    return Service(
        id=f"{host.name}:{name}",
        type=kind,
        local_id=name,
        namespace=name,
        neutron_id=neutron_id,
        networks=sorted(networks),
        interfaces=devices,
        paired=paired,
        routes=namespace["routes"],
        translated={
            entry["floating_ip"]: host.name
            for entry in (namespace["nat"] if state in (None, "active") else ())
        },
        translates_no_other=host.knows("namespaces"),
        processes=[
            process
            for process in (host.facts["processes"] if host.facts else [])
            if process["namespace"] == name or neutron_id in process["args"]
        ],
        ha_state=state,
    )


def _ha_state(cloud: Cloud, host: Host, devices: list[Interface]) -> str | None:
    """Return the state of a highly available router; None for others.

    Where it is active, keepalived gives the device that it speaks through an address beside the port's, and
    the other devices theirs.
    """
    device = next((device for device in devices if device["name"].startswith(HA)), None)
    if device is None:
        return None
    if not host.knows("namespaces"):
        return "unknown"
    if port := cloud.port_of_device(device["name"]):
        active = bool(set(own_addresses(device)) - set(addresses_of(port)))
    else:
        active = any(own_addresses(other) for other in devices if other is not device)
    return "active" if active else "standby"


def _port_of(cloud: Cloud, kind: str, namespace: str, device: Interface) -> Data | None:
    """Return the port of a device: a metadata proxy's by its namespace, others by the device's name."""
    if kind == "metadata":
        return next(iter(cloud.ports_by_device.get(namespace, ())), None)
    return cloud.port_of_device(device["name"])


def outer_device(service: Service, device: Interface) -> str | None:
    """Return the device of the host's own namespace that a veth in a service's namespace ends in.

    Neutron names it after the port; a metadata proxy's pair is numbered, 1 inside and 0 outside.
    """
    if device["kind"] != "veth":
        return None
    if service.type == "metadata":
        return f"{device['name'][:-1]}0"
    port = PORT_DEVICE.fullmatch(device["name"])
    return f"tap{port.group(1)}" if port else None


def _logical(cloud: Cloud, host: Host, gateway: Gateway) -> Service:
    name = f"{LOGICAL_ROUTER}{gateway.router}"
    active = gateway.ha_state == "active"
    return Service(
        id=f"{host.name}:{name}",
        type="router",
        local_id=name,
        namespace=None,
        neutron_id=gateway.router,
        networks=gateway.networks,
        ports=[gateway.port] if active and gateway.port else [],
        translated={
            entry["external_ip"]: place_of(cloud, entry) or host.name
            for entry in (active and gateway.nat) or ()
            if entry["type"] == "dnat_and_snat"
        },
        translates_no_other=active and gateway.nat is not None,
        ha_state=gateway.ha_state,
    )
