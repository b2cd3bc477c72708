"""Hosts: hypervisors, network nodes, controllers."""

from __future__ import annotations

from collections.abc import Iterator

from ...model.facts import HOST
from ...model.kind import Field, Kind
from ...model.topology import Document
from ..cloud import Cloud
from ..hosts import Host
from .availability_zone import zone_id, zone_of
from .region import region_id

KIND = Kind(
    type="host",
    label="Host",
    doc="A machine that runs services of the cloud.",
    parent="availability_zone",
    fields=(
        Field("host_type", "What it is for: Controller, Network, Compute.", hover=True),
        Field("zone", "Its availability zone.", hover=True),
        Field("ip_address", "Its address, as OpenStack uses it.", search=True, hover=True),
        Field("inventory_hostname", "The name by which Ansible reaches it.", search=True),
        Field("os_id", "Nova's id of the hypervisor.", search=True),
        Field("OS", "Its operating system: name, version, kernel, architecture."),
        Field("services", "The OpenStack services that run on it, with their states."),
        Field("config", "Its agents' configurations, by binary."),
        Field("hypervisor_type", "What virtualizes on it."),
        Field("state", "up, down or disabled, by its services' and agents' own reports."),
        Field("gaps", "What could not be read on it, and why."),
    ),
    state="state",
    states={"up": "ok", "disabled": "warning", "down": "error"},
)

NETWORK_AGENTS = frozenset({"neutron-l3-agent", "neutron-dhcp-agent", "neutron-metadata-agent"})


def host_types(host: Host) -> list[str]:
    """Return what a host is for, by what runs on it."""
    services = {service.get("binary") for service in host.services}
    found = {
        "Compute": "nova-compute" in services,
        "Controller": bool(services - {"nova-compute", None}),
        "Network": any(agent.get("binary") in NETWORK_AGENTS for agent in host.agents),
    }
    return [name for name in ("Controller", "Network", "Compute") if found[name]]


def _state(host: Host) -> str:
    reports = [service.get("state") == "up" for service in host.services]
    reports += [bool(agent.get("alive")) for agent in host.agents]
    if not reports:
        return "unknown"
    if not all(reports):
        return "down"
    return "disabled" if any(service.get("status") == "disabled" for service in host.services) else "up"


def _address(host: Host) -> str | None:
    if host.hypervisor and host.hypervisor.get("host_ip"):
        return str(host.hypervisor["host_ip"])
    if host.facts is None:
        return None
    tunnels = {(agent.get("configurations") or {}).get("tunneling_ip") for agent in host.agents}
    own = [
        address["address"]
        for interface in sorted(host.facts["interfaces"], key=lambda interface: interface["index"])
        for address in interface["addresses"]
        if address["family"] == "inet" and address["scope"] == "global" and address["address"] not in tunnels
    ]
    return own[0] if own else None


EACH = HOST


def build(cloud: Cloud, host: Host) -> Iterator[Document]:
    """Yield a host that OpenStack or the inventory names."""
    region, zone, facts = host.region or cloud.region_of({}), zone_of(host), host.facts
    yield {
        "id": host.name,
        "name": host.name,
        "parent_id": zone_id(region, zone) if zone else region_id(region),
        "parent_type": "availability_zone" if zone else "region",
        "source": cloud.source_of(host),
        "region": region,
        "host": host.name,
        "host_type": host_types(host),
        "zone": zone,
        "ip_address": _address(host),
        "inventory_hostname": host.inventory_hostname,
        "os_id": str(host.hypervisor["id"]) if host.hypervisor else None,
        "OS": dict(facts["os"]) if facts else None,
        "services": {
            str(service.get("binary")): {"state": service.get("state"), "status": service.get("status")}
            for service in host.services
        },
        "config": {str(agent.get("binary")): agent.get("configurations") or {} for agent in host.agents},
        "hypervisor_type": host.hypervisor.get("hypervisor_type") if host.hypervisor else None,
        "state": _state(host),
        "gaps": [dict(gap) for gap in facts["gaps"]] if facts else [],
    }
