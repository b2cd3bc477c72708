"""What no notification tells: hosts that are different when looked at, and contradictions that stay."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from staged_cloud import stage

from benchmarks.cloud import GeneratedCloud
from calipso.events.follower import Follower
from calipso.events.result import Ask
from calipso.events.table import Handlers
from calipso.model.environment import Environment
from calipso.model.facts import HOST, Row
from calipso.model.source import OPENSTACK, host_source
from calipso.store import Store

AT = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
HOST_NAME = "compute-0"


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = AT

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def rows(store: Store) -> list[Row]:
    """The facts of a small cloud, staged as a scan does."""
    facts = GeneratedCloud(2, 2).facts()
    store.create_environment(Environment("lab"))
    stage(store, "lab", facts, AT)
    return facts.rows


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def follower(store: Store, rows: list[Row], clock: Clock) -> Follower:
    assert rows
    made = Follower(store, "lab", Handlers(), ask=lambda _asks: None, clock=clock)
    made.read()
    made.publish()
    return made


def unplug(rows: list[Row]) -> dict[str, Any]:
    """Return the host's facts with the first domain's NIC gone, and its devices."""
    data = copy.deepcopy(next(row["data"] for row in rows if row["key"] == HOST_NAME))
    gone = data["domains"].pop(0)["interfaces"][0]["target"]
    data["interfaces"] = [each for each in data["interfaces"] if each["name"] != gone]
    for bridge in data["bridges"]:
        bridge["interfaces"] = [name for name in bridge["interfaces"] if name != gone]
    return data


def look(store: Store, follower: Follower, data: dict[str, Any], at: datetime, *, unhinted: bool) -> None:
    """Have the host say something, as the playbook does, and publish it."""
    row: Row = {"kind": HOST, "key": HOST_NAME, "data": data}
    source = host_source(HOST_NAME)
    store.stage("lab", source, [row], fetched=[(HOST, None)], collected_at=at, collector="test")
    follower.answered(Ask.hosts([HOST_NAME]), at, unhinted=[HOST_NAME] if unhinted else [])
    follower.publish()


def told(store: Store) -> list[str]:
    return [message["message"] for message in store.messages("lab")]


@pytest.mark.parametrize("unhinted", [True, False])
def test_what_is_different_on_a_host_that_nobody_told_of_is_a_message(
    store: Store, rows: list[Row], follower: Follower, unhinted: bool
) -> None:
    look(store, follower, unplug(rows), AT + timedelta(seconds=1), unhinted=unhinted)
    assert store.generation("lab") == 2
    found = [text for text in told(store) if text.startswith(f"host {HOST_NAME} is not as its cloud told")]
    assert bool(found) == unhinted
    if unhinted:
        assert "gone: vnic tap" in found[0]
        assert "different: " in found[0]
        (message,) = store.messages("lab", {"related_object": HOST_NAME})
        assert (message["level"], message["related_object_type"]) == ("warn", HOST)
    look(store, follower, unplug(rows), AT + timedelta(seconds=2), unhinted=True)
    assert store.generation("lab") == 2
    assert len(told(store)) == len(found)


def test_a_contradiction_is_told_when_it_stays_and_once(
    store: Store, rows: list[Row], follower: Follower, clock: Clock
) -> None:
    def later(seconds: int) -> Callable[[], None]:
        clock.now += timedelta(seconds=seconds)
        return follower.tick

    look(store, follower, unplug(rows), AT + timedelta(seconds=1), unhinted=False)
    later(1)()
    later(50)()
    assert told(store) == []
    later(20)()
    assert any("which has no such vNIC" in text for text in told(store))
    known = len(told(store))
    later(200)()
    assert len(told(store)) == known
    whole = next(row["data"] for row in rows if row["key"] == HOST_NAME)
    look(store, follower, whole, clock.now, unhinted=False)
    later(1)()
    look(store, follower, unplug(rows), clock.now + timedelta(seconds=1), unhinted=False)
    (first,) = store.messages("lab", {"related_object_type": "port"})
    later(30)()
    assert (
        next(iter(store.messages("lab", {"related_object_type": "port"})))["last_seen"] == first["last_seen"]
    )
    later(90)()
    assert (
        next(iter(store.messages("lab", {"related_object_type": "port"})))["last_seen"] > first["last_seen"]
    )


def test_what_others_publish_is_followed(store: Store, rows: list[Row], follower: Follower) -> None:
    server = copy.deepcopy(next(row for row in rows if row["kind"] == "server"))
    server["data"]["name"] = "renamed by a scan"
    later = AT + timedelta(seconds=5)
    store.stage("lab", OPENSTACK, [server], fetched=[], collected_at=later, collector="test")
    other = Follower(store, "lab", Handlers(), ask=lambda _asks: None)
    other.read()
    assert other.publish()
    follower.tick()
    assert follower.known.row("server", server["key"])["name"] == "renamed by a scan"
    assert not follower.publish()
    assert store.generation("lab") == 2
