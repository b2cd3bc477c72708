"""Environments in the store: made, changed by many at once, and deleted for good."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from environment_deleter import deleter_process
from pymongo import MongoClient

from calipso.model.environment import Environment
from calipso.model.facts import Row
from calipso.model.topology import Message, Topology
from calipso.store import (
    BusyError,
    EnvironmentExistsError,
    Store,
    UnknownEnvironmentError,
    UnknownGenerationError,
)
from calipso.store.lease import Lease

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
INVENTORY = [{"id": f"object {number}"} for number in range(3)]


def fill(store: Store, name: str) -> None:
    """Put something of an environment into every collection that has a writer."""
    store.create_environment(Environment(name, user="ann"))
    store.start_scan(name, scan_id=f"scan of {name}", options={}, at=NOW)
    row = Row(kind="server", key="1", data={"id": "1"}, source="openstack")
    store.stage(name, "openstack", [row], fetched=[("server", None)], collected_at=NOW, collector="test")
    for number in (1, 2):
        store.publish(name, Topology(INVENTORY[:number], [{"id": "link"}], [{"id": "clique"}]), at=NOW)
    store.name_generation(name, 1, "as designed")
    store.add_messages(name, [Message("error", "broken")], scan_id=None, at=NOW)


def left(uri: str, name: str) -> dict[str, int]:
    """Return how many documents of an environment each collection holds, where there are any."""
    with MongoClient(uri) as client:
        database = client.get_default_database()
        where = {"$or": [{"_id": name}, {"environment": name}]}
        counts = {each: database[each].count_documents(where) for each in database.list_collection_names()}
    return {each: count for each, count in counts.items() if count}


def test_a_name_is_one_environments(store: Store) -> None:
    first = Environment("lab", distribution="Kolla", last_scanned=NOW)
    store.create_environment(first)
    with pytest.raises(EnvironmentExistsError, match="'lab' already"):
        store.create_environment(Environment("lab"))
    assert store.environments() == [first]


def test_a_change_changes_what_is_given(store: Store) -> None:
    before = Environment(
        "lab",
        last_scanned=NOW,
        auth={"view-env": ["bob", "cat"]},
        configuration={"ACI": {"host": "a"}, "CLI": {"user": "$root"}},
    )
    store.create_environment(before)
    changes: dict[str, Any] = {
        "distribution": "$name",
        "mechanism_drivers": ["OVS"],
        "configuration": {"ACI": None, "AMQP": {"host": "$$NOW"}},
    }
    grant, revoke = {"view-env": ["dan"], "edit-env": ["$x"]}, {"view-env": ["bob", "nobody"]}
    assert store.change_environment("lab", changes, grant=grant, revoke=revoke) == before
    after = store.environment("lab")
    assert after == before.changed(changes).with_rights(grant, revoke)
    assert after.auth == {"view-env": ["cat", "dan"], "edit-env": ["$x"]}
    assert store.change_environment("lab", {}) == after
    with pytest.raises(UnknownEnvironmentError, match="there is lab"):
        store.change_environment("nope", changes)
    for wrong in ({"colour": 1}, {"name": "x"}, {"auth": {"$a": []}}, {"configuration": {"a.b": {}}}):
        with pytest.raises(ValueError, match=r"no colour|no name|no key"):
            store.change_environment("lab", wrong)
    assert store.environment("lab") == after


def test_changes_at_the_same_time_all_survive(store: Store) -> None:
    store.create_environment(Environment("lab"))
    sections = {f"target {number}": {"host": f"host {number}"} for number in range(20)}
    people = [f"user {number}" for number in range(20)]
    with ThreadPoolExecutor(8) as pool:
        done = [
            *(
                pool.submit(store.change_environment, "lab", {"configuration": {name: section}})
                for name, section in sections.items()
            ),
            *(
                pool.submit(store.change_environment, "lab", {}, grant={"view-env": [name]})
                for name in people
            ),
            pool.submit(store.change_environment, "lab", {"distribution": "Kolla"}),
            pool.submit(store.change_environment, "lab", {"scanned": True}),
        ]
        for each in done:
            each.result()
    found = store.environment("lab")
    assert found.configuration == sections
    assert sorted(found.auth["view-env"]) == sorted(people)
    assert (found.distribution, found.scanned) == ("Kolla", True)


def test_what_others_wrote_of_secrets_is_not_read(store: Store, mongo_uri: str) -> None:
    store.create_environment(Environment("lab"))
    with MongoClient(mongo_uri) as client:
        client.get_default_database()["environments_config"].update_one(
            {"_id": "lab"}, {"$set": {"configuration": {"mysql": {"host": "db", "pwd": "sesame"}}}}
        )
    assert store.environment("lab").configuration == {"mysql": {"host": "db"}}


def test_an_environment_goes_with_all_that_it_has(store: Store, mongo_uri: str) -> None:
    for name in ("lab", "other"):
        fill(store, name)
    before = left(mongo_uri, "other")
    assert left(mongo_uri, "lab") == before
    assert {"environments_config", "pointers", "generations", "inventory", "facts", "scans"} <= before.keys()
    store.delete_environment("lab", "delete")
    assert left(mongo_uri, "lab") == {}
    assert left(mongo_uri, "other") == before
    assert store.environment_names() == ["other"]
    for inventory in ("keep", "delete"):
        with pytest.raises(UnknownEnvironmentError, match="there is other"):
            store.delete_environment("lab", inventory)
    fill(store, "lab")
    assert store.generation("lab") == 2


def test_an_environment_goes_and_its_states_stay(store: Store) -> None:
    fill(store, "lab")
    store.delete_environment("lab", "keep")
    assert store.environments() == []
    assert [state.number for state in store.generations("lab")] == [1, 2]
    assert store.find_state("lab", "as designed").number == 1
    assert len(list(store.view("lab", 1).objects())) == 1
    assert store.environment_names() == ["lab"]
    store.create_environment(Environment("lab"))
    assert store.generation("lab") == 2
    store.delete_environment("lab", "delete")
    assert store.environment_names() == []


def test_without_states_there_is_nothing_to_keep(store: Store, mongo_uri: str) -> None:
    store.create_environment(Environment("lab"))
    store.delete_environment("lab", "keep")
    assert left(mongo_uri, "lab") == {}


def test_nothing_is_deleted_while_somebody_publishes(store: Store, mongo_uri: str) -> None:
    fill(store, "lab")
    before = left(mongo_uri, "lab")
    with MongoClient(mongo_uri, tz_aware=True) as client:
        pointers = client.get_default_database()["pointers"]
        with (
            Lease(pointers, "lab", "publishing", fields={}),
            pytest.raises(BusyError, match="deleting environment 'lab'"),
        ):
            store.delete_environment("lab", "delete")
    assert left(mongo_uri, "lab") == before


def test_a_deletion_that_died_anywhere_is_completed_by_another(store: Store, mongo_uri: str) -> None:
    commands = 0
    with deleter_process() as deleter:
        fill(store, "lab")
        while deleter.delete(mongo_uri, "lab", commands) == "killed":
            if left(mongo_uri, "lab"):
                assert store.environment_names() == ["lab"]
                if commands <= 2:  # nothing is deleted yet
                    assert len(list(store.view("lab", 2).objects())) == 2
                else:
                    with pytest.raises(UnknownGenerationError):
                        store.view("lab")
                store.delete_environment("lab", "delete")
                assert left(mongo_uri, "lab") == {}
            fill(store, "lab")
            commands += 1
    assert commands > 10
    assert left(mongo_uri, "lab") == {}


def test_who_publishes_after_a_deletion_that_died_publishes_what_is_right(
    store: Store, mongo_uri: str
) -> None:
    with deleter_process() as deleter:
        for commands in range(1, 9):
            fill(store, "lab")
            assert deleter.delete(mongo_uri, "lab", commands) == "killed"
            store.publish("lab", Topology(INVENTORY, [{"id": "new"}]), at=NOW)
            view = store.view("lab")
            assert [each["id"] for each in view.objects()] == [each["id"] for each in INVENTORY]
            assert [each["id"] for each in view.links()] == ["new"]
            assert list(view.cliques()) == []
            store.delete_environment("lab", "delete")
            assert left(mongo_uri, "lab") == {}
