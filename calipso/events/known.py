"""What is known of a cloud while its events are handled: the latest facts, by what handlers look for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, cast

from ..build.hosts import names_of, short
from ..model.facts import HOST, HostFacts, Row
from ..model.source import OPENSTACK
from .result import Ask

Data = Mapping[str, Any]

INDEXED = (
    ("port", "network_id"),
    ("port", "device_id"),
    ("subnet", "network_id"),
    ("floating_ip", "port_id"),
    ("compute_service", "host"),
    ("agent", "host"),
    ("agent", "binary"),
)
"""Kinds and attributes by whose values rows are found."""

_L2_AGENTS = ("neutron-openvswitch-agent", "neutron-linuxbridge-agent")

_BEFORE_ONE_IS_KNOWN = 4
"""Hosts that may get a service, and are few enough to ask them all."""


class Known:
    """OpenStack's rows by kind and key, and where hosts and services are."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        """Take the rows of all sources."""
        self._rows: dict[str, dict[str, Data]] = defaultdict(dict)
        self._found: dict[tuple[str, str, Any], dict[str, None]] = defaultdict(dict)
        self._hosts: dict[str, HostFacts] = {}
        self._logical: set[str] = set()
        self._inventory: dict[str, str] = {}
        self._namespaces: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            self.take(row)

    def take(self, row: Row) -> None:
        """Take a row that is new or different."""
        if row["kind"] == HOST:
            self._take_host(row["key"], row["data"])
        elif row.get("source", OPENSTACK) == OPENSTACK:
            self.drop(row["kind"], row["key"])
            self._rows[row["kind"]][row["key"]] = row["data"]
            for place in self._places(row["kind"], row["data"]):
                self._found[place][row["key"]] = None

    def drop(self, kind: str, key: str) -> None:
        """Take that a row is gone."""
        before = self._rows[kind].pop(key, None)
        for place in self._places(kind, before or {}):
            self._found[place].pop(key, None)
            if not self._found[place]:
                del self._found[place]

    def row(self, kind: str, key: object) -> Data:
        """Return a row's data; of what is not known, an empty one."""
        return self._rows[kind].get(str(key), {})

    def row_of(self, row: Row) -> Data:
        """Return what is known of what a row tells of."""
        if row["kind"] == HOST:
            return cast(Data, self._hosts.get(row["key"], {}))
        return self.row(row["kind"], row["key"])

    def rows(self, kind: str) -> Iterator[Data]:
        """Yield all rows of a kind."""
        yield from self._rows[kind].values()

    def where(self, kind: str, attribute: str, value: object) -> list[Data]:
        """Return the rows whose attribute has a value; `INDEXED` says which can be asked for."""
        if (kind, attribute) not in INDEXED:
            raise ValueError(f"rows of {kind} are not found by their {attribute}")
        keys = self._found.get((kind, attribute, value), ()) if isinstance(value, str) else ()
        return [self._rows[kind][key] for key in keys]

    def answer(self, ask: Ask) -> object:
        """Return what is known of what a question asks for."""
        if ask.kind == HOST:
            return self._hosts.get(self.inventory_name(ask.value))
        if not ask.attribute:
            return list(self.rows(ask.kind))
        if ask.attribute == "id":
            return self.row(ask.kind, ask.value)
        if (ask.kind, ask.attribute) in INDEXED:
            return self.where(ask.kind, ask.attribute, ask.value)
        return [row for row in self.rows(ask.kind) if row.get(ask.attribute) == ask.value]

    def inventory_name(self, host: str) -> str:
        """Return what Ansible calls a host that OpenStack calls so."""
        return self._inventory.get(host) or self._inventory.get(short(host)) or host

    def hosts_of_network(self, network: object) -> set[str]:
        """Return the hosts that have a port of a network bound to them."""
        ports = self.where("port", "network_id", network)
        return {str(port["binding:host_id"]) for port in ports if port.get("binding:host_id")}

    def dhcp_hosts(self, network: str) -> set[str]:
        """Return the hosts that serve DHCP in a network; where none does, those few that may."""
        return self._serving([f"qdhcp-{network}"], "neutron-dhcp-agent")

    def router_hosts(self, router: str) -> set[str]:
        """Return the hosts that a router is in; where none has it, those few that may."""
        return self._serving([f"qrouter-{router}", f"snat-{router}"], "neutron-l3-agent")

    @property
    def hosts(self) -> Collection[str]:
        """What Ansible calls the hosts that were ever asked."""
        return list(self._hosts)

    @property
    def logical_hosts(self) -> set[str]:
        """The hosts that have OVN's databases: they tell of logical switches and routers."""
        return set(self._logical)

    def zone_of(self, host: object) -> str | None:
        """Return the availability zone of a compute host."""
        services = self.where("compute_service", "host", host)
        return next((row.get("zone") for row in services if row.get("binary") == "nova-compute"), None)

    def region_of(self, host: str | None) -> str | None:
        """Return the region of a host; the only one, where there is one."""
        regions = self._rows["region"]
        if len(regions) == 1:
            return next(iter(regions))
        told = (*self.where("compute_service", "host", host), *self.where("agent", "host", host))
        return next((str(row["region"]) for row in told if row.get("region")), None)

    def neighbours_by_flooding(self, network: object) -> set[str]:
        """Return the hosts whose tunnels follow the ports of a network: all that have one, where agents fill
        each other's forwarding tables.
        """
        agents = (agent for binary in _L2_AGENTS for agent in self.where("agent", "binary", binary))
        told = (agent.get("configurations") for agent in agents)
        populate = any(isinstance(said, Mapping) and said.get("l2_population") for said in told)
        return self.hosts_of_network(network) if populate else set()

    def _serving(self, namespaces: list[str], binary: str) -> set[str]:
        found = {host for name in namespaces for host in self._namespaces.get(name, ())}
        if found:
            return found
        agents = self.where("agent", "binary", binary)
        may = {str(agent["host"]) for agent in agents if agent.get("host")}
        return may if len(may) <= _BEFORE_ONE_IS_KNOWN else set()

    def _take_host(self, inventory_name: str, data: Any) -> None:
        facts: HostFacts = data
        for namespace in (self._hosts.get(inventory_name) or {"namespaces": []})["namespaces"]:
            self._namespaces[namespace["name"]].discard(inventory_name)
        self._hosts[inventory_name] = facts
        (self._logical.add if facts.get("ovn") else self._logical.discard)(inventory_name)
        for namespace in facts["namespaces"]:
            self._namespaces[namespace["name"]].add(inventory_name)
        for name in names_of(inventory_name, facts):
            self._inventory[name] = inventory_name
            self._inventory.setdefault(short(name), inventory_name)

    @staticmethod
    def _places(kind: str, data: Data) -> Iterator[tuple[str, str, Any]]:
        for indexed, attribute in INDEXED:
            if indexed == kind and isinstance(data.get(attribute), str):
                yield kind, attribute, data[attribute]
