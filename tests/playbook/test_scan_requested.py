"""Scans that were asked for: the playbook takes one up, does what it says, and ends it while it is its."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from controller import DEMO, REFUSING, UNREACHED, Controller

from calipso.model.environment import Environment
from calipso.store import Store
from tests.unit.openstack_facts.fake_openstack import filled

WORKER = {"name": "one", "host": "away", "pid": 1}
RECORDED = {"environment": "demo", "recording": str(DEMO)}


@pytest.fixture
def store(store: Store) -> Store:
    """A store that knows the environment."""
    store.create_environment(Environment("demo"))
    return store


def asked(store: Store, **options: Any) -> str:
    """Ask for a scan; return its id."""
    return str(store.request_scan("demo", options=options, by="anna", at=datetime.now(UTC))["id"])


def state(store: Store, scan_id: str) -> tuple[str, list[str]]:
    """Return a scan's status, and its errors."""
    found = store.scan(scan_id)
    assert found is not None
    return found["status"], found["errors"]


def test_it_does_what_was_asked_for(controller: Controller, store: Store) -> None:
    controller.play(**RECORDED, limit="ctl1").succeeded()
    scan_id = asked(store, snapshot="weekly 1", compare_with="previous", log_level="info")
    controller.play(**RECORDED, scan_id=scan_id).succeeded()
    assert state(store, scan_id) == ("completed", [])
    assert [scan["submitted_by"] for scan in store.scans("demo")] == ["anna", None]
    assert store.generations("demo")[-1].names == ("weekly 1",)
    (told,) = store.messages("demo", {"level": "notice", "scan_id": scan_id})
    assert told["message"].startswith("Different from the previous state: objects: ")
    assert told["message"].endswith("To read: calipso compare --env demo 1 2")

    partly = asked(store, only="links", clear=True, snapshot="weekly 1")
    controller.play(**RECORDED, scan_id=partly, only="inventory", clear=False, snapshot="mine").succeeded()
    found = store.scan(partly)
    assert found is not None
    found_options = [found["options"][name] for name in ("only", "clear")]
    assert (found_options, found["status"]) == (["inventory", False], "completed")
    assert store.generations("demo")[-1].names == ("weekly 1", "mine")


def test_an_attempt_that_was_succeeded_by_another_changes_nothing(
    controller: Controller, store: Store
) -> None:
    scan_id = asked(store)
    this = {"environment": "demo", "scan_id": scan_id}
    first = store.claim_scan(WORKER, at=datetime.now(UTC), term=300)
    assert first is not None
    with first:
        controller.play("playbooks/scan_begin.yml", **RECORDED, scan_id=scan_id, attempt=1).succeeded()
        first.give_back()
    second = store.claim_scan(WORKER, at=datetime.now(UTC), term=300)
    assert second is not None
    with second:
        for part in ("begin", "collect", "publish"):
            late = controller.play(f"playbooks/scan_{part}.yml", **this, attempt=1)
            assert late.message == f"another worker has taken scan {scan_id} over"
        assert state(store, scan_id) == ("running", [])
        assert store.generations("demo") == []
        controller.play(**RECORDED, scan_id=scan_id, attempt=2).succeeded()
    assert state(store, scan_id) == ("completed", [])
    again = controller.play("playbooks/scan_publish.yml", **this, attempt=2)
    assert again.message == f"scan {scan_id} has ended: it is completed"
    assert len(store.generations("demo")) == 1


def test_one_that_cannot_begin_has_failed(controller: Controller, store: Store, tmp_path: Path) -> None:
    controller.play(**RECORDED).succeeded()
    for variables, said in (
        (RECORDED, "has no object 'nope'"),
        ({"environment": "demo", "recording": str(tmp_path)}, "has no meta.yml"),
        ({"environment": "demo"}, "put the cloud's hosts into group calipso_hosts"),
    ):
        scan_id = asked(store, object_id="nope")
        message = controller.play(**variables, scan_id=scan_id).message
        assert said in message
        assert state(store, scan_id) == ("failed", [message])


def test_one_that_has_ended_stays_as_it_is(controller: Controller, store: Store) -> None:
    scan_id = asked(store)
    store.ask_to_abort(scan_id, by="bert", at=datetime.now(UTC))
    for part in ("begin", "collect", "publish"):
        message = controller.play(f"playbooks/scan_{part}.yml", **RECORDED, scan_id=scan_id).message
        assert message == f"scan {scan_id} has ended: it is aborted"
    assert state(store, scan_id) == ("aborted", [])


def test_a_job_asks_the_hosts_of_its_limit(controller: Controller, store: Store, tmp_path: Path) -> None:
    """So does a slice of AWX, whose inventory holds only a part of the hosts."""
    inventory = tmp_path / "hosts.yml"
    inventory.write_text(yaml.safe_dump({"calipso_hosts": {"hosts": dict.fromkeys("abc", REFUSING)}}))
    scan_id = asked(store)
    this = {"environment": "demo", "scan_id": scan_id, "become": False}
    hosts = ("-i", str(inventory))
    with filled() as cloud:
        (tmp_path / "clouds.yaml").write_text(yaml.safe_dump({"clouds": {"fake": {"auth": cloud.auth}}}))
        controller.play("playbooks/scan_begin.yml", *hosts, **this, cloud="fake").succeeded()
    controller.play("playbooks/scan_collect.yml", *hosts, "--limit", "a:b", **this)
    controller.play("playbooks/scan_publish.yml", **this).succeeded()
    status, errors = state(store, scan_id)
    assert status == "completed_with_errors"
    assert [bool(UNREACHED.search(error)) for error in errors if "did not answer" in error] == [
        True,
        True,
        False,
    ]
    assert "host c did not answer (its answer never came)" in errors[-1]
