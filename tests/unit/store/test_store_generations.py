"""Each generation reads back as it was published, whatever was published before and after it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo import MongoClient

from calipso.model.environment import Environment
from calipso.model.topology import COLLECTIONS, Document, Topology
from calipso.store import (
    InvalidDocumentError,
    Store,
    UnknownEnvironmentError,
    UnknownGenerationError,
)

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

in_one_store = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
keys = texts.filter(lambda key: "\0" not in key and not key.startswith("_"))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=5,
)
documents = st.dictionaries(
    st.sampled_from([f"object {number}/ö" for number in range(6)]), st.dictionaries(keys, values, max_size=3)
).map(lambda found: [{**attributes, "id": name, "environment": ""} for name, attributes in found.items()])
topologies = st.builds(Topology, inventory=documents, links=documents, cliques=documents)


def read(store: Store, environment: str, generation: int | None = None) -> dict[str, list[Document]]:
    """Return all that a generation holds, less what is told of its sources."""
    found: dict[str, list[Document]] = {name: [] for name in COLLECTIONS}
    for document in store.view(environment, generation).export():
        document.pop("last_scanned", None)
        found[document.pop("collection")].append(document)
    return found


def wanted(topology: Topology) -> dict[str, list[Document]]:
    """Return what reading `topology` gives."""
    return {
        name: sorted(getattr(topology, name), key=lambda document: str(document["id"]).encode())
        for name in COLLECTIONS
    }


def simple(**objects: Any) -> Topology:
    """Return a topology of objects: their ids and a value of each."""
    return Topology(
        inventory=[{"id": name, "environment": "lab", "value": value} for name, value in objects.items()]
    )


@in_one_store
@given(history=st.lists(st.tuples(topologies, st.sets(st.sampled_from(COLLECTIONS), min_size=1)), max_size=6))
def test_every_generation_reads_back_as_published(
    store: Store, history: list[tuple[Topology, set[str]]]
) -> None:
    environment = uuid.uuid4().hex
    states: list[dict[str, list[Document]]] = []
    for topology, only in history:
        for name in COLLECTIONS:
            for document in getattr(topology, name):
                document["environment"] = environment
        before = states[-1] if states else {name: [] for name in COLLECTIONS}
        state = {**before, **{name: wanted(topology)[name] for name in only}}
        publication = store.publish(environment, topology, only=only)
        if publication.changed:
            states.append(state)
        else:
            assert state == before
        assert publication.generation == len(states) == store.generation(environment)
        for name, counts in publication.counts.items():
            olds = {old["id"]: old for old in before[name]}
            news = {new["id"]: new for new in state[name]}
            both = olds.keys() & news.keys()
            assert counts["added"] == len(news) - len(both)
            assert counts["removed"] == len(olds) - len(both)
            assert counts["unchanged"] + counts["changed"] == len(both)
            assert counts["total"] == len(news)
    for number, state in enumerate(states, 1):
        assert read(store, environment, number) == state
    assert [generation.number for generation in store.generations(environment)] == [
        *range(1, len(states) + 1)
    ]


def test_an_unchanged_topology_writes_nothing(store: Store, mongo_uri: str) -> None:
    store.publish("lab", simple(a=1, b=2), at=NOW)
    with MongoClient(mongo_uri) as client:
        database = client.get_default_database()
        before = {name: [*database[name].find()] for name in database.list_collection_names()}
        assert not store.publish("lab", simple(a=1, b=2)).changed
        assert before == {name: [*database[name].find()] for name in database.list_collection_names()}
        assert not store.publish("lab", simple(b=2, a=1)).changed
        assert before["inventory"] == [*database["inventory"].find()]
    assert [generation.published_at for generation in store.generations("lab")] == [NOW]


def test_objects_tell_when_their_source_was_heard(store: Store) -> None:
    later = NOW + timedelta(minutes=5)
    objects = [{"id": name, "source": f"host:{name}"} for name in ("cmp1", "cmp2")]
    topology = Topology(inventory=[*objects, {"id": "lab"}])

    def heard(generation: int | None = None) -> dict[str, tuple[datetime, bool]]:
        found = store.view("lab", generation).objects()
        return {item["id"]: (item["last_scanned"], item.get("stale", False)) for item in found}

    def stage(name: str, at: datetime) -> None:
        store.stage("lab", f"host:{name}", [], fetched=[("host", None)], collected_at=at, collector="test")

    stage("cmp1", NOW)
    stage("cmp2", NOW)
    store.publish("lab", topology, at=NOW)
    assert heard() == {"cmp1": (NOW, False), "cmp2": (NOW, False), "lab": (NOW, False)}
    stage("cmp1", later)
    store.source_failed("lab", "host:cmp2", "no route", at=later)
    assert not store.publish("lab", topology, at=later, stale={"host:cmp2": NOW}).changed
    assert heard() == {"cmp1": (later, False), "cmp2": (NOW, True), "lab": (later, False)}
    topology.links.append({"id": "link"})
    store.publish("lab", topology, at=later, stale={"host:cmp2": NOW})
    stage("cmp2", later + timedelta(minutes=5))
    topology.links.clear()
    store.publish("lab", topology, at=later + timedelta(minutes=5))
    assert heard(2) == {"cmp1": (later, False), "cmp2": (NOW, True), "lab": (later, False)}
    assert heard(3)["cmp2"] == (later + timedelta(minutes=5), False)


def test_what_is_not_there_is_named(store: Store) -> None:
    with pytest.raises(UnknownEnvironmentError, match=r"no environment 'lab'; there is none yet"):
        store.view("lab")
    store.create_environment(Environment("lab"))
    with pytest.raises(UnknownGenerationError, match=r"'lab' has no generation yet"):
        store.view("lab")
    store.publish("lab", simple(a=1))
    store.publish("lab", simple(a=2))
    with pytest.raises(UnknownGenerationError, match=r"'lab' has no generation 7; it has 1, 2"):
        store.view("lab", 7)
    with pytest.raises(UnknownEnvironmentError, match=r"no environment 'prod'; there is lab"):
        store.view("prod", 1)
    assert store.generation("prod") == 0


@pytest.mark.parametrize(
    ("faulty", "text"),
    [
        (Topology(links=[{"id": "a"}, {"id": "b"}, {"id": "a"}]), "1 ids occur more than once in links: 'a'"),
        (
            Topology(cliques=[{"id": "big", "links": ["x" * 24] * 600_000}]),
            r"'big' of cliques .* takes .* MB",
        ),
        (Topology(inventory=[{"id": "odd", "name": "\udc80"}]), "'odd' of inventory cannot be stored"),
        (Topology(inventory=[{"id": "huge", "vlan": 2**64}]), "'huge' of inventory cannot be stored"),
        (
            Topology(inventory=[{"id": "alien", "environment": "prod"}]),
            "'alien' of inventory belongs",
        ),
        (Topology(inventory=[{"id": "own", "_to": 1}]), "'own' of inventory has a field of the store's own"),
        (Topology(inventory=[{"name": "nameless"}]), "a document of inventory has no id"),
    ],
)
def test_what_cannot_be_stored_is_refused_before_anything_is_written(
    store: Store, faulty: Topology, text: str
) -> None:
    store.publish("lab", simple(a=1))
    with pytest.raises(InvalidDocumentError, match=text) as caught:
        store.publish("lab", faulty)
    assert isinstance(caught.value, ValueError)
    assert read(store, "lab") == wanted(simple(a=1))


def test_large_cliques_are_stored(store: Store) -> None:
    cliques = [
        {"id": str(number), "environment": "lab", "links": ["x" * 24] * 100_000} for number in range(9)
    ]
    store.publish("lab", Topology(cliques=cliques))
    assert read(store, "lab")["cliques"] == cliques


def test_inventories_are_apart(mongo_uri: str) -> None:
    with Store.open(mongo_uri) as main, Store.open(mongo_uri, "my lab's") as other:
        main.publish("lab", simple(a=1))
        other.publish("lab", simple(b=1))
        other.prepare()
        assert [found["id"] for found in main.view("lab").objects()] == ["a"]
        assert [found["id"] for found in other.view("lab").objects()] == ["b"]
    with MongoClient(mongo_uri) as client:
        names = set(client.get_default_database().list_collection_names())
    assert {"inventory", "my lab's", "my lab's_links"} <= names


@pytest.mark.parametrize(
    "name", ["", "links", "x_facts", "a$b", "a\0b", "x" * 101, "system.x", ".a", "a..b", "\udc80"]
)
def test_names_that_are_no_inventory_are_refused(mongo_uri: str, name: str) -> None:
    with pytest.raises(ValueError, match="is no name for an inventory"):
        Store.open(mongo_uri, name)
