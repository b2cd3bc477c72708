"""Facts: the latest that is known of each row, in whatever order it was told."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo import MongoClient

from calipso.model.facts import Gap, Row
from calipso.model.source import Source
from calipso.store import InvalidDocumentError, Staged, Store

NOW = datetime(2026, 1, 2, 3, 4, 5, 678_912, tzinfo=UTC)
KEPT = NOW.replace(microsecond=678_000)

kinds = st.sampled_from(["port", "server"])
regions = st.sampled_from([None, "RegionOne", "Région/2"])
identities = st.tuples(kinds, regions, st.sampled_from(["x", "y"]))
calls = st.tuples(
    st.integers(0, 5),  # seconds
    st.dictionaries(identities, st.integers(0, 2), max_size=4),
    st.sets(st.tuples(kinds, regions), max_size=3),
)


def row(kind: str, key: str, **data: Any) -> Row:
    """Return a row."""
    return Row(kind=kind, key=key, data=data)


def stage(store: Store, *rows: Row, at: datetime = NOW, source: str = "openstack", **options: Any) -> Staged:
    """Stage rows of the environment lab."""
    options = {"fetched": [("port", None)], "collector": "test", **options}
    return store.stage("lab", source, rows, collected_at=at, **options)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(calls, max_size=8))
def test_the_latest_word_on_each_row_counts(
    store: Store,
    history: list[tuple[int, dict[tuple[str, str | None, str], int], set[tuple[str, str | None]]]],
) -> None:
    environment = uuid.uuid4().hex
    known: dict[tuple[str, str | None, str], tuple[int, int | None]] = {}
    everything = {
        (kind, region, key)
        for kind in ("port", "server")
        for region in (None, "RegionOne", "Région/2")
        for key in ("x", "y")
    }
    for seconds, told, fetched in history:
        covered = {name for name in everything if name[:2] in fetched or (name[0], None) in fetched}
        for name in covered | told.keys():
            if seconds >= known.get(name, (0, None))[0]:
                known[name] = (seconds, told.get(name))
        rows = [
            Row(kind=kind, key=key, data={"region": region, "value": value})
            for (kind, region, key), value in told.items()
        ]
        before = len(store.facts(environment).rows)
        staged = store.stage(
            environment,
            "openstack",
            rows,
            fetched=fetched,
            collected_at=NOW + timedelta(seconds=seconds),
            collector="test",
        )
        facts = store.facts(environment)
        assert {
            (found["kind"], found["data"]["region"], found["key"]): found["data"]["value"]
            for found in facts.rows
        } == {name: value for name, (_time, value) in known.items() if value is not None}
        assert len(facts.rows) == before + staged.added - staged.removed
        assert staged.added + staged.changed + staged.unchanged + staged.outdated == len(told)


def test_only_what_differs_is_written(store: Store, mongo_uri: str) -> None:
    ports = [row("port", str(number), name=f"p{number}", tags={"a": 1, "b": 2}) for number in range(5)]
    assert stage(store, *ports) == Staged(added=5, changed=0, removed=0, unchanged=0, outdated=0)
    with MongoClient(mongo_uri) as client:
        collection = client.get_default_database()["facts"]
        before = [*collection.find()]
        ports[0]["data"]["tags"] = {"b": 2, "a": 1}
        later = NOW + timedelta(hours=1)
        assert stage(store, *ports, at=later) == Staged(0, 0, 0, unchanged=5, outdated=0)
        assert [*collection.find()] == before
    assert store.sources("lab")["openstack"].collected_at == KEPT + timedelta(hours=1)
    ports[1]["data"]["name"] = "new"
    assert stage(store, *ports[:4], at=later) == Staged(0, changed=1, removed=1, unchanged=3, outdated=0)
    assert [found["data"]["name"] for found in store.facts("lab").rows] == ["p0", "new", "p2", "p3"]


def test_an_event_that_confirms_a_row_keeps_older_news_away(store: Store) -> None:
    stage(store, row("port", "x", v=1))
    stage(store, row("port", "x", v=1), at=NOW + timedelta(seconds=9), fetched=[])
    late = stage(store, row("port", "x", v=0), row("port", "y"), at=NOW + timedelta(seconds=5))
    assert late == Staged(added=1, changed=0, removed=0, unchanged=0, outdated=1)
    assert [(found["key"], found["data"]) for found in store.facts("lab").rows] == [
        ("x", {"v": 1}),
        ("y", {}),
    ]


def test_a_source_that_fails_keeps_its_facts(store: Store) -> None:
    gap = Gap(part="lldp", reason="missing", command="lldpctl", detail="not found")
    host = row("host", "cmp1", hostname="cmp1")
    later = NOW + timedelta(minutes=1)
    stage(store, host, source="host:cmp1", fetched=[("host", None)], gaps=[gap])
    store.source_failed("lab", "host:cmp1", "unreachable: \udcff", at=later)
    store.source_failed("lab", "host:cmp2", "unreachable", at=later)
    stage(store, row("port", "x"), fetched=[])
    assert store.facts("lab").sources == {
        "host:cmp1": Source("host:cmp1", KEPT, stale=True, error=r"unreachable: \udcff", gaps=(gap,)),
        "host:cmp2": Source("host:cmp2", None, stale=True, error="unreachable"),
        "openstack": Source("openstack"),
    }
    assert store.facts("lab").rows == [
        {**host, "source": "host:cmp1"},
        {**row("port", "x"), "source": "openstack"},
    ]
    stage(store, host, source="host:cmp1", fetched=[("host", None)], at=later)
    store.source_failed("lab", "host:cmp1", "an old failure", at=NOW)
    assert store.sources("lab")["host:cmp1"] == Source("host:cmp1", KEPT + timedelta(minutes=1))


def test_clearing_forgets_sources(store: Store) -> None:
    for source in ("host:a", "host:b", "openstack"):
        stage(store, row("host", source), source=source)
    store.stage("prod", "host:a", [], fetched=[], collected_at=NOW, collector="test")
    assert store.forget_sources("lab", ["openstack", "host:new"]) == ["host:a", "host:b"]
    assert [found["key"] for found in store.facts("lab").rows] == ["openstack"]
    assert list(store.sources("lab")) == ["openstack"]
    assert list(store.sources("prod")) == ["host:a"]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"big": "x" * 2**24}, "host 'cmp1' of the facts of 'host:cmp1' .* takes 16.0 MB, .* at most 16 MB"),
        ({"name": "\udc80"}, "host 'cmp1' of the facts of 'host:cmp1' cannot be stored"),
        ({"at": NOW}, "host 'cmp1' of the facts of 'host:cmp1' cannot be stored"),
        ({"a\0b": 1}, "host 'cmp1' of the facts of 'host:cmp1' cannot be stored"),
    ],
)
def test_facts_that_cannot_be_stored_are_refused(store: Store, data: dict[str, Any], text: str) -> None:
    with pytest.raises(InvalidDocumentError, match=text):
        stage(store, row("host", "fine"), row("host", "cmp1", **data), source="host:cmp1")
    assert store.facts("lab").rows == []


def test_times_without_a_zone_are_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="says no time zone"):
        stage(store, at=datetime(2026, 1, 1))
