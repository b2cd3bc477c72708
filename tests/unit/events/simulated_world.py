"""What the services of a simulated cloud share: its clock, its rows, its hosts, and what happens later."""

from __future__ import annotations

import heapq
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from ansible_collections.calipso.topology.plugins.module_utils.openstack_kinds import LISTINGS
from simulated_hosts import SimulatedHost
from simulated_notifications import body, unrecorded

from calipso.model.facts import HOST, Row
from calipso.model.source import OPENSTACK, host_source

REGION, PROJECT, USER = "RegionOne", "1d0c94a159b648d9b1ed94e44e046ff2", "ce8ed9cc36af4495b1a49de773f5d7c8"
COMPUTES, NODES, CONTROLLER = ("cmp1", "cmp2", "cmp3"), ("net1", "net2"), "ctl1"
FOR_ALL_REGIONS = frozenset({"region", "project", "service", "endpoint"})

Item = dict[str, Any]

_LISTINGS = {listing.kind: listing for listing in LISTINGS}


class World:
    """A cloud without anything in it. `populates`: whether agents have tunnels only where they need them.

    `items` are the resources as the APIs show them, by kind and id. Time passes only by `pass_time`; what
    hosts and services do by themselves happens then.
    """

    def __init__(self, random: Random, *, populates: bool = False) -> None:
        self.random = random
        self.populates = populates
        self.now = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
        self.items: dict[str, dict[str, Item]] = {kind: {} for kind in _LISTINGS}
        names = ((CONTROLLER, "controller"), *((name, "network") for name in NODES))
        kinds = (*names, *((name, "compute") for name in COMPUTES))
        self.hosts = {
            name: SimulatedHost(name, number, kind) for number, (name, kind) in enumerate(kinds, 11)
        }
        self._later: list[tuple[datetime, int, Callable[[], None]]] = []
        self._count = 0
        self.held: set[str] = set()
        """The ids of what some operation is busy with."""

    def id(self) -> str:
        """Return a new id."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def mac(self) -> str:
        """Return a new MAC address."""
        return "fa:16:3e:" + ":".join(f"{self.random.getrandbits(8):02x}" for _byte in range(3))

    def number(self) -> int:
        """Return a number that was not there before."""
        self._count += 1
        return self._count

    def name(self, what: str) -> str:
        """Return a new name."""
        return f"{what}-{self.number()}"

    @property
    def stamp(self) -> str:
        """The time as Neutron writes it."""
        return self.now.strftime("%Y-%m-%dT%H:%M:%SZ")

    def later(self, least_s: float, most_s: float, action: Callable[[], None]) -> None:
        """Have something happen by itself, some seconds from now."""
        due = self.now + timedelta(seconds=self.random.uniform(least_s, most_s))
        heapq.heappush(self._later, (due, self.number(), action))

    def pass_time(self, seconds: float) -> None:
        """Let time pass, and what is due happen."""
        until = self.now + timedelta(seconds=seconds, microseconds=1)
        while self._later and self._later[0][0] <= until:
            due, _number, action = heapq.heappop(self._later)
            self.now = max(self.now, due)
            action()
        self.now = max(until, self.now + timedelta(microseconds=1))

    def tell(
        self,
        event_type: str,
        publisher: str,
        payload: Mapping[str, Any],
        *,
        pattern: str | None = None,
        recorded: bool = True,
        within_s: float = 0.2,
    ) -> str:
        """Return a notification of what is so now; it is sent a moment later."""
        said = deepcopy(dict(payload))
        self.pass_time(self.random.uniform(0.002, within_s))
        number = self.number()
        if recorded:
            return body(event_type, publisher, self.now, said, number=number, pattern=pattern)
        return unrecorded(event_type, publisher, self.now, said, number=number)

    def pick(self, ids: Iterable[str]) -> str | None:
        """Return one of these that no operation is busy with, and hold it; None: there is none."""
        free = [key for key in ids if key not in self.held]
        if not free:
            return None
        found = self.random.choice(free)
        self.held.add(found)
        return found

    def of(self, kind: str, **attributes: object) -> list[Item]:
        """Return the resources of a kind whose attributes have these values."""
        return [
            item
            for item in self.items[kind].values()
            if all(item.get(name) == value for name, value in attributes.items())
        ]

    def openstack(self, kinds: Collection[str] | None = None) -> list[Row]:
        """Return what the APIs show: of all kinds, unless some are named."""
        rows = []
        for kind in _LISTINGS if kinds is None else kinds:
            region = None if kind in FOR_ALL_REGIONS else REGION
            for item in self.items[kind].values():
                row = _LISTINGS[kind].row(deepcopy(item), region)
                rows.append(Row(kind=kind, key=row["key"], data=row["data"], source=OPENSTACK))
        return sorted(rows, key=lambda row: (row["kind"], row["key"]))

    def host(self, name: str) -> Row:
        """Return what a host's tools tell."""
        own = self.hosts[name]
        peers = [
            other
            for other in self.hosts.values()
            if other is not own
            and other.kind != "controller"
            and (not self.populates or own.overlays() & other.overlays())
        ]
        facts = own.facts(peers)
        source = host_source(own.inventory_name)
        return Row(kind=HOST, key=own.inventory_name, data=dict(facts), source=source)
