"""Publishing changes gives what publishing the whole would, at the price of the changes."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo import MongoClient
from store_history import Fuse, difference
from test_store_changes import cloud, profile, rows_only

from calipso.model.search import Query
from calipso.model.topology import COLLECTIONS, Change, Document, Topology
from calipso.store import InvalidDocumentError, Publication, Store

FIELDS = ("address",)
WORDS = ("ape", "bee", "cat")

documents = st.dictionaries(
    st.sampled_from("abcdef"),
    st.fixed_dictionaries({"name": st.sampled_from(WORDS)}, optional={"address": st.sampled_from(WORDS)}),
    max_size=5,
).map(lambda found: [{"id": key, **dict(sorted(attributes.items()))} for key, attributes in found.items()])
topologies = st.builds(Topology, **dict.fromkeys(COLLECTIONS, documents))


def state(topology: Topology) -> dict[str, dict[str, Document]]:
    """Return documents by collection and id."""
    return {name: {found["id"]: found for found in getattr(topology, name)} for name in COLLECTIONS}


def seen(store: Store, environment: str, generation: int) -> Any:
    """Return all that can be read of a generation, less its environment and times."""
    view = store.view(environment, generation)
    own = ("environment", "last_scanned")
    return (
        [{name: value for name, value in found.items() if name not in own} for found in view.export()],
        {word: [found["id"] for found in view.search(Query(word))] for word in (*WORDS, *"abcdef")},
        store.generations(environment)[generation - 1].counts,
    )


def differing(store: Store, environment: str, before: int, after: int) -> list[Change]:
    """Return what differs between generations, less the environment."""

    def plain(document: Document | None) -> Document | None:
        return document and {name: value for name, value in document.items() if name != "environment"}

    return [
        Change(change.collection, plain(change.before), plain(change.after))
        for change in store.changes(environment, before, after, collections=COLLECTIONS)
    ]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.data(),
    history=st.lists(st.tuples(topologies, st.sampled_from([(), FIELDS])), min_size=2, max_size=4),
)
def test_it_is_as_if_the_whole_had_been_published(
    store: Store, data: st.DataObject, history: list[tuple[Topology, tuple[str, ...]]]
) -> None:
    whole, changing = uuid.uuid4().hex, uuid.uuid4().hex
    before = history[0][0]
    for environment in (whole, changing):
        first = store.publish(environment, before, search_fields=history[0][1])
    newest = first.generation
    for topology, fields in history[1:]:
        changes = data.draw(st.permutations(difference(state(before), state(topology))))
        overtaken = [Change("links", None, {"id": found["id"], "name": "bee"}) for found in topology.links]
        same = [Change("links", None, found) for found in topology.links]
        gone = [Change("cliques", {"id": "never"}, None)]
        published = store.publish(whole, topology, search_fields=fields)
        followed = store.publish_changes(
            changing, [*overtaken, *changes, *same, *gone], base=newest, search_fields=fields
        )
        assert followed == published
        newest, before = published.generation, topology
        for number in range(1, newest + 1):
            assert seen(store, changing, number) == seen(store, whole, number)
            assert differing(store, changing, number, newest) == differing(store, whole, number, newest)
    for _time in range(2):
        again = store.publish(changing, before, search_fields=fields)
        assert (again.generation, again.changed) == (newest, False)
        assert store.publish(whole, before, search_fields=fields) == again


def test_the_price_is_that_of_the_changes(store: Store, mongo_uri: str) -> None:
    prices = {}
    for size in (300, 3_000):
        store.publish(str(size), cloud(size))
        changes = difference(state(cloud(size)), state(cloud(size, 1)))
        with profile(mongo_uri) as queries:
            assert store.publish_changes(str(size), changes, base=1)
        prices[size] = [(query["keysExamined"], query["docsExamined"]) for query in rows_only(queries)]
    assert prices[300] == prices[3_000]


def test_the_whole_is_compared_once_and_then_recognised(store: Store, mongo_uri: str) -> None:
    before, after = cloud(20), cloud(20, 1)
    store.publish("lab", before)
    changes = [change for change in difference(state(before), state(after)) if change.collection == "links"]
    assert store.publish_changes("lab", changes, base=1)
    assert store.publish("lab", before).generation == 3
    assert store.publish_changes("lab", changes, base=3)
    now = Topology(inventory=before.inventory, links=after.links)
    for compared in (["links"], []):
        with profile(mongo_uri) as queries:
            assert store.publish("lab", now).generation == 4
        assert [query["ns"].rpartition(".")[2] for query in rows_only(queries)] == compared


def test_nothing_is_written_where_the_newest_is_another(store: Store, mongo_uri: str) -> None:
    changes = [Change("inventory", None, {"id": "a"})]
    assert store.publish_changes("nowhere", changes, base=0) is None
    assert store.environment_names() == []
    store.publish("lab", Topology(inventory=[{"id": "a"}]))
    store.publish("lab", Topology(inventory=[{"id": "b"}]))
    with MongoClient[dict[str, Any]](mongo_uri) as client:
        database = client.get_default_database()
        before = {name: [*database[name].find()] for name in database.list_collection_names()}
        for base in (0, 1, 3):
            assert store.publish_changes("lab", changes, base=base, search_fields=FIELDS) is None
        assert before == {name: [*database[name].find()] for name in database.list_collection_names()}


def test_the_newest_may_become_another_while_one_waits(store: Store, mongo_uri: str) -> None:
    store.publish("lab", Topology(inventory=[{"id": "a"}]))
    writing, going_on = threading.Event(), threading.Event()
    results: list[Publication | None] = []
    client = MongoClient[dict[str, Any]](mongo_uri)

    def pause() -> None:
        pointer = client.get_default_database()["pointers"].find_one({"_id": "lab"}) or {}
        if pointer.get("lease") and not writing.is_set():
            writing.set()
            assert going_on.wait(60)

    def publish(document: Document, **options: Any) -> None:
        change = Change("inventory", None, document)
        results.append(store.publish_changes("lab", [change], base=1, **options))

    first = threading.Thread(target=publish, args=[{"id": "b", "fuse": Fuse(pause)}])
    second = threading.Thread(target=publish, args=[{"id": "c"}], kwargs={"search_fields": FIELDS})
    with client:
        first.start()
        assert writing.wait(60)
        second.start()
        second.join(0.2)
        going_on.set()
        first.join(60)
        second.join(60)
    assert [result and result.generation for result in results] == [2, None]
    assert [found["id"] for found in store.view("lab").objects()] == ["a", "b"]


@pytest.mark.parametrize(
    ("faulty", "text"),
    [
        ([Change("links", None, {"name": "x"})], "a document of links has no id"),
        ([Change("links", None, None)], "a document of links has no id"),
        ([Change("links", None, {"id": "x", "_to": 1})], "'x' of links has a field of the store's own"),
        ([Change("links", None, {"id": "x", "environment": "prod"})], "'x' of links belongs to 'prod'"),
        ([Change("links", None, {"id": "x", "name": "\udc80"})], "'x' of links cannot be stored"),
    ],
)
def test_what_cannot_be_stored_is_refused(store: Store, faulty: Sequence[Change], text: str) -> None:
    store.publish("lab", Topology(inventory=[{"id": "a"}]))
    with pytest.raises(InvalidDocumentError, match=text):
        store.publish_changes("lab", [Change("inventory", None, {"id": "b"}), *faulty], base=1)
    assert store.generation("lab") == 1
