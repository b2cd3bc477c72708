"""OVN: what its databases, and Neutron's bindings, say of where logical routers and networks are.

Logical switches and routers are everywhere at once. A router's gateway is at one host, or at one of several
that may have it; a floating IP is translated there, or, with an address of its own, at its instance's host.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ..model.ovn_facts import Ovn, OvnNat, OvnRouter
from .derived import derived, keyed
from .hosts import Host, short

if TYPE_CHECKING:
    from .cloud import Cloud, Data

AGENT = "ovn-controller"

NAMED = "neutron-"
"""How Neutron begins the names of logical switches and routers; what follows is its own id."""

REDIRECT = "cr-lrp-"
"""How OVN begins the name by which a gateway port is bound to a host; what follows is the port's id."""

OF_ROUTER = "network:router_"
"""How the owners of routers' ports begin."""

INTERFACE, GATEWAY = "network:router_interface", "network:router_gateway"

OVERLAYS = frozenset({"geneve", "vxlan"})
"""The types of networks between which packets are routed where they come from; others go to the gateway."""


def runs_ovn(host: Host) -> bool:
    """Say whether OVN programs the host's switch."""
    return host.agent(AGENT) is not None or "ovn-remote" in settings(host)


def settings(host: Host) -> Mapping[str, str]:
    """Return what the host's own Open vSwitch is told of OVN, and other things."""
    ovs = host.facts["ovs"] if host.facts else None
    return ovs["external_ids"] if ovs else {}


def mappings_of(text: Any) -> dict[str, str]:
    """Return bridge mappings as OVN writes them: physical network, colon, bridge; with commas between."""
    pairs = [pair.strip().partition(":") for pair in text.split(",")] if isinstance(text, str) else []
    return {network: bridge for network, colon, bridge in sorted(pairs) if colon}


@dataclass(frozen=True, slots=True)
class Gateway:
    """A router at a host that is its gateway, or may become it.

    `nat`: the translations that OVN has; None: its databases were not read.
    """

    router: str
    host: str
    ha_state: str
    ports: list[Data]
    nat: list[OvnNat] | None

    @property
    def port(self) -> Data | None:
        """The port in the external network."""
        return next((port for port in self.ports if port.get("device_owner") == GATEWAY), None)

    @property
    def networks(self) -> list[str]:
        """The networks that it joins."""
        return sorted({str(port["network_id"]) for port in self.ports if port.get("network_id")})


@derived
def chassis_hosts(cloud: Cloud) -> dict[str, str]:
    """Return the names of hosts by what OVN calls them."""
    found: dict[str, str] = {}
    for host in filter(runs_ovn, cloud.hosts.values()):
        agent = host.agent(AGENT)
        said = (agent.get("configurations") if agent else None) or {}
        for name in (settings(host).get("system-id"), said.get("chassis_name")):
            if name:
                found[str(name)] = host.name
    shorts = {short(name): name for name in cloud.hosts}
    for chassis in _part(cloud, "chassis"):
        known = shorts.get(short(chassis["hostname"] or chassis["name"]))
        if known:
            found.setdefault(chassis["name"], known)
    return found


@derived
def _part(cloud: Cloud, part: Literal["routers", "chassis", "bindings"]) -> list[Any]:
    """Return a part of OVN's databases; of several hosts that have them, the first to tell it."""
    hosts = sorted(cloud.hosts.values(), key=lambda host: (host.stale, host.name))
    told: list[Ovn] = [ovn for host in hosts if host.facts and (ovn := host.facts.get("ovn"))]
    return next((list(found) for ovn in told if (found := ovn[part])), [])


@keyed
def _router(cloud: Cloud) -> dict[str, OvnRouter]:
    return {router["name"].removeprefix(NAMED): router for router in _part(cloud, "routers")}


@keyed
def _binding(cloud: Cloud) -> dict[str, str]:
    """Return which host each bound logical port is at."""
    hosts = chassis_hosts(cloud)
    places = ((each["port"], hosts.get(each["chassis"])) for each in _part(cloud, "bindings"))
    return {port: host for port, host in places if host}


def end_points(cloud: Cloud, host: Host) -> list[tuple[str, str]]:
    """Return types and addresses of tunnels that others reach a host by, for one that tells nothing."""
    hosts = chassis_hosts(cloud)
    return [
        (way["type"], way["ip"])
        for chassis in _part(cloud, "chassis")
        if hosts.get(chassis["name"]) == host.name
        for way in chassis["encapsulations"]
    ]


def _router_of(port: Data) -> tuple[str, ...]:
    """Return the router that a port is of, if it is of one."""
    return (str(port.get("device_id")),) if str(port.get("device_owner")).startswith(OF_ROUTER) else ()


@keyed
def gateways(cloud: Cloud) -> dict[str, list[Gateway]]:
    """Return the routers of each host that is their gateway, or may become it."""
    found: dict[str, list[Gateway]] = defaultdict(list)
    for router, own in cloud.index("port", _router_of).items():
        gateway = next((port for port in own if port.get("device_owner") == GATEWAY), None)
        if gateway is not None:
            for name, state in _places(cloud, router, gateway):
                known = _router(cloud, router)
                found[name].append(Gateway(router, name, state, own, known["nat"] if known else None))
    return found


def _places(cloud: Cloud, router: str, gateway: Data) -> Iterator[tuple[str, str]]:
    """Yield the hosts that may be a router's gateway, with its state there."""
    key, bound = str(gateway["id"]), cloud.hosts.get(str(gateway.get("binding:host_id") or ""))
    now = _binding(cloud, f"{REDIRECT}{key}") or (bound.name if bound and runs_ovn(bound) else None)
    known, hosts = _router(cloud, router), chassis_hosts(cloud)
    may = {
        hosts[chassis["chassis"]]
        for port in (known["ports"] if known else [])
        for chassis in port["gateways"]
        if chassis["chassis"] in hosts
    }
    for name in sorted(may | ({now} if now else set())):
        yield name, "unknown" if now is None else "active" if name == now else "standby"


@keyed
def _joined(cloud: Cloud) -> dict[str, frozenset[str]]:
    """Return, for each overlay network, those that routers join it to, itself included."""
    joined: dict[str, frozenset[str]] = {}
    for own in cloud.index("port", _router_of).values():
        rows = [cloud.row("network", port.get("network_id")) for port in own if _is_interface(port)]
        networks = {str(row["id"]) for row in rows if row and row.get("provider:network_type") in OVERLAYS}
        union = frozenset(networks).union(*(joined.get(network, ()) for network in networks))
        joined.update(dict.fromkeys(union, union))
    return joined


def _is_interface(port: Data) -> bool:
    return port.get("device_owner") == INTERFACE


@keyed
def _translated(cloud: Cloud) -> dict[str, set[str]]:
    """Return the external networks whose floating IPs each host translates by itself."""
    found: dict[str, set[str]] = defaultdict(set)
    for name in cloud.hosts:
        for gateway in gateways(cloud, name) or ():
            for entry in gateway.nat or []:
                place = place_of(cloud, entry)
                if place and gateway.port:
                    found[place].add(str(gateway.port.get("network_id")))
    return found


def place_of(cloud: Cloud, entry: OvnNat) -> str | None:
    """Return the host that does a distributed translation; None for one that the gateway does."""
    if not entry["external_mac"] or not entry["logical_port"]:
        return None
    port = cloud.ports.get(entry["logical_port"], {})
    return _binding(cloud, entry["logical_port"]) or port.get("binding:host_id") or None


def reached(cloud: Cloud, host: Host, plugged: set[str]) -> set[str]:
    """Return the networks that are on a host by way of logical routers, given those that are plugged.

    A packet is routed where it comes from, so that a host with a port in one overlay network of a router
    sends into all of them; a gateway answers into all networks of its router.
    """
    found = {far for network in plugged for far in _joined(cloud, network) or ()}
    for gateway in gateways(cloud, host.name) or ():
        if gateway.ha_state == "active":
            found.update(gateway.networks)
    return found | (_translated(cloud, host.name) or set())
