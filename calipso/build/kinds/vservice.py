"""Network services in hosts: DHCP servers and routers in their namespaces."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ...model.kind import Field, Kind
from ...model.topology import Document
from ..cloud import Cloud, Data
from ..devices import own_addresses
from ..hosts import Host
from ..services import Service, services_of

KIND = Kind(
    type="vservice",
    label="vService",
    doc="A network service in a host: a DHCP server or a router in its namespace.",
    parent="host",
    folder="vServices",
    subfolders={"dhcp": "DHCP servers", "router": "Routers"},
    subfolder_by="service_type",
    fields=(
        Field("service_type", "dhcp or router.", hover=True),
        Field("local_service_id", "The namespace.", search=True),
        Field("host", "The host that it runs on.", hover=True),
        Field("network", "The ids of its networks: what constrains cliques around it."),
        Field("networks", "The names of its networks.", hover=True),
        Field("project", "The name of the project that owns it."),
        Field("project_id", "That project's id."),
        Field("neutron_id", "The router, or the network whose DHCP server it is.", search=True),
        Field("ha", "Whether the router is highly available."),
        Field("distributed", "Whether the router is distributed."),
        Field("admin_state_up", "Whether it is switched on."),
        Field("external_network", "The id of the network of its gateway."),
        Field("floating_ips", "The floating IPs that it translates: address, fixed address, port, status."),
        Field("addresses", "All its IP addresses.", search=True, hover=True),
        Field("processes", "The networking processes that serve it."),
        Field("routes", "Its routing table."),
        Field("state", "ACTIVE, DOWN, or unknown."),
    ),
    state="state",
    states={"ACTIVE": "ok", "DOWN": "error", "ERROR": "error"},
)


def build(cloud: Cloud) -> Iterator[Document]:
    """Yield the services of every host; report those that OpenStack knows otherwise."""
    floating: dict[str, list[Data]] = defaultdict(list)
    for row in cloud.rows("floating_ip"):
        if row.get("router_id"):
            floating[str(row["router_id"])].append(row)
    for host in cloud.hosts.values():
        for service in services_of(host):
            yield _document(cloud, host, service, floating)


def _document(cloud: Cloud, host: Host, service: Service, floating: dict[str, list[Data]]) -> Document:
    owner = cloud.row(service.owner_kind, service.neutron_id)
    if owner is None and cloud.sources_complete(service.owner_kind):
        text = f"namespace {service.namespace} is left over: Neutron has no such {service.owner_kind}"
        cloud.report("warn", text, service.id, "vservice")
    networks = networks_of(cloud, service)
    row = owner or {}
    ips = floating[service.neutron_id] if service.type == "router" else []
    _check_translation(cloud, host, service, ips)
    prefix = "dhcp-" if service.type == "dhcp" else ""
    return {
        "id": service.id,
        "name": f"{prefix}{row.get('name') or service.neutron_id}",
        "parent_id": host.name,
        "source": cloud.source_of(host),
        "service_type": service.type,
        "local_service_id": service.namespace,
        "host": host.name,
        "network": networks,
        "networks": [cloud.name_of("network", network) or network for network in networks],
        "project": cloud.name_of("project", row.get("project_id")),
        "project_id": row.get("project_id"),
        "neutron_id": service.neutron_id,
        "ha": row.get("ha"),
        "distributed": row.get("distributed"),
        "admin_state_up": row.get("admin_state_up"),
        "external_network": (row.get("external_gateway_info") or {}).get("network_id"),
        "floating_ips": [
            {
                "id": str(ip["id"]),
                "floating_ip": ip.get("floating_ip_address"),
                "fixed_ip": ip.get("fixed_ip_address"),
                "port_id": ip.get("port_id"),
                "status": ip.get("status"),
            }
            for ip in ips
        ],
        "addresses": [address for device in service.interfaces for address in own_addresses(device)],
        "processes": sorted({process["name"] for process in service.processes}),
        "routes": service.routes,
        "state": _state(host, service, owner),
    }


def networks_of(cloud: Cloud, service: Service) -> list[str]:
    """Return the networks that the namespace's interfaces are in, by their ports."""
    ports = [cloud.port_of_device(device["name"]) for device in service.interfaces]
    found = {str(port["network_id"]) for port in ports if port and port.get("network_id")}
    if not found and service.type == "dhcp":
        found = {service.neutron_id}
    return sorted(found)


def _state(host: Host, service: Service, owner: Data | None) -> str:
    if owner is None or host.stale:
        return "unknown"
    if service.type == "router":
        return str(owner.get("status") or "unknown")
    if not host.knows("processes"):
        return "unknown"
    return "ACTIVE" if any(process["name"] == "dnsmasq" for process in service.processes) else "DOWN"


def _check_translation(cloud: Cloud, host: Host, service: Service, ips: list[Data]) -> None:
    """Report floating IPs that Neutron calls active and the router's namespace does not translate."""
    if not host.knows("namespaces") or not host.facts:
        return
    translated = {entry.get("floating_ip") for entry in service.nat}
    for ip in ips:
        if ip.get("status") == "ACTIVE" and ip.get("floating_ip_address") not in translated:
            address = ip.get("floating_ip_address")
            text = f"floating IP {address} is ACTIVE, but host {host.name} does not translate it"
            cloud.report("error", text, service.id, "vservice")
