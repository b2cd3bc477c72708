"""Leases: one holder at a time; a dead one is succeeded at once, where it can be seen to be dead."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.collection import Collection

from calipso.store import BusyError, LeaseLostError
from calipso.store.lease import Lease
from calipso.store.owner import this_process


@pytest.fixture
def documents(mongo_uri: str) -> Iterator[Collection[dict[str, Any]]]:
    """An empty collection."""
    with MongoClient(mongo_uri, tz_aware=True) as client:
        yield client.get_default_database()["documents"]


def lease(documents: Collection[dict[str, Any]], **options: float) -> Lease:
    """Return a lease that is not taken yet."""
    return Lease(documents, "lab", "publishing 'lab'", fields={"environment": "lab"}, **options)


def test_it_is_let_go_with_what_was_set(documents: Collection[dict[str, Any]]) -> None:
    with lease(documents) as held:
        assert held.document["environment"] == "lab"
        held.update({"generation": 1})
    with lease(documents) as held:
        assert held.document["generation"] == 1
    assert documents.find_one() == {"_id": "lab", "environment": "lab", "generation": 1, "lease": None}


def test_who_waits_in_vain_is_told_for_whom(documents: Collection[dict[str, Any]]) -> None:
    pid = this_process()["pid"]
    with (
        lease(documents),
        pytest.raises(BusyError, match=rf"publishing 'lab': process {pid} on .* gave up after 0\.1 s"),
        lease(documents, patience=0.1),
    ):
        pass


def test_it_lasts_as_long_as_it_is_renewed(documents: Collection[dict[str, Any]]) -> None:
    with lease(documents, term=0.6) as held:
        for _try in range(10):
            time.sleep(0.1)
            held.renew()
        held.update({"generation": 1})
        time.sleep(0.7)
        with lease(documents, patience=0) as next_one:
            with pytest.raises(LeaseLostError, match="publishing 'lab'"):
                held.renew()
            with pytest.raises(LeaseLostError):
                held.update({"generation": 2})
            next_one.update({"generation": 3})
    assert documents.find_one({"generation": 3, "lease": None})


@pytest.mark.parametrize(
    ("changes", "gone"),
    [
        ({"started": "1"}, True),
        ({"pid": 2**22 + 1}, True),
        ({"pid": 2**22 + 1, "kernel": "another"}, False),
        ({"pid": 2**22 + 1, "namespace": "pid:[1]"}, False),
        ({"pid": 2**22 + 1, "kernel": None, "namespace": None}, False),
        ({}, False),
    ],
)
def test_only_who_is_known_to_be_dead_is_succeeded_at_once(
    documents: Collection[dict[str, Any]], changes: dict[str, Any], gone: bool
) -> None:
    now = datetime.now(UTC)
    held = {
        "token": "x",
        "owner": this_process() | changes,
        "taken": now,
        "expires": now + timedelta(minutes=1),
    }
    documents.insert_one({"_id": "lab", "lease": held})
    if gone:
        with lease(documents, patience=0):
            return
    with pytest.raises(BusyError), lease(documents, patience=0):
        pass
