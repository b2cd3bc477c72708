"""Which host is which: the names that OpenStack uses, and the hosts that Ansible reached."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..model.facts import HOST, HostFacts, Interface, OvsInterface, OvsPort
from ..model.topology import Level
from .tracking import Tracker

Data = Mapping[str, Any]
Report = Callable[[Level, str, str, str], None]

HOST_OF_SERVER = "OS-EXT-SRV-ATTR:host"
"""The attribute of a server that names the host that runs it."""


@dataclass(slots=True)
class Host:
    """A host with all that is known of it: OpenStack's rows, and its own facts where it was reached."""

    name: str
    region: str | None = None
    source: str | None = None
    inventory_hostname: str | None = None
    facts: HostFacts | None = None
    stale: bool = False
    services: list[Data] = field(default_factory=list)
    agents: list[Data] = field(default_factory=list)
    hypervisor: Data | None = None
    interfaces: dict[str, Interface] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    ovs_ports: dict[str, tuple[str, OvsPort, OvsInterface]] = field(default_factory=dict)
    functions: dict[str, tuple[str, Data]] = field(default_factory=dict)
    """The virtual functions of NICs by bus address: the NIC's name, and what it says of the function."""

    def take(self, said: Reached) -> None:
        """Give the host what it says itself."""
        facts = said.facts
        self.facts, self.source, self.stale = facts, said.source, said.stale
        self.inventory_hostname = said.inventory_hostname
        self.interfaces = {interface["name"]: interface for interface in facts["interfaces"]}
        for interface in facts["interfaces"]:
            if interface["master"]:
                self.members.setdefault(interface["master"], []).append(interface["name"])
            for function in interface["virtual_functions"]:
                if function.get("bus"):
                    self.functions[function["bus"]] = (interface["name"], function)
        if facts["ovs"]:
            for bridge in facts["ovs"]["bridges"]:
                for port in bridge["ports"]:
                    for plugged in port["interfaces"]:
                        self.ovs_ports[plugged["name"]] = (bridge["name"], port, plugged)

    def knows(self, part: str) -> bool:
        """Say whether `part` of the facts was read, now, without a gap: only then does absence tell."""
        return (
            self.facts is not None
            and not self.stale
            and all(gap["part"] != part for gap in self.facts["gaps"])
        )

    def is_as(self, other: Host, said: Reached | None) -> bool:
        """Say whether this is `other` with what it says itself: of the very same rows and facts."""
        rows = [[host.hypervisor, *host.services, None, *host.agents] for host in (self, other)]
        own = (self.source, self.inventory_hostname, self.stale)
        return (
            self.region == other.region
            and list(map(id, rows[0])) == list(map(id, rows[1]))
            and self.facts is (said.facts if said else None)
            and own == ((said.source, said.inventory_hostname, said.stale) if said else (None, None, False))
        )

    def agent(self, *binaries: str) -> Data | None:
        """Return the host's agent with one of these binaries, if it has one."""
        return next((agent for agent in self.agents if agent.get("binary") in binaries), None)


def short(name: str) -> str:
    """Return a host name without its domain."""
    return name.partition(".")[0].lower()


def names_of(inventory_hostname: str, facts: HostFacts) -> list[str]:
    """Return the names by which OpenStack may know a host, the likeliest first."""
    ovs = facts["ovs"]
    names = [facts["hostname"], facts["fqdn"], inventory_hostname, ovs["hostname"] if ovs else None]
    return list(dict.fromkeys(name for name in names if name))


def addresses_of(facts: HostFacts) -> set[str]:
    """Return the host's own addresses, less those that every host has."""
    return {
        address["address"]
        for interface in facts["interfaces"]
        for address in interface["addresses"]
        if address["scope"] == "global"
    }


class HostNames:
    """The names, and addresses, by which OpenStack knows its hosts."""

    def __init__(self, hosts: Mapping[str, Host]) -> None:
        """Index OpenStack's hosts."""
        self._names = frozenset(hosts)
        self._shorts: dict[str, list[str]] = defaultdict(list)
        for name in sorted(hosts):
            self._shorts[short(name)].append(name)
        self._addresses = addresses_by_openstack(hosts)

    def match(self, inventory_hostname: str, facts: HostFacts) -> str | None:
        """Return which host has these facts, or None.

        By equal name; else by equal short name, where just one has it; else by an address that only
        one host has.
        """
        names = names_of(inventory_hostname, facts)
        for name in names:
            if name in self._names:
                return name
        for name in names:
            if len(same := self._shorts.get(short(name), [])) == 1:
                return same[0]
        owners = {self._addresses[address] for address in addresses_of(facts) if address in self._addresses}
        return owners.pop() if len(owners) == 1 else None


def known_hosts(rows: Mapping[str, Iterable[Data]]) -> dict[str, Host]:
    """Return OpenStack's hosts by the name that its services use; `rows`: by kind."""
    hosts: dict[str, Host] = {}

    def host(row: Data, name: Any) -> Host | None:
        return hosts.setdefault(str(name), Host(str(name), region=row.get("region"))) if name else None

    for row in rows["compute_service"]:
        if found := host(row, row.get("host")):
            found.services.append(row)
    for row in rows["agent"]:
        if found := host(row, row.get("host")):
            found.agents.append(row)
    for row in rows["hypervisor"]:
        service = row.get("service")
        name = service.get("host") if isinstance(service, Mapping) else None
        if found := host(row, name or row.get("hypervisor_hostname")):
            found.hypervisor = row
    for row in rows["server"]:
        host(row, row.get(HOST_OF_SERVER))
    return hosts


@dataclass(frozen=True, slots=True)
class Reached:
    """What a host that was reached says: its own facts, and by whom they were told."""

    inventory_hostname: str
    source: str
    facts: HostFacts
    stale: bool


def join(hosts: dict[str, Host], reached: Iterable[Reached], report: Report) -> dict[str, Reached]:
    """Return which of OpenStack's hosts says what, by name; one that OpenStack has not is put to `hosts`.

    Reports hosts that OpenStack does not know, and those that were reached twice.
    """
    names, in_openstack = HostNames(hosts), bool(hosts)
    found: dict[str, Reached] = {}
    for said in reached:
        name = names.match(said.inventory_hostname, said.facts)
        if name is None:
            name = said.inventory_hostname
            if in_openstack:
                report("warn", f"OpenStack knows no host like {name!r}", name, HOST)
            hosts.setdefault(name, Host(name))
        if name in found:
            other = found[name].inventory_hostname
            text = f"{said.inventory_hostname!r} is the same host as {other!r}, and is left out"
            report("error", text, name, HOST)
            continue
        found[name] = said
    return found


def addresses_by_openstack(hosts: Mapping[str, Host]) -> dict[str, str]:
    """Return which host OpenStack says has an address: hypervisors' and tunnel addresses, if unique."""
    owners: dict[str, set[str]] = defaultdict(set)
    for host in hosts.values():
        if host.hypervisor and (address := host.hypervisor.get("host_ip")):
            owners[address].add(host.name)
        for agent in host.agents:
            if address := (agent.get("configurations") or {}).get("tunneling_ip"):
                owners[address].add(host.name)
    return {address: next(iter(names)) for address, names in owners.items() if len(names) == 1}


class Hosts(Mapping[str, Host]):
    """All hosts, by name and in its order. Who asks for one is concerned when it comes, goes or changes."""

    def __init__(self, tracker: Tracker) -> None:
        """Begin with none."""
        self._tracker = tracker
        self._hosts: dict[str, Host] = {}

    def take(self, known: Mapping[str, Host], reached: Mapping[str, Reached]) -> set[str]:
        """Take OpenStack's hosts, and what hosts say; return the names of those that are not as before."""
        before, self._hosts = self._hosts, {}
        changed = before.keys() - known.keys()
        for name, host in sorted(known.items()):
            said, old = reached.get(name), before.get(name)
            if old is not None and old.is_as(host, said):
                self._hosts[name] = old
                continue
            if said is not None:
                host.take(said)
            self._hosts[name] = host
            changed.add(name)
        for name in changed:
            self._tracker.changed(("host", name))
        if before.keys() != self._hosts.keys():
            self._tracker.changed("hosts")
        return changed

    def __getitem__(self, name: str) -> Host:
        """Return a host."""
        self._tracker.note(("host", name))
        return self._hosts[name]

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        self._tracker.note("hosts")
        return iter(self._hosts)

    def __len__(self) -> int:
        """Return how many there are."""
        self._tracker.note("hosts")
        return len(self._hosts)
