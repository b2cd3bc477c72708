"""OVN: what its databases, and Neutron's bindings, say of where logical routers and networks are.

Logical switches and routers are everywhere at once. A router's gateway is at one host, or at one of several
that may have it; a floating IP is translated there, or, with an address of its own, at its instance's host.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from ..model.ovn_facts import Ovn, OvnNat, OvnRouter
from .hosts import Host, short

if TYPE_CHECKING:
    from .cloud import Cloud, Data

AGENT = "ovn-controller"

NAMED = "neutron-"
"""How Neutron begins the names of logical switches and routers; what follows is its own id."""

REDIRECT = "cr-lrp-"
"""How OVN begins the name by which a gateway port is bound to a host; what follows is the port's id."""

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


class Logical:
    """Where OVN has what, in one cloud."""

    def __init__(self, cloud: Cloud) -> None:
        """Take a cloud; nothing is worked out before it is asked for."""
        self._cloud = cloud

    @cached_property
    def _hosts(self) -> dict[str, str]:
        """The names of hosts by what OVN calls them."""
        found: dict[str, str] = {}
        for host in filter(runs_ovn, self._cloud.hosts.values()):
            agent = host.agent(AGENT)
            said = (agent.get("configurations") if agent else None) or {}
            for name in (settings(host).get("system-id"), said.get("chassis_name")):
                if name:
                    found[str(name)] = host.name
        shorts = {short(name): name for name in self._cloud.hosts}
        for chassis in self._part("chassis"):
            known = shorts.get(short(chassis["hostname"] or chassis["name"]))
            if known:
                found.setdefault(chassis["name"], known)
        return found

    def _part(self, part: Literal["routers", "chassis", "bindings"]) -> list[Any]:
        """Return a part of OVN's databases; of several hosts that have them, the first to tell it."""
        hosts = sorted(self._cloud.hosts.values(), key=lambda host: (host.stale, host.name))
        told: list[Ovn] = [ovn for host in hosts if host.facts and (ovn := host.facts.get("ovn"))]
        return next((list(found) for ovn in told if (found := ovn[part])), [])

    @cached_property
    def _routers(self) -> dict[str, OvnRouter]:
        return {router["name"].removeprefix(NAMED): router for router in self._part("routers")}

    @cached_property
    def _bindings(self) -> dict[str, str]:
        """Which host each bound logical port is at."""
        places = ((each["port"], self._hosts.get(each["chassis"])) for each in self._part("bindings"))
        return {port: host for port, host in places if host}

    def end_points(self, host: Host) -> list[tuple[str, str]]:
        """Return types and addresses of tunnels that others reach a host by, for one that tells nothing."""
        return [
            (way["type"], way["ip"])
            for chassis in self._part("chassis")
            if self._hosts.get(chassis["name"]) == host.name
            for way in chassis["encapsulations"]
        ]

    @cached_property
    def gateways(self) -> Mapping[str, list[Gateway]]:
        """The routers of each host that is their gateway, or may become it."""
        found: dict[str, list[Gateway]] = defaultdict(list)
        ports: dict[str, list[Data]] = defaultdict(list)
        for port in self._cloud.ports.values():
            if str(port.get("device_owner")).startswith("network:router_"):
                ports[str(port.get("device_id"))].append(port)
        for router, own in sorted(ports.items()):
            gateway = next((port for port in own if port.get("device_owner") == GATEWAY), None)
            if gateway is not None:
                for name, state in self._places(router, gateway):
                    known = self._routers.get(router)
                    found[name].append(Gateway(router, name, state, own, known["nat"] if known else None))
        return found

    def _places(self, router: str, gateway: Data) -> Iterator[tuple[str, str]]:
        """Yield the hosts that may be a router's gateway, with its state there."""
        key, bound = str(gateway["id"]), self._cloud.hosts.get(str(gateway.get("binding:host_id") or ""))
        now = self._bindings.get(f"{REDIRECT}{key}") or (bound.name if bound and runs_ovn(bound) else None)
        known = self._routers.get(router)
        may = {
            self._hosts[chassis["chassis"]]
            for port in (known["ports"] if known else [])
            for chassis in port["gateways"]
            if chassis["chassis"] in self._hosts
        }
        for name in sorted(may | ({now} if now else set())):
            yield name, "unknown" if now is None else "active" if name == now else "standby"

    @cached_property
    def _joined(self) -> Mapping[str, frozenset[str]]:
        """For each overlay network those that routers join it to, itself included."""
        routers: dict[str, set[str]] = defaultdict(set)
        for port in self._cloud.ports.values():
            network = self._cloud.row("network", port.get("network_id")) or {}
            if port.get("device_owner") == INTERFACE and network.get("provider:network_type") in OVERLAYS:
                routers[str(port.get("device_id"))].add(str(network["id"]))
        joined: dict[str, frozenset[str]] = {}
        for networks in routers.values():
            union = frozenset(networks).union(*(joined.get(network, ()) for network in networks))
            joined.update(dict.fromkeys(union, union))
        return joined

    @cached_property
    def _translated(self) -> Mapping[str, set[str]]:
        """The external networks whose floating IPs each host translates by itself."""
        found: dict[str, set[str]] = defaultdict(set)
        for gateways in self.gateways.values():
            for gateway in gateways:
                for entry in gateway.nat or []:
                    place = self.place_of(entry)
                    if place and gateway.port:
                        found[place].add(str(gateway.port.get("network_id")))
        return found

    def place_of(self, entry: OvnNat) -> str | None:
        """Return the host that does a distributed translation; None for one that the gateway does."""
        if not entry["external_mac"] or not entry["logical_port"]:
            return None
        port = self._cloud.ports.get(entry["logical_port"], {})
        return self._bindings.get(entry["logical_port"]) or port.get("binding:host_id") or None

    def reached(self, host: Host, plugged: set[str]) -> set[str]:
        """Return the networks that are on a host by way of logical routers, given those that are plugged.

        A packet is routed where it comes from, so that a host with a port in one overlay network of a router
        sends into all of them; a gateway answers into all networks of its router.
        """
        found = {far for network in plugged for far in self._joined.get(network, ())}
        for gateway in self.gateways.get(host.name, ()):
            if gateway.ha_state == "active":
                found.update(gateway.networks)
        return found | self._translated.get(host.name, set())
