"""The facts of an environment, indexed: what every kind and link family asks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

from ..model.environment import Environment
from ..model.facts import HOST, HostFacts, Row
from ..model.source import OPENSTACK, Facts, Source, host_source
from ..model.topology import Level, Message
from .hosts import HOST_OF_SERVER, Host, Hosts, Reached, join, known_hosts
from .indexes import Index, attribute
from .precedence import RowKey, Told, complete
from .rows import safe
from .tracking import Tracker

Data = Mapping[str, Any]

PORT_DEVICE = re.compile(r"(?:tap|qvb|qvo|qbr|qr-|qg-|ns-|sg-|fg-|ha-|vhu|vpp|br-)([0-9a-f]{8}-[0-9a-f]{2})")
"""Names that Neutron and os-vif give to a port's devices: a prefix, and 11 characters of its id."""

MECHANISMS = {
    "Open vSwitch agent": "OVS",
    "Linux bridge agent": "LXB",
    "OVN Controller agent": "OVN",
    "OVN Controller Gateway agent": "OVN",
    "NIC Switch agent": "SRIOV",
    "VPP agent": "VPP",
}
"""The mechanism driver that an agent's type tells of."""

NAMED_BY = {"availability_zone": "zoneName", "network_availability_zone": "name"}
"""The attribute that a row cannot do without, where that is not its id."""

TELLING_OF_DRIVERS = frozenset({"agent", "network"})
"""The kinds of rows that drivers are taken from."""

TELLING_OF_HOSTS = frozenset({"agent", "compute_service", "hypervisor"})
"""The kinds of rows that hosts are made of; a server only names one."""


class Cloud:
    """Facts by kind and key, hosts by name, ports by id, address and device.

    What is asked is noted, so that who asked is concerned when that changes, and only then.
    """

    def __init__(self, environment: Environment, facts: Facts, tracker: Tracker | None = None) -> None:
        """Index `facts`; what the environment's configuration leaves open is taken from them."""
        self.tracker = tracker or Tracker()
        self._configured = environment
        self._told = Told()
        self._rows: dict[str, dict[str, Data]] = {}
        self._indexes: dict[str, dict[object, Index]] = {}
        self._in_order: dict[str, list[str]] = {}
        self._sources: Mapping[str, Source] = {}
        self._asked_for_all: set[str] = set()
        self._regions: Counter[str] = Counter()
        self._reached: dict[str, HostFacts] = {}
        self._malformed: dict[tuple[str, str], Message] = {}
        self._host_messages: list[Message] = []
        self._hosts_change = True
        self.hosts = Hosts(self.tracker)
        self.ports = Ports(self.index("port", attribute("id")))
        """Neutron's ports by id."""
        self.ports_by_device = self.index("port", attribute("device_id"))
        """Neutron's ports by the id of what they belong to."""
        self._ports_by_start = self.index("port", _start_of_id)
        self._ports_by_mac = self.index("port", _mac)
        self._networks_by_start = self.index("network", _start_of_id)
        self._servers_by_host = self.index("server", attribute(HOST_OF_SERVER))
        self.drivers: dict[str, tuple[str, ...]] = {}
        self.environment = environment
        self.change(facts.rows, (), facts.sources)

    def change(
        self, rows: Iterable[Row], gone: Collection[RowKey], sources: Mapping[str, Source]
    ) -> dict[str, set[str]]:
        """Take rows, and away others, and the sources' states.

        Return by kind the keys of rows that may have come, gone or changed; of `HOST` the hosts' names.
        """
        concerned: dict[str, set[str]] = {}
        before, self._sources = self._sources, sources
        for (kind, key), row in self._told.change(rows, gone, sources).items():
            if kind == HOST:
                self._take_host(key, row)
            elif self._take(kind, key, row):
                concerned.setdefault(kind, set()).add(key)
        self._compare_sources(before)
        if not self.drivers or TELLING_OF_DRIVERS & concerned.keys():
            self._take_drivers()
        if self._hosts_change:
            concerned[HOST] = self._join_hosts()
        return concerned

    @property
    def messages(self) -> list[Message]:
        """What is to be said of the facts, and what was reported by those who asked for them."""
        return [*self._malformed.values(), *self._host_messages, *self.tracker.messages()]

    @property
    def facts(self) -> Facts:
        """All facts, as they were told."""
        return Facts(dict(self._sources), self._told.all())

    @property
    def sources(self) -> Mapping[str, Source]:
        """The states of all sources, by name."""
        self.tracker.note("sources")
        return self._sources

    @property
    def regions(self) -> list[str]:
        """The names of all regions that facts come from, in order."""
        self.tracker.note("regions")
        return sorted(self._regions)

    def has(self, each: str, key: str) -> bool:
        """Say whether there is a row of a kind, or for `HOST` a host."""
        return key in (self.hosts if each == HOST else self._rows.get(each, ()))

    def subject(self, each: str | None, key: str) -> tuple[Data | Host, ...]:
        """Return what a unit of work is about: a row of a kind, for `HOST` a host; for None nothing."""
        if each is None:
            return ()
        if each == HOST:
            return (self.hosts[key],)
        self.tracker.note((each, key))
        return (self._rows[each][key],)

    def rows(self, kind: str) -> Iterator[Data]:
        """Yield the facts of one kind, by key."""
        self.tracker.note(("rows", kind))
        own = self._rows.get(kind, {})
        if kind not in self._in_order:
            self._in_order[kind] = sorted(own)
        return iter([own[key] for key in self._in_order[kind]])

    def row(self, kind: str, key: object) -> Data | None:
        """Return one fact."""
        self.tracker.note((kind, key := str(key)))
        return self._rows.get(kind, {}).get(key)

    def rows_by(self, kind: str, name: str, value: object) -> list[Data]:
        """Return the facts of one kind whose attribute `name` has a value, by key; of None none."""
        return self._index(kind, name, attribute(name)).of(value)

    def index(self, kind: str, words: Callable[[Data], Iterable[str]]) -> Index:
        """Return the facts of one kind by the words that a function finds in each."""
        return self._index(kind, words, words)

    def name_of(self, kind: str, key: object) -> str | None:
        """Return the name of a fact that has one."""
        self.tracker.note((kind, key := str(key), "name"))
        row = self._rows.get(kind, {}).get(key)
        return str(row["name"]) if row and row.get("name") else None

    def sources_complete(self, kind: str) -> bool:
        """Say whether all of OpenStack's facts of a kind are here: only then does absence tell."""
        self._asked_for_all.add(kind)
        self.tracker.note(("complete", kind))
        return complete(self._sources, kind)

    def region_of(self, row: Data) -> str:
        """Return the row's region; where a cloud has just one, that."""
        if region := row.get("region"):
            return str(region)
        return next(iter(self.regions), "unknown")

    def source_of(self, host: Host) -> str:
        """Return the source of what a host itself says."""
        return host.source or OPENSTACK

    def report(self, level: Level, text: str, related_object: str, related_object_type: str) -> None:
        """Add a message about an object."""
        self.tracker.report(Message(level, text, related_object, related_object_type))

    def port_of_device(self, name: str | None) -> Data | None:
        """Return the port after whose id a device is named."""
        found = PORT_DEVICE.fullmatch(name or "")
        ports = self._ports_by_start.of(found.group(1)) if found else []
        return ports[0] if len(ports) == 1 else None

    def subports(self, port: Data | None) -> list[Data]:
        """Return the subports of the trunk whose parent a port is, by VLAN."""
        details = ((port or {}).get("trunk_details") or {}).get("sub_ports") or []
        found = [
            {**known, "segmentation_id": entry.get("segmentation_id")}
            for entry in details
            if (known := self.ports.get(str(entry.get("port_id"))))
        ]
        return sorted(found, key=lambda subport: (subport["segmentation_id"] or 0, str(subport["id"])))

    def network_of_bridge(self, name: str) -> Data | None:
        """Return the network after whose id a Linux bridge is named."""
        start = name.removeprefix("brq")
        found = self._networks_by_start.of(start) if start != name else []
        return found[-1] if found else None

    def port_of_mac(self, mac: str | None, host: str | None = None) -> Data | None:
        """Return the port with this address, if just one has it (on that host)."""
        ports = self._ports_by_mac.of((mac or "").lower())
        if len(ports) > 1:
            ports = [port for port in ports if port.get("binding:host_id") == host]
        return ports[0] if len(ports) == 1 else None

    def derive(self, key: tuple[Hashable, ...]) -> Any:
        """Return what a function, the first of `key`, says of this cloud and of the others."""
        return self.tracker.value(key, self._call)

    def derive_entry(self, key: tuple[Hashable, ...], place: Hashable) -> Any:
        """Return what is at a place of the mapping that a function says, or None."""
        return self.tracker.entry(key, self._call, place)

    def _call(self, key: tuple[Any, ...]) -> Any:
        return key[0](self, *key[1:])

    def _index(self, kind: str, name: object, words: Callable[[Data], Iterable[str]]) -> Index:
        own = self._indexes.setdefault(kind, {})
        if name not in own:
            own[name] = Index(self.tracker, self._rows.setdefault(kind, {}), (kind, name), words)
        return own[name]

    def _take(self, kind: str, key: str, row: Row | None) -> bool:
        """Take what is believed of one thing by now; return whether that is another than before."""
        self._malformed.pop((kind, key), None)
        own = self._rows.setdefault(kind, {})
        before, after = own.get(key), None
        if row is not None:
            after, faults = safe(row["data"])
            if faults:
                teller = row.get("source", OPENSTACK)
                text = f"an answer of {teller} is malformed, and left out, in {', '.join(faults)}"
                self._malformed[kind, key] = Message("error", text, key, kind)
            if not after.get(NAMED_BY.get(kind, "id")):
                after = None
        if before == after and repr(before) == repr(after):  # True is no 1
            return False
        if after is None:
            del own[key]
        else:
            own[key] = after
        for index in self._indexes.get(kind, {}).values():
            index.change(key, before, after)
        if before is None or after is None:
            self._in_order.pop(kind, None)
        self._hosts_change |= kind in TELLING_OF_HOSTS or (kind == "server" and _moved(before, after))
        self._count_regions(kind, before, after)
        self.tracker.changed((kind, key))
        self.tracker.changed(("rows", kind))
        if (before or {}).get("name") != (after or {}).get("name"):
            self.tracker.changed((kind, key, "name"))
        return True

    def _take_host(self, name: str, row: Row | None) -> None:
        before, after = self._reached.get(name), cast(HostFacts, row["data"]) if row else None
        if before == after:
            return
        if after is None:
            del self._reached[name]
        else:
            self._reached[name] = after
        self._hosts_change = True

    def _count_regions(self, kind: str, before: Data | None, after: Data | None) -> None:
        known = set(self._regions)
        for row, number in ((before, -1), (after, 1)):
            for name in ("region", "id") if kind == "region" else ("region",):
                if row is not None and row.get(name):
                    self._regions[str(row[name])] += number
                    if not self._regions[str(row[name])]:
                        del self._regions[str(row[name])]
        if known != self._regions.keys():
            self.tracker.changed("regions")

    def _compare_sources(self, before: Mapping[str, Source]) -> None:
        if before == self._sources:
            return
        self.tracker.changed("sources")
        self._hosts_change |= _stale(before) != _stale(self._sources)
        for kind in self._asked_for_all:
            if complete(before, kind) != complete(self._sources, kind):
                self.tracker.changed(("complete", kind))

    def _take_drivers(self) -> None:
        """Take the drivers that agents and networks tell of, by the environment's field names."""
        agents, networks = (self._rows.get(kind, {}).values() for kind in ("agent", "network"))
        mechanisms = {MECHANISMS.get(str(agent.get("agent_type"))) for agent in agents} - {None}
        types = {network.get("provider:network_type") for network in networks} - {None}
        self.drivers = {
            "mechanism_drivers": tuple(sorted(map(str, mechanisms))),
            "type_drivers": tuple(sorted(map(str, types))),
        }
        self.environment = replace(
            self._configured,
            mechanism_drivers=self._configured.mechanism_drivers or self.drivers["mechanism_drivers"],
            type_drivers=self._configured.type_drivers or self.drivers["type_drivers"],
        )

    def _join_hosts(self) -> set[str]:
        """Find out which hosts there are, and return the names of those that are others than before."""
        self._hosts_change, self._host_messages = False, []
        servers = [rows[0] for host, rows in self._servers_by_host.items() if host]
        rows = {kind: self.rows(kind) for kind in ("compute_service", "agent", "hypervisor")}
        hosts = known_hosts({**rows, "server": servers})
        reached = [
            Reached(name, source := host_source(name), facts, self._is_stale(source))
            for name, facts in sorted(self._reached.items())
        ]
        return self.hosts.take(hosts, join(hosts, reached, self._report_host))

    def _is_stale(self, source: str) -> bool:
        state = self._sources.get(source)
        return bool(state and state.stale)

    def _report_host(self, level: Level, text: str, name: str, kind: str) -> None:
        self._host_messages.append(Message(level, text, name, kind))


class Ports(Mapping[str, Data]):
    """Neutron's ports by id; of several rows with one id the last."""

    def __init__(self, index: Index) -> None:
        """Take the rows by their ids."""
        self._index = index

    def __getitem__(self, key: str) -> Data:
        """Return a port."""
        return self._index[key][-1]

    def __iter__(self) -> Iterator[str]:
        """Yield the ids."""
        return iter(self._index)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._index)


def _start_of_id(row: Data) -> tuple[str, ...]:
    return (str(row.get("id"))[:11],)


def _mac(port: Data) -> tuple[str, ...]:
    return (str(port.get("mac_address")).lower(),)


def _moved(before: Data | None, after: Data | None) -> bool:
    """Say whether a server names another host, or another region of it."""
    old, new = before or {}, after or {}
    return any(old.get(name) != new.get(name) for name in (HOST_OF_SERVER, "region"))


def _stale(sources: Mapping[str, Source]) -> set[str]:
    return {name for name, source in sources.items() if source.stale}
