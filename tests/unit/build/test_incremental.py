"""A topology that is kept up to date is what is built from nothing of the same facts, whatever changes."""

from __future__ import annotations

import copy
import random
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recorded_cloud import RECORDINGS, recorded_facts
from test_any_facts import mutate

from benchmarks.cloud import GeneratedCloud
from calipso.build import build_topology
from calipso.build.cloud import Cloud
from calipso.build.graph import Graph
from calipso.build.hosts import Host
from calipso.build.incremental import IncrementalBuild, row_key
from calipso.build.registry import Family, Maker, Registry, default_registry
from calipso.model.clique import CliqueType
from calipso.model.environment import Environment
from calipso.model.facts import HOST, Gap, Row
from calipso.model.kind import Kind
from calipso.model.link import LinkType
from calipso.model.source import OPENSTACK, OPENSTACK_DB, Facts, Source
from calipso.model.topology import COLLECTIONS, Change, Document, Topology

CLOUDS = sorted(path.parent.name for path in RECORDINGS.glob("*/scan"))
GAUGE = Kind("gauge", "Gauge", "How many ports a network has.", parent="network", folder="Gauges")


def count_ports(cloud: Cloud) -> Iterator[Document]:
    """Yield a gauge for each network, all at once, as a kind does that says nothing of units."""
    for network in cloud.rows("network"):
        ports = [port for port in cloud.ports.values() if port.get("network_id") == network["id"]]
        yield {
            "id": f"gauge::{network['id']}",
            "name": "ports",
            "parent_id": network["id"],
            "network_id": network["id"],
            "ports": len(ports),
        }


def link_gauges(_cloud: Cloud, graph: Graph) -> None:
    """Link all gauges at once, as a family does that says nothing of units."""
    for gauge in graph.by_type["gauge"]:
        if network := graph.objects.get(gauge["network_id"]):
            graph.link(network, gauge, state="up", name=str(gauge["ports"]))


def registry(*makers: Maker) -> Registry:
    """Return what is installed, with a kind and a family in the plain form, and implicit links."""
    known = default_registry()
    known.kinds["gauge"] = GAUGE
    known.makers += [Maker(GAUGE, count_ports), *makers]
    known.link_types["network-gauge"] = LinkType("network", "gauge", "What is counted.")
    known.link_families.append(Family(link_gauges))
    return known.with_clique_types(
        [
            CliqueType("gauge", "gauge", ("gauge-network", "network-host_pnic")),
            CliqueType("far", "project", ("project-instance", "instance-network"), use_implicit_links=True),
        ]
    )


REGISTRY = registry()
ODD: tuple[Any, ...] = ("", None, 0, 1, True, "x", "a\x00é/b", [], {}, [None], {"id": 1}, 3.5)
"""What an API should not answer, and may."""

Content = dict[str, dict[str, Document]]


@cache
def facts_of(name: str) -> Facts:
    """Return the facts of a recorded cloud, or of a generated one; some told by the database, too."""
    facts = GeneratedCloud(3, 3).facts() if name == "generated" else recorded_facts(name)
    told = [row for row in facts.rows if row["kind"] in ("port", "network", "server", "agent")][::5]
    rows: list[Row] = [{**copy.deepcopy(row), "source": OPENSTACK_DB} for row in told]
    return Facts(facts.sources, [*facts.rows, *rows])


def content(topology: Topology) -> Content:
    return {name: {each["id"]: each for each in getattr(topology, name)} for name in COLLECTIONS}


def changed(before: Content, changes: list[Change]) -> Content:
    after = {name: dict(documents) for name, documents in before.items()}
    for change in changes:
        old, new = change.before, change.after
        key = (old or new or {})["id"]
        assert after[change.collection].pop(key, None) == old
        if new is not None:
            after[change.collection][key] = new
        assert old != new
    return after


def check(
    build: IncrementalBuild, before: Content, changes: list[Change], environment: Environment
) -> Content:
    """Assert that a build is as one from nothing, and that it said what changed; return what it holds."""
    whole, now = build_topology(environment, build.facts, REGISTRY), build.topology
    after = content(now)
    for name in COLLECTIONS:
        assert len(after[name]) == len(getattr(now, name))
    assert after == content(whole)
    assert Counter(now.messages) == Counter(whole.messages)
    assert now.drivers == whole.drivers
    assert changed(before, changes) == after
    return after


class Changer:
    """Makes changes of facts, any that may come, and some that should not."""

    def __init__(self, facts: Facts, generator: random.Random) -> None:
        self.first, self.random = {row_key(row): row for row in facts.rows}, generator
        self.rows = dict(self.first)
        self.sources = dict(facts.sources)

    def change(self) -> tuple[list[Row], list[tuple[str, str, str]], dict[str, Source] | None]:
        """Return what `apply` takes."""
        rows: dict[tuple[str, str, str], Row] = {}
        gone: set[tuple[str, str, str]] = set()
        sources = None
        for _number in range(self.random.choice([1, 1, 1, 2, 5])):
            what = self.random.randrange(10)
            if what == 0:
                sources = self._source()
            elif what == 1 and self.rows:
                gone.add(self._any(self.rows))
            elif what == 2:
                key = self._any(self.first)
                rows[key] = self.first[key]
            else:
                row = self._changed()
                rows[row_key(row)] = row
        rows = {key: row for key, row in rows.items() if key not in gone}
        self.rows = {key: row for key, row in {**self.rows, **rows}.items() if key not in gone}
        return list(rows.values()), list(gone), sources

    def _any(self, known: dict[tuple[str, str, str], Row]) -> tuple[str, str, str]:
        """Return a key of a row; of each kind as often as of another."""
        kind = self.random.choice(sorted({kind for _source, kind, _key in known}))
        return self.random.choice(sorted(key for key in known if key[1] == kind))

    def _source(self) -> dict[str, Source]:
        name = self.random.choice([OPENSTACK, OPENSTACK_DB, *self.sources])
        known = self.sources.get(name, Source(name, next(iter(self.sources.values())).collected_at))
        part = self.random.choice(["port", "server", "network", "router", "agent"])
        gap: Gap = {"part": part, "reason": "failed", "command": None, "detail": ""}
        self.sources = {
            **self.sources,
            name: self.random.choice(
                [
                    Source(name, known.collected_at, stale=not known.stale),
                    Source(name, known.collected_at, gaps=(gap,)),
                    Source(name, known.collected_at),
                    Source(name),
                ]
            ),
        }
        return self.sources

    def _changed(self) -> Row:
        """Return a row with other content: of another row, odd, or the one it had at first."""
        key = self._any(self.rows or self.first)
        row = copy.deepcopy((self.rows or self.first)[key])
        if row["kind"] == HOST:
            for _number in range(self.random.randrange(3)):
                mutate(row["data"], self.random)
            return row
        alike = [other for other in self.first.values() if other["kind"] == row["kind"]]
        names = sorted({name for other in alike for name in other["data"]})
        for _number in range(self.random.choice([1, 1, 2])):
            name, how = self.random.choice(names), self.random.randrange(8)
            if how == 0 and not name.startswith("fabric") and not row["kind"].startswith("fabric"):
                row["data"][name] = self.random.choice(ODD)
            elif how == 1 and not row["kind"].startswith("fabric"):
                row["data"][name] = self.random.choice([key for _source, _kind, key in self.first])
            else:
                other = self.random.choice(alike)
                if name in other["data"]:
                    row["data"][name] = copy.deepcopy(other["data"][name])
        return row


def walk(name: str, generator: random.Random, steps: int) -> None:
    """Change the facts of a cloud again and again; where its drivers are not configured, they change, too."""
    environment, facts = Environment(name), facts_of(name)
    if generator.random() < 0.7:
        environment = environment.changed(Cloud(environment, facts).drivers)
    build = IncrementalBuild(environment, facts, REGISTRY)
    before = content(build.topology)
    changer = Changer(facts, generator)
    for _step in range(steps):
        before = check(build, before, build.apply(*changer.change()), environment)


@pytest.mark.parametrize("name", [*CLOUDS, "generated"])
@settings(max_examples=5, deadline=None)
@given(st.randoms(use_true_random=False))
def test_whatever_changes_it_is_as_built_from_nothing(name: str, generator: random.Random) -> None:
    walk(name, generator, steps=4)


def test_only_what_read_a_change_is_worked_out_anew() -> None:
    seen: list[str] = []

    def look(_cloud: Cloud, host: Host) -> Iterator[Document]:
        seen.append(host.name)
        yield {"id": f"look::{host.name}", "name": "look", "parent_id": host.name}

    kind = Kind("look", "Look", "That a host was looked at.", parent="host")
    known = registry(Maker(kind, look, HOST))
    known.kinds["look"] = kind
    build = IncrementalBuild(Environment("any"), GeneratedCloud(3, 3).facts(), known)
    assert seen == ["compute-0", "compute-1", "compute-2", "network-0"]
    seen.clear()
    server = next(row for row in build.facts.rows if row["kind"] == "server")
    stopped: Row = {**server, "data": {**server["data"], "status": "SHUTOFF"}}
    [change] = build.apply([stopped])
    assert (change.before or {})["state"] == "ACTIVE"
    assert (change.after or {})["state"] == "SHUTOFF"
    agent = next(row for row in build.facts.rows if row["data"].get("host") == "compute-1")
    build.apply([{**agent, "data": {**agent["data"], "zone": "other"}}])
    assert seen == ["compute-1"]
    assert build.apply([stopped], [("openstack", "server", "never there")]) == []


def test_a_row_that_is_no_change_of_what_is_built_changes_nothing() -> None:
    build = IncrementalBuild(Environment("any"), facts_of("ovs-ha"), REGISTRY)
    before = content(build.topology)
    assert build.apply(copy.deepcopy(build.facts.rows), (), build.facts.sources) == []
    assert content(build.topology) == before
