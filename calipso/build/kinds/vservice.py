"""Network services in hosts: DHCP servers, routers and metadata proxies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from ...model.facts import HOST
from ...model.kind import Field, Kind
from ...model.topology import Document
from ..cloud import Cloud, Data
from ..derived import gathered
from ..devices import addresses_of, own_addresses
from ..floating import L3_AGENT, report_untranslated
from ..hosts import Host
from ..services import Service, services_of

KIND = Kind(
    type="vservice",
    label="vService",
    doc="A network service in a host: a DHCP server, a router or a part of one, a metadata proxy.",
    parent="host",
    folder="vServices",
    subfolders={
        "dhcp": "DHCP servers",
        "router": "Routers",
        "snat": "Source NAT",
        "fip": "Floating IPs",
        "metadata": "Metadata proxies",
    },
    subfolder_by="service_type",
    fields=(
        Field(
            "service_type",
            "dhcp, router, metadata; of distributed routers also snat, the gateway of all hosts, and fip, "
            "which joins a host to the external network.",
            hover=True,
        ),
        Field(
            "local_service_id", "Its name on the host: the namespace's, or lrouter- and an id.", search=True
        ),
        Field("namespace", "The namespace that it is in; OVN's routers are in none."),
        Field("host", "The host that it runs on.", hover=True),
        Field("network", "The ids of its networks: what constrains cliques around it."),
        Field("networks", "The names of its networks.", hover=True),
        Field("project", "The name of the project that owns it."),
        Field("project_id", "That project's id."),
        Field("neutron_id", "The router, or the network that it is for.", search=True),
        Field("ha", "Whether the router is highly available."),
        Field("ha_state", "Of a router that several hosts may run: active here, standby, or unknown."),
        Field("distributed", "Whether the router is distributed."),
        Field("admin_state_up", "Whether it is switched on."),
        Field("external_network", "The id of the network of its gateway."),
        Field(
            "floating_ips",
            "The router's floating IPs: address, fixed address, port, status, port forwardings, the host that"
            " translates it.",
        ),
        Field("addresses", "All its IP addresses.", search=True, hover=True),
        Field("paired", "Devices to a distributed router's other namespace: their addresses, by name."),
        Field("processes", "The networking processes that serve it."),
        Field("routes", "Its routing table."),
        Field("state", "ACTIVE, DOWN, or unknown."),
    ),
    state="state",
    states={"ACTIVE": "ok", "DOWN": "error", "ERROR": "error"},
)


PROGRAMS = {"dhcp": "dnsmasq", "metadata": "haproxy"}
"""The program that a service is, if it is one."""


EACH = HOST


def build(cloud: Cloud, host: Host) -> Iterator[Document]:
    """Yield the services of a host; report those that OpenStack knows otherwise."""
    for service in services_of(cloud, host):
        placed = [
            (cloud.hosts[name], other)
            for name, others in _placed(cloud, service.neutron_id).items()
            for other in others
        ]
        translated = {address: at for _host, other in placed for address, at in other.translated.items()}
        floating = cloud.rows_by("floating_ip", "router_id", service.neutron_id)
        yield _document(cloud, host, service, floating, translated)
        _check_active(cloud, host, service, placed)
        if placed[0][1].id == service.id:
            for ip in floating:
                if ip.get("status") == "ACTIVE" and ip.get("floating_ip_address") not in translated:
                    report_untranslated(cloud, ip, placed)


@gathered
def _placed(cloud: Cloud, host: Host) -> Iterable[tuple[str, list[Service]]]:
    """Return the services of a host by the router, or the network, that they are for."""
    found: dict[str, list[Service]] = defaultdict(list)
    for service in services_of(cloud, host):
        found[service.neutron_id].append(service)
    return found.items()


def _check_active(cloud: Cloud, host: Host, service: Service, placed: list[tuple[Host, Service]]) -> None:
    """Report a service of a router of several hosts that is not active on just one of them."""
    states = {at.name: other for at, other in placed if other.ha_state}
    if host.name not in states or states[host.name].id != service.id:
        return
    active = [name for name, other in states.items() if other.ha_state == "active"]
    silent = {other.ha_state for other in states.values()} == {"standby"}
    if silent:
        agents = [each for each in cloud.hosts.values() if each.agent(L3_AGENT)]
        silent = all(each.knows("namespaces") for each in agents)
    if len(active) > 1 or silent:
        name = cloud.name_of("router", service.neutron_id) or service.neutron_id
        text = f"router {name} is active on {' and '.join(active) or 'no host'} of {', '.join(states)}"
        cloud.report("error", text, service.id, "vservice")


def _document(
    cloud: Cloud, host: Host, service: Service, floating: list[Data], translated: dict[str, str]
) -> Document:
    owner = cloud.row(service.owner_kind, service.neutron_id)
    if owner is None and cloud.sources_complete(service.owner_kind):
        text = f"{service.local_id} is left over: Neutron has no such {service.owner_kind}"
        cloud.report("warn", text, service.id, "vservice")
    networks, row = service.networks, owner or {}
    prefix = "" if service.type == "router" else f"{service.type}-"
    return {
        "id": service.id,
        "name": f"{prefix}{row.get('name') or service.neutron_id}",
        "parent_id": host.name,
        "source": cloud.source_of(host),
        "service_type": service.type,
        "local_service_id": service.local_id,
        "namespace": service.namespace,
        "host": host.name,
        "network": networks,
        "networks": [cloud.name_of("network", network) or network for network in networks],
        "project": cloud.name_of("project", row.get("project_id")),
        "project_id": row.get("project_id"),
        "neutron_id": service.neutron_id,
        "ha": row.get("ha"),
        "ha_state": service.ha_state,
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
                "port_forwardings": ip.get("port_forwardings") or [],
                "host": translated.get(str(ip.get("floating_ip_address"))),
            }
            for ip in (floating if service.type == "router" else ())
        ],
        "addresses": [address for device in service.interfaces for address in own_addresses(device)]
        + [address for port in service.ports for address in addresses_of(port)],
        "paired": {device["name"]: own_addresses(device) for device in service.paired},
        "processes": sorted({process["name"] for process in service.processes}),
        "routes": service.routes,
        "state": _state(host, service, owner),
    }


def _state(host: Host, service: Service, owner: Data | None) -> str:
    if owner is None or host.stale:
        return "unknown"
    if service.owner_kind == "router":
        return str(owner.get("status") or "unknown")
    if service.type not in PROGRAMS:
        up = host.knows("namespaces") and all(device["up"] for device in service.interfaces)
        return "ACTIVE" if up else "DOWN" if host.knows("namespaces") else "unknown"
    if not host.knows("processes"):
        return "unknown"
    return (
        "ACTIVE"
        if any(process["name"] == PROGRAMS[service.type] for process in service.processes)
        else "DOWN"
    )
