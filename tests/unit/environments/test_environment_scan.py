"""Environments that people change or delete while they are scanned."""

from __future__ import annotations

import random
import threading
import time
from datetime import UTC, datetime
from functools import partial

import pytest
from test_environment_store import left

from calipso.model.environment import Environment
from calipso.model.source import host_source
from calipso.scan import Request, ScanError, begin, fail, finish
from calipso.store import Store, StoreError

ROUNDS = 15


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def begun(store: Store, *, distribution: str | None = None) -> str:
    """Begin a scan of one host that has nothing to tell; return its id."""
    settings = {"distribution": distribution} if distribution else {}
    settings |= {"configuration": {"OpenStack": {"cloud": "lab"}}}
    request = Request(environment="lab", hosts=("h",), cloud=False, settings=settings)
    _whom, scan_id = begin(store, request, at=now())
    return scan_id


def answer(store: Store, scan_id: str) -> None:
    """Let the host answer."""
    store.stage(
        "lab",
        host_source("h"),
        [],
        fetched=[("host", None)],
        collected_at=now(),
        collector="test",
        scan_id=scan_id,
    )


def test_a_scan_changes_only_what_it_knows(store: Store) -> None:
    store.create_environment(Environment("lab", distribution="RDO", configuration={"CLI": {"user": "a"}}))
    scan_id = begun(store)
    answer(store, scan_id)
    changes = {"distribution": "Kolla", "configuration": {"CLI": None, "ACI": {"host": "apic"}}}
    store.change_environment("lab", changes, grant={"view-env": ["bob"]})
    assert finish(store, "lab", scan_id, at=now()).status == "completed"
    found = store.environment("lab")
    assert (found.distribution, found.auth) == ("Kolla", {"view-env": ["bob"]})
    assert found.configuration == {"ACI": {"host": "apic"}, "OpenStack": {"cloud": "lab"}}
    assert found.scanned
    assert found.last_scanned


def test_a_scan_makes_an_environment_that_is_new_and_warns_of_what_is_not_supported(store: Store) -> None:
    scan_id = begun(store, distribution="Kola")
    answer(store, scan_id)
    assert finish(store, "lab", scan_id, at=now()).status == "completed"
    assert store.environment("lab").distribution == "Kola"
    (warning,) = (each for each in store.messages(["lab"]) if each["level"] == "warn")
    assert "did you mean Kolla?" in warning["message"]


@pytest.mark.parametrize("ended", ["published", "failed"])
def test_a_scan_of_an_environment_that_was_deleted_leaves_nothing(
    store: Store, mongo_uri: str, ended: str
) -> None:
    store.create_environment(Environment("lab"))
    scan_id = begun(store)
    answer(store, scan_id)
    store.delete_environment("lab", "delete")
    answer(store, scan_id)
    end = partial(fail, reason="no reason") if ended == "failed" else finish
    with pytest.raises(ScanError, match="if it was deleted meanwhile, so was the scan"):
        end(store, "lab", scan_id, at=now())
    assert left(mongo_uri, "lab") == {}


def test_a_scan_of_an_environment_whose_inventory_is_kept_fails(store: Store) -> None:
    first = begun(store)
    answer(store, first)
    finish(store, "lab", first, at=now())
    scan_id = begun(store)
    answer(store, scan_id)
    store.delete_environment("lab", "keep")
    with pytest.raises(ScanError, match="deleted while it was scanned"):
        finish(store, "lab", scan_id, at=now())
    assert store.environment("lab") is None
    assert store.scan(scan_id)["status"] == "failed"
    assert store.generation("lab") == 1
    with pytest.raises(ScanError, match="no scan 'nope'"):
        finish(store, "lab", "nope", at=now())
    assert store.generation("lab") == 1


def test_nothing_is_left_whenever_it_is_deleted(store: Store, mongo_uri: str) -> None:
    draw = random.Random(3)  # noqa: S311 - test data
    longest = 0.3

    def ended(scan_id: str) -> None:
        nonlocal longest
        began = time.monotonic()
        try:
            finish(store, "lab", scan_id, at=now())
            longest = time.monotonic() - began
        except (ScanError, StoreError):
            pass

    for _round in range(ROUNDS):
        store.create_environment(Environment("lab"))
        scan_id = begun(store)
        answer(store, scan_id)
        thread = threading.Thread(target=ended, args=(scan_id,))
        thread.start()
        time.sleep(draw.uniform(0, longest))
        store.delete_environment("lab", "delete")
        thread.join()
        assert left(mongo_uri, "lab") == {}
