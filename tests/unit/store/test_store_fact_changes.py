"""Changes of single facts: the last word on each row counts, in whatever order changes and answers come."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo import MongoClient
from store_latest import Latest, Name, Part

from calipso.model.fact_change import FactChange, Sought
from calipso.model.facts import Row
from calipso.model.source import Source
from calipso.store import Applied, InvalidDocumentError, Staged, Store

NOW = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
REGIONS = ("one", "two")
WHOLLY: dict[str, set[Part]] = {
    "port": {("port", "one"), ("port", "two")},
    "server": {("server", "one"), ("server", "two")},
    "project": {("project", None)},
}
"""What is read when all rows of a kind are."""
EVERYTHING = {part for parts in WHOLLY.values() for part in parts}
PLACES: dict[Name, str | None] = {
    ("port", "x"): "one",
    ("port", "y"): "two",
    ("port", "z"): "two",
    ("server", "x"): "one",
    ("server", "y"): "two",
    ("project", "p"): None,
}
in_one_store = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])

names = st.sampled_from(sorted(PLACES, key=str))
seconds = st.integers(0, 9)
values = st.integers(0, 2)


def at(second: float) -> datetime:
    """Return a time."""
    return NOW + timedelta(seconds=second)


def row(name: Name, value: int) -> Row:
    """Return a row."""
    return Row(kind=name[0], key=name[1], data={"region": PLACES[name], "value": value, "seen": 1})


@st.composite
def changes(draw: st.DrawFn, *, whole: bool = False, untold: bool = True) -> FactChange:
    """Draw a change: of all that is known of a row if `whole`, of an untold region if `untold`."""
    name = draw(names)
    time = at(draw(seconds))
    told = PLACES[name] if not untold or draw(st.booleans()) else None
    match draw(st.sampled_from(["whole", "gone"] if whole else ["whole", "gone", "some"])):
        case "whole":
            return FactChange(*name, time, row(name, draw(values))["data"])
        case "gone":
            return FactChange(*name, time, None, region=told)
    data: dict[str, Any] = {draw(st.sampled_from(["value", "more"])): draw(values)}
    if draw(st.booleans()):
        data["region"] = told
    return FactChange(*name, time, data, whole=False, region=told)


def calls(*, untold: bool) -> st.SearchStrategy[tuple[Any, ...]]:
    """Return calls of `apply` and `stage`. Where regions are untold, kinds are read in all of them."""
    if untold:
        kinds = st.sets(st.sampled_from(sorted(WHOLLY)), max_size=2)
        parts = kinds.map(lambda found: {part for kind in found for part in WHOLLY[kind]})
    else:
        each = {*EVERYTHING, ("port", None), ("server", None)}
        parts = st.sets(st.sampled_from(sorted(each, key=str)), max_size=3)
    sought = st.tuples(st.sampled_from(["port", "server"]), st.sampled_from(["value", "more"]), values)
    by_id = st.tuples(st.sampled_from(["port", "server"]), st.just("id"), st.sampled_from("xyz"))
    return st.tuples(st.just("apply"), st.lists(changes(untold=untold), max_size=5)) | st.tuples(
        st.just("stage"),
        st.dictionaries(names, values, max_size=4),
        parts,
        st.lists((sought | by_id).map(lambda each: Sought(*each)), max_size=2),
        seconds,
    )


def known(store: Store, environment: str) -> dict[Name, dict[str, Any]]:
    """Return the facts."""
    rows = store.facts(environment).rows
    found = {(row["kind"], row["key"]): row["data"] for row in rows}
    assert len(found) == len(rows)
    return found


@in_one_store
@given(history=st.booleans().flatmap(lambda untold: st.lists(calls(untold=untold), max_size=8)))
def test_the_latest_word_counts_whoever_has_it(store: Store, history: list[tuple[Any, ...]]) -> None:
    environment = uuid.uuid4().hex
    latest = Latest(PLACES)
    history = [("stage", {}, EVERYTHING, [], -1), *history]
    for action, *arguments in history:
        before = latest.known
        if action == "apply":
            (told,) = arguments
            applied = store.apply(environment, "openstack", told, collector="test")
            assert applied.outdated == latest.apply(told)
            rows = {(found["kind"], found["key"]): found["data"] for found in applied.rows}
            assert before.keys() - latest.known.keys() <= {*applied.gone}
            assert latest.known.keys().isdisjoint(applied.gone)
            assert rows.items() <= latest.known.items()
            assert {name for name, data in latest.known.items() if before.get(name) != data} <= rows.keys()
        else:
            said, fetched, sought, second = arguments
            listed = [row(*each) for each in said.items()]
            staged = store.stage(
                environment,
                "openstack",
                listed,
                fetched=fetched,
                sought=sought,
                collected_at=at(second),
                collector="test",
            )
            assert staged == latest.stage(listed, fetched, sought, at(second))
        assert known(store, environment) == latest.known


@in_one_store
@given(data=st.data(), told=st.lists(changes(whole=True), max_size=8, unique_by=lambda change: change.at))
def test_order_batches_and_repetition_do_not_matter(
    store: Store, data: st.DataObject, told: list[FactChange]
) -> None:
    environment = uuid.uuid4().hex
    repeated = data.draw(st.lists(st.sampled_from(told), max_size=4)) if told else []
    shuffled = data.draw(st.permutations([*told, *repeated]))
    while shuffled:
        size = data.draw(st.integers(1, len(shuffled)))
        store.apply(environment, "openstack", shuffled[:size], collector="test")
        shuffled = shuffled[size:]
    last = {(change.kind, change.key): change for change in sorted(told, key=lambda change: change.at)}
    assert known(store, environment) == {
        name: change.data for name, change in last.items() if change.data is not None
    }


@in_one_store
@given(told=st.lists(changes(), max_size=8))
def test_what_is_told_again_is_answered_again(store: Store, told: list[FactChange]) -> None:
    environment = uuid.uuid4().hex
    first = store.apply(environment, "openstack", told, collector="test")
    again = store.apply(environment, "openstack", told, collector="test")
    assert sorted(again.gone) == sorted(first.gone)
    by_name = {(found["kind"], found["key"]): found for found in again.rows}
    assert {(found["kind"], found["key"]): found for found in first.rows} == by_name
    assert known(store, environment) == {name: found["data"] for name, found in by_name.items()}


def port(second: float, data: dict[str, Any] | None, **options: Any) -> FactChange:
    """Return a change of port x."""
    return FactChange("port", "x", at(second), data, **options)


def ports(store: Store) -> list[tuple[str, dict[str, Any]]]:
    """Return keys and data of the rows of the environment lab."""
    return [(found["key"], found["data"]) for found in store.facts("lab").rows]


def apply(store: Store, *told: FactChange) -> Applied:
    """Apply changes to the environment lab."""
    return store.apply("lab", "openstack", told, collector="test")


def stage(store: Store, second: float, *rows: Row, **options: Any) -> Staged:
    """Stage rows of the environment lab."""
    options = {"fetched": [], "collector": "test", **options}
    return store.stage("lab", "openstack", rows, collected_at=at(second), **options)


def stored(uri: str) -> list[dict[str, Any]]:
    """Return all documents of facts."""
    with MongoClient[dict[str, Any]](uri) as client:
        return list(client.get_default_database()["facts"].find())


def test_attributes_are_merged_over_what_is_known(store: Store) -> None:
    whole = {"region": "one", "a": 1, "b": {"c": 1}}
    apply(store, port(0, whole))
    applied = apply(store, port(1, {"b": 2}, whole=False), port(2, {"region": None, "d": 3}, whole=False))
    now = {"region": "one", "a": 1, "b": 2, "d": 3}
    assert applied == Applied([Row(kind="port", key="x", data=now, source="openstack")], [], 0)
    assert apply(store, port(1, {"a": 9}, whole=False)) == Applied([], [], 1)
    assert apply(store, port(3, now, whole=False, region="one")) == Applied([], [], 0)
    assert apply(store, port(2, None, region="one")).outdated == 1
    assert apply(store, port(4, None)) == Applied([], [("port", "x")], 0)
    assert apply(store, port(5, {"e": 1}, whole=False, region="one")).rows[0]["data"] == {
        "e": 1,
        "region": "one",
    }
    assert ports(store) == [("x", {"e": 1, "region": "one"})]
    assert store.sources("lab") == {"openstack": Source("openstack")}


def test_what_is_gone_stays_gone_until_news_of_later(store: Store) -> None:
    assert apply(store, port(5, None)) == Applied([], [("port", "x")], 0)
    assert apply(store, port(4, {"region": "one"}), port(5, {"region": "one"})).outdated == 2
    x = Row(kind="port", key="x", data={"region": "one"})
    assert stage(store, 4, x) == Staged(0, 0, 0, 0, outdated=1)
    assert ports(store) == []
    assert store.row("lab", "openstack", "port", "x") is None
    assert stage(store, 6, x) == Staged(added=1, changed=0, removed=0, unchanged=0, outdated=0)
    assert ports(store) == [("x", {"region": "one"})]
    assert apply(store, port(6, None), port(6, {"region": "one"})) == Applied([], [("port", "x")], 1)


@pytest.mark.parametrize("region", [None, "one"])
def test_a_grave_is_swept_when_all_of_its_kind_is_read_later(
    store: Store, mongo_uri: str, region: str | None
) -> None:
    parts = [("port", "one"), ("port", "two")]
    stage(store, 0, fetched=parts)
    apply(store, port(5, None, region=region))
    stage(store, 4, fetched=parts)
    stage(store, 5, fetched=parts)
    stage(store, 6, fetched=[("server", None)])
    assert len(stored(mongo_uri)) == 1
    assert stage(store, 6, fetched=parts) == Staged(0, 0, 0, 0, 0)
    assert stored(mongo_uri) == []
    assert apply(store, port(5.5, {"region": "one"})).outdated == 1


def test_a_row_without_region_is_the_one_whose_region_is_told_later(store: Store, mongo_uri: str) -> None:
    apply(store, port(1, {"region": None, "a": 1}, whole=False))
    x = {"region": "one", "a": 2}
    assert stage(store, 0, Row(kind="port", key="x", data=x)).outdated == 1
    assert stage(store, 2, Row(kind="port", key="x", data=x)) == Staged(0, 1, 0, 0, 0)
    assert ports(store) == [("x", x)]
    apply(store, port(3, {"b": 3}, whole=False))
    assert ports(store) == [("x", {**x, "b": 3})]
    apply(store, port(4, None))
    apply(store, port(5, {"a": 5}, whole=False), port(6, {"region": "two", "a": 6}))
    assert ("x", {"region": "two", "a": 6}) in ports(store)
    both = [("port", "one"), ("port", "two")]
    assert stage(store, 7, fetched=both).removed == 2
    stage(store, 8, fetched=both)
    apply(store, FactChange("port", "y", at(9), {"a": 1}, whole=False))
    stage(store, 10, fetched=both[:1])
    assert ports(store) == [("y", {"a": 1})]
    assert stage(store, 11, fetched=both) == Staged(0, 0, 1, 0, 0)
    stage(store, 12, fetched=both)
    assert stored(mongo_uri) == []


def test_news_of_no_region_are_of_where_the_row_is(store: Store) -> None:
    apply(store, port(1, {"region": "one"}), port(2, None, region="two"), port(3, {"a": 1}, whole=False))
    assert ports(store) == [("x", {"region": "one", "a": 1})]
    assert apply(store, port(4, None)).outdated == 0
    assert ports(store) == []


def test_what_is_sought_and_not_found_is_gone(store: Store) -> None:
    rows = [
        Row(kind="port", key=key, data={"region": region, "device_id": device, "tags": ["d"], "id": "other"})
        for key, region, device in (("a", "one", "d"), ("b", "two", "d"), ("c", "two", "e"))
    ]
    server = Row(kind="server", key="a", data={"device_id": "d"})
    stage(store, 0, *rows, server, fetched=[("port", None), ("server", None)])
    apply(store, replace(port(5, {"device_id": "d"}), key="new"))
    by_device = Sought("port", "device_id", "d")
    assert stage(store, 1, sought=[Sought("port", "tags", "d"), Sought("port", "name", "d")]).removed == 0
    assert stage(store, 1, sought=[by_device], fetched=[]).removed == 2
    assert [key for key, _data in ports(store)] == ["c", "new", "a"]
    assert (
        stage(store, 2, sought=[by_device, Sought("port", "id", "c"), Sought("port", "id", "z")]).removed == 1
    )
    assert stage(store, 1, rows[2], rows[0]) == Staged(1, 0, 0, 0, outdated=1)
    assert store.sources("lab")["openstack"].collected_at == at(0)
    assert stage(store, 0.5, sought=[Sought("server", "id", "a")]).removed == 1
    with pytest.raises(ValueError, match="no attribute is called"):
        stage(store, 3, sought=[Sought("port", "$where", "1")])


def test_what_changed_since_is_told(store: Store) -> None:
    x, y, z = (Row(kind="port", key=key, data={"region": "one"}) for key in "xyz")
    stage(store, 0, x, y, z, fetched=[("port", "one")])
    apply(store, port(2, {"region": "one", "a": 1}), replace(port(3, None), key="z"))
    told = {"source": "openstack"}
    assert store.changed_since("lab", "openstack", at(1)) == (
        [{**x, "data": {"region": "one", "a": 1}, **told}],
        [("port", "z")],
    )
    assert store.changed_since("lab", "openstack", at(3)) == ([], [("port", "z")])
    assert store.changed_since("lab", "host:a", at(0)) == ([], [])
    stage(store, 4, y, fetched=[("port", "one")])
    assert store.changed_since("lab", "openstack", at(3.5)) == ([], [("port", "x")])


def test_facts_of_some_sources_are_read_alone(store: Store) -> None:
    for source in ("host:a", "host:b", "openstack"):
        store.apply("lab", source, [FactChange("host", source, NOW, {})], collector="test")
    some = store.facts("lab", ["host:a", "openstack", "host:c"])
    assert [found["key"] for found in some.rows] == ["host:a", "openstack"]
    assert list(some.sources) == ["host:a", "openstack"]
    assert store.facts("lab", []).rows == []


def test_graves_go_with_their_source_and_their_environment(store: Store, mongo_uri: str) -> None:
    for source in ("host:a", "openstack"):
        store.apply("lab", source, [port(0, None)], collector="test")
    store.forget_sources("lab", ["openstack"])
    assert len(stored(mongo_uri)) == 1
    store.delete_environment("lab", "delete")
    assert stored(mongo_uri) == []


def test_changes_that_cannot_be_stored_are_named_before_anything_is_written(store: Store) -> None:
    odd = [replace(port(0, {"name": "\udc80"}), key=f"odd {number}") for number in range(2)]
    with pytest.raises(
        InvalidDocumentError, match=r"port 'odd 0' of the facts .*; port 'odd 1' of the facts"
    ):
        apply(store, port(0, {}), *odd)
    half = "x" * (9 * 2**20)
    apply(store, port(0, {"a": half}))
    with pytest.raises(InvalidDocumentError, match=r"port 'x' of the facts of 'openstack' .* takes 18.0 MB"):
        apply(store, port(1, {"b": half}, whole=False), replace(port(1, {}), key="y"))
    with pytest.raises(ValueError, match="says no time zone"):
        apply(store, replace(port(1, {}), at=datetime(2026, 1, 1)))
    assert [key for key, _data in ports(store)] == ["x"]
    assert apply(store) == Applied([], [], 0)
