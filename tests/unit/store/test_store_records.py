"""Environments, scans and messages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pymongo import MongoClient

from calipso.model.environment import Environment
from calipso.model.topology import Message
from calipso.store import Store, UnknownScanError

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_environments_are_kept_with_what_others_added(store: Store, mongo_uri: str) -> None:
    lab = Environment(
        "lab (é) $x.y",
        distribution="Kolla",
        mechanism_drivers=("OVS", "SRIOV"),
        last_scanned=NOW,
        configuration={"OpenStack": {"cloud": "lab.example", "a.b": {"$c": 1}}},
    )
    assert store.environment(lab.name) is None
    store.create_environment(Environment("prod"))
    store.create_environment(lab)
    with MongoClient(mongo_uri) as client:
        collection = client.get_default_database()["environments_config"]
        collection.update_one({"name": lab.name}, {"$set": {"colour": "blue"}})
        store.change_environment(lab.name, {"distribution": lab.distribution})
        assert collection.find_one({"colour": "blue"})
    assert store.environment(lab.name) == lab
    assert store.environments() == [lab, Environment("prod")]


def test_scans_begin_and_end(store: Store) -> None:
    later = NOW + timedelta(minutes=1)
    store.start_scan("lab", scan_id="1", options={"only": "links"}, at=NOW)
    store.start_scan("lab", scan_id="2", options={}, at=later)
    store.end_scan("1", status="failed", counts={"links": 3}, errors=["host b: \udcff"], at=later)
    assert store.scan("1") == {
        "id": "1",
        "environment": "lab",
        "status": "failed",
        "options": {"only": "links"},
        "submitted_at": NOW,
        "submitted_by": None,
        "started_at": NOW,
        "ended_at": later,
        "counts": {"links": 3},
        "errors": [r"host b: \udcff"],
        "schedule": None,
        "attempt": 0,
        "worker": None,
        "progress": None,
        "log": [],
        "abort": None,
        "artifacts": None,
        "job": None,
    }
    assert [(scan["id"], scan["status"]) for scan in store.scans("lab")] == [
        ("2", "running"),
        ("1", "failed"),
    ]
    assert store.scan("3") is None
    with pytest.raises(UnknownScanError, match="no scan '3'"):
        store.end_scan("3", status="failed", counts={}, errors=[], at=NOW)


def test_messages_do_not_pile_up(store: Store) -> None:
    later = NOW + timedelta(minutes=1)
    stray = Message("warn", "the port is bound here but absent \udcff", "port-1", "port")
    store.add_messages("lab", [stray, Message("error", "no agents"), stray], scan_id="1", at=NOW)
    store.add_messages("lab", [stray, Message("info", "hello")], scan_id="2", at=later)
    store.add_messages("lab", [stray], scan_id=None, at=NOW, source_system="Sensu")
    store.add_messages("prod", [stray], scan_id="2", at=later)
    found = store.messages("lab")
    assert len(found) == 4
    ours = [
        message for message in found if message["related_object"] and message["source_system"] == "Calipso"
    ]
    assert len(ours) == 1
    del ours[0]["id"]
    assert ours[0] == {
        "environment": "lab",
        "source_system": "Calipso",
        "level": "warn",
        "message": r"the port is bound here but absent \udcff",
        "related_object": "port-1",
        "related_object_type": "port",
        "timestamp": NOW,
        "last_seen": later,
        "scan_id": "2",
        "viewed": False,
        "finished": False,
    }
    assert [message["message"] for message in store.messages("lab", at_least="error")] == ["no agents"]
    assert len(store.messages("lab", at_least="warn")) == 3
    assert len(store.messages("lab", {"related_object": "port-1"})) == 2
    assert len(store.messages("lab", {"scan_id": "2"})) == 2
    assert [message["last_seen"] for message in store.messages("lab", limit=2)] == [later, later]
