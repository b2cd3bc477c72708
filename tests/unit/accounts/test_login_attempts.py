"""Attempts to log in: no more than allowed at the same time either, and nobody locks another one out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from pymongo import MongoClient

from calipso.store import Attempt, Store
from calipso.store.attempts import PER_ADDRESS, PER_NAME, WINDOW

NOW = datetime.now(UTC).replace(microsecond=0)
HERE, THERE = "192.0.2.1", "192.0.2.2"


def failed(store: Store, name: str, address: str = HERE, at: datetime = NOW) -> bool:
    """Say whether an attempt might be made; it fails."""
    return isinstance(store.begin_attempt(name, address, at=at), Attempt)


def test_a_name_may_fail_a_few_times_from_one_address(store: Store) -> None:
    assert [failed(store, "ann") for _attempt in range(7)] == [True] * PER_NAME + [False] * 2
    assert store.begin_attempt("ann", HERE, at=NOW + timedelta(minutes=5)) == WINDOW - timedelta(minutes=5)
    assert not failed(store, "ANN")
    assert failed(store, "ann", THERE)
    assert failed(store, "bob")
    assert failed(store, "ann", at=NOW + WINDOW)


def test_the_window_slides(store: Store) -> None:
    minutes = [0, 4, 8, 12, 14, 15, 16, 19]
    tried = [failed(store, "ann", at=NOW + timedelta(minutes=minute)) for minute in minutes]
    assert tried == [True, True, True, True, True, True, False, True]


def test_success_forgets_the_failures_of_that_name_there(store: Store) -> None:
    for _time in range(3):
        for _failure in range(PER_NAME - 1):
            assert failed(store, "ann")
        attempt = store.begin_attempt("ann", HERE, at=NOW)
        assert isinstance(attempt, Attempt)
        store.attempt_succeeded(attempt)


def test_an_attempt_that_is_withdrawn_does_not_count(store: Store) -> None:
    for _time in range(2 * PER_ADDRESS):
        attempt = store.begin_attempt("ann", HERE, at=NOW)
        assert isinstance(attempt, Attempt)
        store.attempt_withdrawn(attempt)


def test_an_address_may_fail_so_often_whatever_the_name(store: Store) -> None:
    tried = [failed(store, f"user {number}") for number in range(PER_ADDRESS + 5)]
    assert tried == [True] * PER_ADDRESS + [False] * 5
    assert failed(store, "user 1", THERE)
    assert failed(store, "user 1", at=NOW + WINDOW)


def test_attempts_that_were_not_allowed_do_not_count_for_the_address(store: Store) -> None:
    for _time in range(2 * PER_ADDRESS):
        failed(store, "ann")
    assert failed(store, "bob")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("", "-", False),
    ],
)
def test_addresses_of_one_client_count_together(store: Store, one: str, other: str, same: bool) -> None:
    for _failure in range(PER_NAME):
        assert failed(store, "ann", one)
    assert failed(store, "ann", other) != same


@pytest.mark.parametrize(("names", "allowed"), [(1, PER_NAME), (200, PER_ADDRESS)])
def test_no_more_are_allowed_at_the_same_time(store: Store, names: int, allowed: int) -> None:
    with ThreadPoolExecutor(16) as threads:
        tried = list(threads.map(lambda number: failed(store, f"user {number % names}"), range(200)))
    assert sum(tried) == allowed


def test_long_names_take_no_room_and_all_of_it_vanishes(store: Store, mongo_uri: str) -> None:
    for _failure in range(PER_NAME + 1):
        failed(store, "\ud800" + "x" * 1_000_000, "y" * 1_000_000)
    with MongoClient(mongo_uri, tz_aware=True) as client:
        collection = client.get_default_database()["login_attempts"]
        assert client.get_default_database().command("collStats", "login_attempts")["size"] < 2_000
        assert {found["expires_at"] for found in collection.find()} == {NOW + WINDOW}
        assert collection.index_information()["expires_at_1"]["expireAfterSeconds"] == 0
