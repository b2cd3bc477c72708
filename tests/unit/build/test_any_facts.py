"""Whatever the facts, the builder builds: no traceback, and nothing that contradicts itself."""

from __future__ import annotations

import copy
import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from recorded_cloud import recorded_facts

from benchmarks.cloud import GeneratedCloud
from calipso.build import build_topology
from calipso.build.adjacency import Adjacency
from calipso.build.cliques import clique_links
from calipso.build.graph import Graph
from calipso.build.registry import default_registry
from calipso.model.clique import values
from calipso.model.environment import Environment
from calipso.model.facts import HOST
from calipso.model.source import Facts
from calipso.model.topology import Topology

CLOUD = GeneratedCloud(3, 3).facts()
FABRIC = recorded_facts("aci")
REGISTRY = default_registry()
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=6,
)


def build(facts: Facts) -> Topology:
    return build_topology(Environment("any"), facts, REGISTRY)


def check(topology: Topology, cloud: str = "any") -> None:
    """Assert what holds of every topology of an environment."""
    objects = {document["id"]: document for document in topology.inventory}
    links = {link["id"]: link for link in topology.links}
    assert len(objects) == len(topology.inventory)
    assert len(links) == len(topology.links)
    for document in topology.inventory:
        parent = objects.get(document["parent_id"])
        assert parent or document["parent_id"] == cloud
        assert document["id_path"].rpartition("/")[0] == (parent["id_path"] if parent else f"/{cloud}")
    for link in topology.links:
        assert objects[link["source_id"]]["type"] == link["source_type"]
        assert objects[link["target_id"]]["type"] == link["target_type"]
        assert link["link_type"] in REGISTRY.link_types
        assert link["state"] in ("up", "down", "unknown")
    for clique in topology.cliques:
        assert objects[clique["focal_point"]]["type"] == clique["focal_point_type"]
        assert clique["links"]
        assert set(clique["links"]) <= links.keys()
        for attribute, wanted in clique["constraints"].items():
            for key in clique["links"]:
                borne = values(links[key]["attributes"], attribute)
                assert borne is None or borne & set(wanted)


@settings(max_examples=150)
@given(st.data())
def test_openstack_rows_of_any_content(data: st.DataObject) -> None:
    facts = copy.deepcopy(CLOUD)
    rows = [row for row in facts.rows if row["kind"] != HOST]
    for row in data.draw(st.lists(st.sampled_from(rows), max_size=6)):
        name = data.draw(st.sampled_from(sorted(row["data"])))
        row["data"][name] = data.draw(ANYTHING)
    check(build(facts))


@settings(max_examples=100)
@given(st.data())
def test_fabric_rows_that_do_not_fit(data: st.DataObject) -> None:
    facts = copy.deepcopy(FABRIC)
    rows = [row for row in facts.rows if row["kind"].startswith("fabric_")]
    for row in data.draw(st.lists(st.sampled_from(rows), max_size=6)):
        name = data.draw(st.sampled_from(sorted(row["data"])))
        values = [other["data"][name] for other in rows if name in other["data"]]
        row["data"][name] = data.draw(st.sampled_from(values))
    gone = data.draw(st.lists(st.sampled_from(range(len(facts.rows))), max_size=20))
    kept = [row for at, row in enumerate(facts.rows) if at not in gone]
    check(build(Facts(facts.sources, kept)))


def mutate(value: Any, generator: random.Random) -> None:
    """Change one thing somewhere in facts without breaking their shape: drop, double, rename or clear."""
    inner = [
        part
        for part in (value.values() if isinstance(value, dict) else value)
        if part and isinstance(part, (dict, list))
    ]
    if inner and generator.random() < 0.8:
        mutate(generator.choice(inner), generator)
    elif isinstance(value, list):
        change = generator.randrange(3)
        if change == 0:
            value.pop(generator.randrange(len(value)))
        elif change == 1:
            value.append(copy.deepcopy(generator.choice(value)))
        else:
            generator.shuffle(value)
    else:
        names = [
            name
            for name in ("name", "master", "peer", "target", "mac", "uuid", "parent", "chassis_id")
            if name in value
        ]
        if names:
            value[generator.choice(names)] = generator.choice(
                ["", "br-int", "eth0", "qbr00000000-00", "\n\x00é/", "x" * 300]
            )


@settings(max_examples=150)
@given(st.integers(), st.integers(1, 8))
def test_host_facts_of_any_content(seed: int, changes: int) -> None:
    generator = random.Random(seed)  # noqa: S311
    facts = copy.deepcopy(CLOUD)
    hosts = [row["data"] for row in facts.rows if row["kind"] == HOST]
    for _change in range(changes):
        mutate(generator.choice(hosts), generator)
    check(build(facts))


@settings(max_examples=60)
@given(st.sets(st.integers(0, len(CLOUD.rows) - 1)), st.randoms())
def test_any_rows_in_any_order(dropped: set[int], generator: random.Random) -> None:
    rows = [row for number, row in enumerate(CLOUD.rows) if number not in dropped]
    whole = build(Facts(CLOUD.sources, rows))
    check(whole)
    generator.shuffle(rows)
    assert build(Facts(CLOUD.sources, rows)) == whole


TYPES = ("instance", "vnic", "vedge", "network")


@settings(max_examples=200)
@given(st.data())
def test_cliques_follow_the_steps_literally(data: st.DataObject) -> None:
    """The fast algorithm equals the model's words, on any graph."""
    graph = Graph(Environment("any"))
    for number, kind in enumerate(data.draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=12))):
        graph.take({str(number): {"id": str(number), "type": kind, "name": str(number)}})
    ids = st.sampled_from(sorted(graph.objects))
    borne = st.sampled_from(
        [{}, {"network": "a"}, {"network": "b"}, {"networks": ["a", "b"]}, {"networks": []}]
    )
    for source, target, attributes in data.draw(st.lists(st.tuples(ids, ids, borne), max_size=30)):
        graph.link(graph.objects[source], graph.objects[target], state="up", attributes=attributes)
    steps = data.draw(st.lists(st.tuples(st.sampled_from(TYPES), st.sampled_from(TYPES)), max_size=8))
    wanted = data.draw(st.sampled_from([{}, {"network": frozenset("a")}, {"network": frozenset("ab")}]))
    focal = graph.objects[data.draw(ids)]

    members, links = {focal["id"]}, set()
    for near_type, far_type in steps:
        for near in [key for key in members if graph.objects[key]["type"] == near_type]:
            for link in graph.links.values():
                for here, there in (("source", "target"), ("target", "source")):
                    borne = values(link["attributes"], "network")
                    passes = borne is None or not wanted or bool(borne & wanted["network"])
                    if link[f"{here}_id"] == near and link[f"{there}_type"] == far_type and passes:
                        links.add(link["id"])
                        members.add(link[f"{there}_id"])
    adjacency = Adjacency(["network"], graph.objects)
    adjacency.take(graph.links)
    assert set(clique_links(adjacency, focal, steps, wanted, adjacency.borne)) == links
