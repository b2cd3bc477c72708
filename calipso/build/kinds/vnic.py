"""vNICs: the NICs of instances, and the interfaces of services in their namespaces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...model.facts import HOST, Domain, DomainInterface, Interface
from ...model.kind import Field, Kind
from ...model.link import LinkType
from ...model.topology import Document
from .. import plugs
from ..cloud import Cloud, Data
from ..devices import addresses_of, own_addresses
from ..hosts import Host
from ..ovn import REDIRECT
from ..services import Service, outer_device, services_of

KIND = Kind(
    type="vnic",
    label="vNIC",
    doc="A NIC of an instance, or an interface of a service.",
    parent="instance",
    folder="vNICs",
    fields=(
        Field("vnic_type", "instance_vnic or vservice_vnic."),
        Field("mac_address", "Its address.", search=True, hover=True),
        Field("host", "The host that it is in.", hover=True),
        Field("instance_id", "The instance that it belongs to."),
        Field("vservice_id", "The service that it belongs to."),
        Field("network", "The id of its network."),
        Field("network_name", "That network's name.", hover=True),
        Field("port", "The id of its Neutron port.", search=True),
        Field("subports", "What a trunk carries besides: port, network, VLAN, addresses."),
        Field("addresses", "Its IP addresses.", search=True, hover=True),
        Field("target", "The device on the host.", search=True),
        Field("outer_device", "The device by which it is plugged in, outside of any namespace."),
        Field("source_bridge", "What libvirt plugged it into."),
        Field("namespace", "The namespace that holds it."),
        Field(
            "interface_type",
            "How libvirt, or the kernel, made it: bridge, ethernet, vhostuser, hostdev, direct, veth; "
            "logical: OVN has it, and no device.",
        ),
        Field("model", "The model that the guest sees."),
        Field("mtu", "In bytes."),
        Field("state", "up, down, or unknown."),
    ),
    state="state",
    states={"up": "ok", "down": "error"},
)

LOGICAL = "logical"
"""How a vNIC is made that is one in OVN only."""

LINK_TYPES = (
    LinkType("instance", "vnic", "The libvirt domain has the instance's UUID.", attribute="instance_id"),
    LinkType("vservice", "vnic", "The service's namespace holds the interface.", attribute="vservice_id"),
)


EACH = HOST


def build(cloud: Cloud, host: Host) -> Iterator[Document]:
    """Yield the vNICs that a host has; report ports that are bound to it and that it lacks."""
    seen: set[str] = set()
    for domain in host.facts["domains"] if host.facts else []:
        for interface in domain["interfaces"]:
            document = _of_instance(cloud, host, domain, interface)
            seen.add(str(document["port"]))
            yield document
    for service in services_of(cloud, host):
        for device in service.interfaces:
            document = _of_service(cloud, host, service, device)
            seen.add(str(document["port"]))
            yield document
        for port in service.ports:
            seen.add(str(port["id"]))
            yield _logical(cloud, host, service, port)
    _report_absent(cloud, host, seen)


def networks_of(vnic: Document) -> list[str]:
    """Return the networks of a vNIC: its own, and those of a trunk's subports."""
    found = [vnic["network"], *(subport["network"] for subport in vnic["subports"])]
    return [network for network in found if network]


def _of_port(cloud: Cloud, port: Data | None) -> dict[str, Any]:
    network = str(port["network_id"]) if port and port.get("network_id") else None
    return {
        "network": network,
        "network_name": cloud.name_of("network", network),
        "port": str(port["id"]) if port else None,
        "subports": [
            {
                "port": str(subport["id"]),
                "network": subport.get("network_id"),
                "segmentation_id": subport["segmentation_id"],
                "addresses": addresses_of(subport),
            }
            for subport in cloud.subports(port)
        ],
    }


def _of_instance(cloud: Cloud, host: Host, domain: Domain, interface: DomainInterface) -> Document:
    port = plugs.port_of(cloud, host, interface)
    target, uuid = interface["target"], domain["uuid"]
    key = f"{host.name}:{target}" if target else f"{host.name}:{uuid}:{interface['mac']}"
    server = cloud.row("server", uuid)
    if server is None and cloud.sources_complete("server"):
        cloud.report(
            "warn", f"libvirt runs domain {domain['name']} ({uuid}), which Nova does not know", key, "vnic"
        )
    elif server is not None and (placed := server.get("OS-EXT-SRV-ATTR:host")) not in (None, host.name):
        text = f"host {host.name} has a domain of this instance, which Nova places on {placed}"
        cloud.report("warn", text, uuid, "instance")
    if port is None and cloud.sources_complete("port"):
        cloud.report("warn", f"no Neutron port has address {interface['mac']}", key, "vnic")
    running = domain["state"] == "running" and interface["link_up"] is not False
    return {
        "id": key,
        "name": target or interface["mac"],
        "parent_id": uuid if server else host.name,
        "parent_type": "instance" if server else "host",
        "source": cloud.source_of(host),
        "vnic_type": "instance_vnic",
        "host": host.name,
        "mac_address": interface["mac"],
        "instance_id": uuid if server else None,
        "vservice_id": None,
        **_of_port(cloud, port),
        "addresses": addresses_of(port or {}),
        "target": target,
        "outer_device": target,
        "source_bridge": interface["source"],
        "namespace": None,
        "interface_type": interface["type"],
        "model": interface["model"],
        "mtu": interface["mtu"],
        "state": plugs.plug_state(host, interface) if running else "down",
    }


def _of_service(cloud: Cloud, host: Host, service: Service, device: Interface) -> Document:
    port = service.port_of(cloud, device) or cloud.port_of_mac(device["mac"], host.name)
    return {
        "id": f"{service.id}:{device['name']}",
        "name": device["name"],
        "parent_id": service.id,
        "parent_type": "vservice",
        "source": cloud.source_of(host),
        "vnic_type": "vservice_vnic",
        "host": host.name,
        "mac_address": device["mac"],
        "instance_id": None,
        "vservice_id": service.id,
        **_of_port(cloud, port),
        "addresses": own_addresses(device),
        "target": device["name"],
        "outer_device": outer_device(service, device),
        "source_bridge": None,
        "namespace": service.namespace,
        "interface_type": device["kind"],
        "model": None,
        "mtu": device["mtu"],
        "state": "up" if device["up"] and device["carrier"] else "down",
    }


def _logical(cloud: Cloud, host: Host, service: Service, port: Data) -> Document:
    """Return the gateway port of one of OVN's routers, where it is bound."""
    name = f"{REDIRECT}{port['id']}"
    return {
        "id": f"{service.id}:{name}",
        "name": name,
        "parent_id": service.id,
        "parent_type": "vservice",
        "source": cloud.source_of(host),
        "vnic_type": "vservice_vnic",
        "host": host.name,
        "mac_address": port.get("mac_address"),
        "instance_id": None,
        "vservice_id": service.id,
        **_of_port(cloud, port),
        "addresses": addresses_of(port),
        "target": None,
        "outer_device": None,
        "source_bridge": None,
        "namespace": None,
        "interface_type": LOGICAL,
        "model": None,
        "mtu": None,
        "state": {"ACTIVE": "up", "DOWN": "down"}.get(str(port.get("status")), "unknown"),
    }


PLUGGED = frozenset({"ovs", "bridge", "vhostuser", "hw_veb", "macvtap"})
"""The plugs of bound ports that a host has a vNIC for."""

PARTS = {
    "compute:": "domains",
    "network:dhcp": "namespaces",
    "network:router": "namespaces",
    "network:ha_router_replicated_interface": "namespaces",
    "network:floatingip_agent_gateway": "namespaces",
}
"""Which part of a host's facts shows the vNIC of a bound port, by the start of the port's owner."""


def _report_absent(cloud: Cloud, host: Host, seen: set[str]) -> None:
    for port in cloud.rows_by("port", "binding:host_id", host.name):
        key, owner = str(port["id"]), str(port.get("device_owner"))
        part = next((part for start, part in PARTS.items() if owner.startswith(start)), None)
        if part is None or not host.knows(part) or key in seen or cloud.ports[key] is not port:
            continue
        if port.get("binding:vif_type") in PLUGGED:
            cloud.report("error", f"bound to host {host.name}, which has no such vNIC", key, "port")
