"""Where floating IPs are translated, and where they should be."""

from __future__ import annotations

from collections.abc import Sequence

from .cloud import Cloud, Data
from .hosts import Host
from .services import Service

L3_AGENT = "neutron-l3-agent"

AT_THE_INSTANCE = frozenset({"dvr", "dvr_snat"})
"""Modes of an L3 agent that translates the floating IPs of its host's instances, of distributed routers."""


def report_untranslated(cloud: Cloud, ip: Data, services: Sequence[tuple[Host, Service]]) -> None:
    """Report a floating IP that is translated nowhere, if all hosts that should do it tell.

    services: those of its router, with their hosts
    """
    places = _places(cloud, ip, services)
    if not places or not all(_tells(host, services) for host in places.values()):
        return
    text = (
        f"floating IP {ip['floating_ip_address']} is ACTIVE, but is not translated on {' or '.join(places)}"
    )
    related = next((service for host, service in services if host.name in places), services[0][1])
    cloud.report("error", text, related.id, "vservice")


def _places(cloud: Cloud, ip: Data, services: Sequence[tuple[Host, Service]]) -> dict[str, Host]:
    """Return the hosts that should translate a floating IP, by name.

    Those that run the router now; of a distributed one the instance's, or where that cannot, or nobody is
    there who has the address by himself, those that are the way out for all.
    """
    able = [(host, service) for host, service in services if service.ha_state != "standby"]
    router = cloud.row("router", ip.get("router_id")) or {}
    if not router.get("distributed"):
        return {host.name: host for host, _service in able}
    port = cloud.ports.get(str(ip.get("port_id")), {})
    host = cloud.hosts.get(str(port.get("binding:host_id")))
    agent = host.agent(L3_AGENT) if host else None
    if host and agent and (agent.get("configurations") or {}).get("agent_mode") in AT_THE_INSTANCE:
        return {host.name: host}
    return {host.name: host for host, service in able if service.type == "snat"}


def _tells(host: Host, services: Sequence[tuple[Host, Service]]) -> bool:
    """Say whether all that a host translates for a router is known."""
    own = [service for at, service in services if at is host]
    return all(service.translates_no_other for service in own) if own else host.knows("namespaces")
