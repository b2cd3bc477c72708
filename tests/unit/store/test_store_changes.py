"""What differs between two generations: all of it, nothing else, and at the price of the difference."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo import MongoClient
from pymongo.database import Database
from store_history import History, places, states

from calipso.model.topology import Change, Topology
from calipso.store import Store, UnknownEnvironmentError, UnknownGenerationError

DIFFERENT = 10
SMALL, LARGE = 300, 6_000
NEXT_KEY = 1
"""Keys of an index that are looked at beyond those that are wanted."""


def cloud(size: int, value: int = 0) -> Topology:
    """Return a topology of `size` objects and links; `DIFFERENT` of each bear `value`."""
    documents = [
        {"id": f"{number:06}", "type": "host", "value": value if number < DIFFERENT else 0}
        for number in range(size)
    ]
    return Topology(inventory=documents, links=[dict(document) for document in documents])


@contextmanager
def profile(uri: str) -> Iterator[list[dict[str, Any]]]:
    """Return what the database did for each query; it is there when the block ends."""
    with MongoClient[dict[str, Any]](uri) as client:
        database: Database[dict[str, Any]] = client.get_default_database()
        database.command("profile", 2)
        queries: list[dict[str, Any]] = []
        try:
            yield queries
        finally:
            database.command("profile", 0)
            queries += database["system.profile"].find({"op": {"$in": ["query", "getmore"]}})
            database.drop_collection("system.profile")


def rows_only(queries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the queries of rows of the topology."""
    return [query for query in queries if query["ns"].endswith((".inventory", ".links", ".cliques"))]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    history=st.lists(
        st.tuples(st.just("publish"), states)
        | st.tuples(st.sampled_from(["kill", "stop"]), states, places)
        | st.tuples(st.just("overtake"), states, states, places)
        | st.tuples(st.just("wake")),
        max_size=12,
    )
)
def test_all_that_differs_is_found(store: Store, mongo_uri: str, history: list[tuple[Any, ...]]) -> None:
    with closing(History(store, mongo_uri)) as environment:
        for action, *arguments in history:
            getattr(environment, action)(*arguments)
        environment.check()
        environment.wake_all()
        environment.check()


def test_the_price_is_that_of_the_difference(store: Store, mongo_uri: str) -> None:
    for size in (SMALL, LARGE):
        store.publish(str(size), cloud(size))
        store.publish(str(size), cloud(size, 1))
        store.publish(str(size), cloud(size, 2))
    prices = {}
    for size in (SMALL, LARGE):
        with profile(mongo_uri) as queries:
            assert len(store.changes(str(size), 2, 3)) == 2 * DIFFERENT
            assert len(store.changes(str(size), 3, 1)) == 2 * DIFFERENT
        read = rows_only(queries)
        prices[size] = [(query["keysExamined"], query["docsExamined"]) for query in read]
        assert [query["docsExamined"] for query in read] == 4 * [DIFFERENT] + 4 * [2 * DIFFERENT]
        assert all(query["keysExamined"] <= query["docsExamined"] + NEXT_KEY for query in read)
    assert prices[SMALL] == prices[LARGE]


def test_no_view_walks_an_index_that_changes(store: Store, mongo_uri: str) -> None:
    store.publish("lab", cloud(SMALL))
    store.publish("lab", cloud(SMALL, 1))
    with MongoClient[dict[str, Any]](mongo_uri) as client:
        client.get_default_database()["pointers"].update_one({}, {"$set": {"aborted": [1]}})
    with profile(mongo_uri) as queries:
        view = store.view("lab", 2)
        list(view.export())
        list(view.objects(type="host", ids=["000001"]))
        list(view.objects(under="x"))
        list(view.links(object_id="000001"))
        list(view.cliques(focal_point="000001"))
    read = rows_only(queries)
    assert read
    assert not [query["planSummary"] for query in read if "_to" in query["planSummary"]]


def test_changes_come_by_collection_and_id(store: Store) -> None:
    def document(key: str, value: Any) -> dict[str, Any]:
        return {"environment": "lab", "id": key, "value": value}

    def topology(**values: Any) -> Topology:
        documents = [document(key, value) for key, value in values.items()]
        return Topology(inventory=documents, links=documents[:1], cliques=documents)

    store.publish("lab", topology(a=1, b=True, c=3))
    store.publish("lab", topology(a=0, b=1))
    store.publish("lab", topology(d=4, b=1, a=1))
    store.publish("lab", topology(a=1, b=True, c=3))
    expected = [
        Change("links", document("a", 1), None),
        Change("links", None, document("d", 4)),
        Change("inventory", document("b", True), document("b", 1)),
        Change("inventory", document("c", 3), None),
        Change("inventory", None, document("d", 4)),
    ]
    assert store.changes("lab", 1, 3, collections=("links", "inventory")) == expected
    assert store.changes("lab", 3, 1) == [
        Change(change.collection, change.after, change.before) for change in expected[2:] + expected[:2]
    ]
    assert store.changes("lab", 1, 4) == store.changes("lab", 2, 2) == []
    with pytest.raises(UnknownGenerationError, match=r"no generation 5; it has 1, 2, 3, 4"):
        store.changes("lab", 1, 5)
    with pytest.raises(UnknownEnvironmentError, match=r"no environment 'prod'"):
        store.changes("prod", 1, 1)
