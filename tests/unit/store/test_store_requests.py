"""Lists of what is kept besides the topology: messages, scans, requests and clique types."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from calipso.build.registry import Registry, default_registry
from calipso.model.clique import CliqueType
from calipso.model.environment import Environment
from calipso.model.metadata import InvalidMetadataError, check_clique_type
from calipso.model.topology import Message
from calipso.scan.clique_types import with_posted
from calipso.store import ConflictError, Store

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_messages_of_several_environments_are_filtered(store: Store) -> None:
    for number, (environment, level) in enumerate([("lab", "error"), ("prod", "warn"), ("other", "error")]):
        message = Message(level, f"{environment} is ill", "h1", "host")  # type: ignore[arg-type]
        store.add_messages(environment, [message], scan_id=None, at=NOW + number * HOUR)
    store.record_change("made user ann", by="ann", environment=None, at=NOW)

    def told(*args: Any, **kwargs: Any) -> list[str | None]:
        return [message["environment"] for message in store.messages(*args, **kwargs)]

    assert told(["lab", "prod"]) == ["prod", "lab"]
    assert told("prod") == ["prod"]
    assert told([]) == told({"$ne": 1}) == []
    assert told(None)[:2] == ["other", "prod"]
    assert set(told(None)[2:]) == {"lab", None}
    assert told(None, {"level": "error"}) == ["other", "lab"]
    assert told(None, at_least="warn") == ["other", "prod", "lab"]
    assert told(None, {"related_object": "h1", "related_object_type": "host"}, skip=1, limit=1) == ["prod"]
    assert told(None, {"source_system": "$ne"}) == told(None, {"level": {"$ne": "error"}}) == []
    assert told(["lab", "prod", "other"], start_time=NOW + HOUR) == ["other", "prod"]
    assert told(["lab", "prod", "other"], end_time=NOW + HOUR) == ["prod", "lab"]
    (found,) = store.messages(None, {"id": store.messages("lab")[0]["id"]})
    assert found["environment"] == "lab"
    assert store.count_messages(None) == {
        None: {"notice": 1},
        "lab": {"error": 1},
        "other": {"error": 1},
        "prod": {"warn": 1},
    }
    assert store.count_messages(["prod"]) == {"prod": {"warn": 1}}
    with pytest.raises(ValueError, match="no attribute"):
        store.messages(None, {"$where": "1"})


def test_a_requested_scan_waits(store: Store) -> None:
    options = {"only": "links", "object_id": None, "clear": False, "log_level": "debug"}
    store.start_scan("lab", scan_id="1", options={}, at=NOW)
    asked = store.request_scan("lab", options=options, by="ann", at=NOW + HOUR)
    assert (asked["status"], asked["submitted_by"], asked["started_at"]) == ("pending", "ann", None)
    assert store.scan(asked["id"]) == asked
    assert store.scans(None) == store.scans(["lab", "x"]) == [asked, store.scan("1")]
    assert store.scans("lab", {"status": "pending", "options.only": "links"}) == [asked]
    assert store.scans("lab", skip=1, limit=5) == [store.scan("1")]
    assert store.scans("prod") == store.scans("lab", {"status": {"$ne": "x"}}) == []


def test_a_scan_is_asked_for_once_by_its_id(store: Store) -> None:
    asked = store.request_scan("lab", options={}, by="ann", at=NOW, schedule="daily", scan_id="1")
    assert (asked["id"], asked["schedule"]) == ("1", "daily")
    with pytest.raises(ConflictError, match="scan 1 was asked for already"):
        store.request_scan("lab", options={}, by="bob", at=NOW, scan_id="1")
    assert store.scans("lab") == [asked]


def test_scans_are_scheduled(store: Store) -> None:
    due = NOW + 24 * HOUR
    daily = store.schedule_scan("lab", schedule(freq="DAILY", next_run=due), by="ann", at=NOW)
    nightly = store.schedule_scan(
        "prod", schedule(cron="0 3 * * *", next_run=due - HOUR), by="bob", at=NOW + HOUR
    )
    assert (daily["freq"], daily["cron"], daily["next_run"], daily["last_run"]) == ("DAILY", None, due, None)
    assert store.scheduled_scans(None) == [nightly, daily]
    assert store.scheduled_scans("lab") == store.scheduled_scans(None, {"freq": "DAILY"}) == [daily]
    assert store.scheduled_scans(None, {"options.object_id": "h1"}) == [nightly, daily]
    assert store.scheduled_scans(None, start_time=NOW + HOUR) == [nightly]
    assert store.scheduled_scans(None, end_time=NOW) == [daily]
    assert store.due_schedules(due - 2 * HOUR) == []
    assert store.due_schedules(due) == [nightly, daily]
    ran = {"scan": "1", "at": due}
    assert store.advance_schedule(daily, next_run=due + HOUR, last_run=ran)
    assert not store.advance_schedule(daily, next_run=NOW, last_run=None), "somebody did so"
    assert store.due_schedules(due) == [nightly]
    changed = store.change_schedule(daily["id"], {"name": "a \ud800", "next_run": None})
    assert (changed["name"], changed["next_run"], changed["last_run"]) == ("a \\ud800", None, ran)
    store.remove_schedule(nightly["id"])
    assert store.scheduled_scans(None) == [changed]
    assert store.due_schedules(due + 24 * HOUR) == []


def schedule(**fields: Any) -> dict[str, Any]:
    """Return what a scheduled scan is asked with."""
    return {"name": None, "freq": None, "cron": None, "options": {"object_id": "h1"}, **fields}


def test_connection_tests_are_asked_for(store: Store) -> None:
    asked = store.request_connection_test("lab", targets=["OpenStack", "CLI"], by="ann", at=NOW)
    assert (asked["targets"], asked["status"], asked["results"]) == (["OpenStack", "CLI"], "pending", {})
    assert store.connection_tests("lab") == store.connection_tests(None, {"targets": "CLI"}) == [asked]
    assert store.connection_tests("lab", {"status": "done"}) == store.connection_tests("prod") == []


@pytest.fixture(scope="module")
def registry() -> Registry:
    """What is installed."""
    return default_registry()


def test_posted_clique_types_serve(store: Store, registry: Registry) -> None:
    ours = registry.clique_types_for(Environment("lab"))["instance"]
    posted = CliqueType("instance", "instance", ("instance-vnic",), environment="lab")
    document = store.add_clique_type(posted)
    with pytest.raises(ConflictError, match="'instance' for lab already"):
        store.add_clique_type(posted)
    assert store.clique_types(None) == store.clique_types("lab") == [document]
    assert store.clique_types(None, {"link_types": "instance-vnic"}) == [document]
    assert store.clique_types("prod") == store.clique_types(None, {"name": "$ne"}) == []
    merged, messages = with_posted(registry, store, "lab")
    assert messages == []
    assert merged.clique_types_for(Environment("lab"))["instance"] == posted
    assert with_posted(registry, store, "prod")[0].clique_types_for(Environment("prod"))["instance"] == ours
    everywhere = CliqueType("instance", "instance", ("instance-vnic",), environment="ANY")
    store.add_clique_type(everywhere)
    assert (
        with_posted(registry, store, "prod")[0].clique_types_for(Environment("prod"))["instance"]
        == everywhere
    )
    assert store.delete_clique_type(document["id"])
    assert not store.delete_clique_type(document["id"])


def test_a_posted_clique_type_that_became_useless_is_named(store: Store, registry: Registry) -> None:
    store.add_clique_type(CliqueType("old", "goner", ("goner-vnic",), environment="lab"))
    merged, messages = with_posted(registry, store, "lab")
    assert merged.clique_types == registry.clique_types
    assert [message.level for message in messages] == ["error"]
    assert "'old' is not used" in messages[0].text
    assert "'goner-vnic' is no link type" in messages[0].text


def test_a_clique_type_is_checked_whole(registry: Registry) -> None:
    entry = {"focal_point_type": "nope", "link_types": ["a-b"], "use_implicit_links": 1, "colour": "red"}
    with pytest.raises(InvalidMetadataError) as caught:
        check_clique_type(entry, registry.kinds, registry.either_direction)
    places = [line.partition(":")[0] for line in str(caught.value).splitlines()]
    assert sorted(places) == ["colour", "focal_point_type", "link_types[0]", "use_implicit_links"]
    entry = {"focal_point_type": "instance", "link_types": ["instance-vnic"], "environment": "lab"}
    assert check_clique_type(entry, registry.kinds, registry.either_direction) == CliqueType(
        "instance", "instance", ("instance-vnic",), environment="lab"
    )
