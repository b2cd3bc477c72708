"""A simulated cloud of Open vSwitch and VXLAN, to which random operations happen, and whoever asks it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from random import Random

from simulated_services import Services

from calipso.build import build_topology
from calipso.events.result import Ask
from calipso.model.environment import Environment
from calipso.model.fact_change import Sought
from calipso.model.facts import HOST, OPENSTACK_KINDS
from calipso.model.source import OPENSTACK, Facts, Source
from calipso.model.topology import Document, Topology
from calipso.store import Store

COLLECTOR = "simulated"

OPERATIONS = {
    "network_create": 3,
    "network_rename": 2,
    "network_delete": 2,
    "subnet_create": 4,
    "subnet_update": 3,
    "subnet_delete": 2,
    "port_create": 3,
    "port_update": 3,
    "port_delete": 2,
    "agent_update": 1,
    "router_create": 2,
    "router_rename": 1,
    "router_gateway": 3,
    "router_interface_add": 6,
    "router_interface_remove": 2,
    "router_delete": 1,
    "floating_ip_create": 2,
    "floating_ip_associate": 8,
    "floating_ip_delete": 1,
    "server_create": 9,
    "server_rename": 2,
    "server_delete": 4,
    "server_stop": 3,
    "server_start": 6,
    "server_pause": 2,
    "server_unpause": 3,
    "server_suspend": 2,
    "server_resume": 3,
    "server_rescue": 2,
    "server_reboot": 2,
    "server_rebuild": 2,
    "server_live_migrate": 7,
    "server_resize": 3,
    "server_confirm": 6,
    "server_revert": 4,
    "interface_attach": 3,
    "interface_detach": 6,
    "service_update": 2,
    "aggregate_create": 1,
    "aggregate_add_host": 2,
    "aggregate_delete": 1,
    "server_group": 2,
    "project": 1,
}
"""How often each operation happens, set against the others."""

AT_ONCE = 3
"""Operations that go on side by side."""


class SimulatedCloud(Services):
    """The cloud, where random operations happen side by side."""

    def __init__(self, random: Random, *, populates: bool = False) -> None:
        """Begin with hosts, their services, and the network outside."""
        super().__init__(random, populates=populates)
        self._groups = []
        self.add_services()
        self.add_outside()
        self.counts = dict.fromkeys(OPERATIONS, 0)
        """How often each operation happened."""

    def run(self, operations: int) -> Iterator[str]:
        """Yield what services tell while so many operations happen."""
        going: list[tuple[Iterator[str], set[str]]] = []
        begun = 0
        while begun < operations or going:
            if begun < operations and (not going or self.random.random() < 0.3) and len(going) < AT_ONCE:
                if (started := self._begin()) is not None:
                    begun += 1
                    going.append(started[1:])
                    yield started[0]
                self.pass_time(self.random.uniform(0.1, 4))
                continue
            number = self.random.randrange(len(going))
            operation, held = going[number]
            before = set(self.held)
            message = next(operation, None)
            held |= self.held - before
            if message is None:
                self.held -= held
                del going[number]
            else:
                yield message

    def settle(self) -> None:
        """Let hosts and services end what they have to do."""
        self.pass_time(30)

    def facts(self) -> Facts:
        """Return all that there is to know."""
        hosts = [self.host(name) for name in sorted(self.hosts)]
        names = [OPENSTACK, *(host["source"] for host in hosts)]
        rows = sorted([*self.openstack(), *hosts], key=lambda row: (row["source"], row["kind"], row["key"]))
        return Facts({name: Source(name, self.now) for name in names}, rows)

    def topology(self, environment: str) -> Topology:
        """Return what all that amounts to."""
        return build_topology(Environment(environment), self.facts())

    def scan(self, store: Store, environment: str) -> None:
        """Scan all of it, and publish."""
        fetched = [(kind, None) for kind in OPENSTACK_KINDS]
        store.stage(
            environment,
            OPENSTACK,
            self.openstack(),
            fetched=fetched,
            collected_at=self.now,
            collector=COLLECTOR,
        )
        for name in self.hosts:
            self.ask_host(store, environment, name)
        topology = build_topology(Environment(environment), store.facts(environment))
        store.publish(environment, topology, at=self.now)

    def ask_host(self, store: Store, environment: str, name: str) -> None:
        """Store what a host tells now."""
        row = self.host(name)
        store.stage(
            environment,
            row["source"],
            [row],
            fetched=[(HOST, None)],
            collected_at=self.now,
            collector=COLLECTOR,
        )

    def _begin(self) -> tuple[str, Iterator[str], set[str]] | None:
        """Begin a random operation; return what it tells first, the rest, and what it holds."""
        for _try in range(20):
            name = self.random.choices(list(OPERATIONS), list(OPERATIONS.values()))[0]
            before = set(self.held)
            operation: Iterator[str] = getattr(self, name)()
            message = next(operation, None)
            held = self.held - before
            if message is not None:
                self.counts[name] += 1
                return message, operation, held
            self.held -= held
        return None


class SimulatedAsker:
    """Asks a simulated cloud, as playbook `refresh` asks a real one."""

    def __init__(self, cloud: SimulatedCloud, store: Store, environment: str) -> None:
        self._cloud = cloud
        self._store = store
        self._environment = environment
        self._hosts = {host.inventory_name: name for name, host in cloud.hosts.items()}

    def ask(self, asks: Collection[Ask]) -> Collection[Ask]:
        """Have these asked; all answer."""
        cloud, rows, whole, sought = self._cloud, {}, [], []
        shown = {kind: cloud.openstack([kind]) for kind in {ask.kind for ask in asks} - {HOST}}
        for ask in asks:
            if ask.kind == HOST:
                cloud.ask_host(self._store, self._environment, self._hosts[ask.value])
                continue
            if ask.attribute:
                sought.append(Sought(ask.kind, ask.attribute, ask.value))
            else:
                whole.append((ask.kind, None))
            for row in shown[ask.kind]:
                if not ask.attribute or row["data"].get(ask.attribute) == ask.value:
                    rows[row["kind"], row["key"]] = row
        if sought or whole:
            self._store.stage(
                self._environment,
                OPENSTACK,
                list(rows.values()),
                fetched=whole,
                sought=sought,
                collected_at=cloud.now,
                collector=COLLECTOR,
            )
        return asks


def documents(topology: Topology) -> dict[str, dict[str, Document]]:
    """Return a topology's documents by collection and id."""
    return {
        name: {document["id"]: document for document in getattr(topology, name)}
        for name in ("inventory", "links", "cliques")
    }
