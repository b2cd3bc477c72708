"""Thinning: what the policy keeps stays as it was, and what it does not keep goes, rows and all."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo import MongoClient
from store_history import NOW, History, places, states

from calipso.model.environment import Environment
from calipso.model.retention import DEFAULT_RETENTION, Retention, parse_retention, thinned
from calipso.model.topology import Topology
from calipso.scan import Request, begin, finish
from calipso.store import Store, UnknownGenerationError

NOTHING: Retention = ((timedelta(0), timedelta(weeks=1)),)
HOUR = timedelta(hours=1)

policies = st.lists(
    st.tuples(
        st.none() | st.integers(0, 200).map(lambda hours: hours * HOUR), st.sampled_from([0, 1, 24, 168])
    )
).map(lambda rules: tuple((age, step * HOUR) for age, step in rules))
steps = st.one_of(
    st.tuples(st.just("publish"), states),
    st.tuples(st.just("publish"), states),
    st.tuples(st.just("kill"), states, places),
    st.tuples(st.just("stop"), states, places),
    st.tuples(st.just("wake")),
    st.tuples(st.just("overtake"), states, states, places),
    st.tuples(st.just("pass_time"), st.integers(0, 50)),
    st.tuples(st.just("name"), st.integers(0, 5)),
    st.tuples(st.just("thin"), policies),
    st.tuples(st.just("grace_ends")),
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(steps, max_size=16))
def test_what_is_kept_reads_as_it_was_published(
    store: Store, mongo_uri: str, history: list[tuple[Any, ...]]
) -> None:
    with closing(History(store, mongo_uri)) as environment:
        for action, *arguments in history:
            getattr(environment, action)(*arguments)
            environment.check()
        environment.wake_all()
        if environment.states:
            environment.thin(NOTHING)
            environment.check()
            environment.grace_ends()
            environment.thin(NOTHING)
            environment.check()
            assert environment.orphans() == []
            assert environment.states.keys() == {environment.newest, *environment.names}


def test_an_open_view_stays_whole_until_the_grace_is_over(store: Store, mongo_uri: str) -> None:
    for value in range(3):
        store.publish("lab", Topology(inventory=[{"id": "a", "value": value}]), at=NOW)
    view = store.view("lab", 2)
    before = list(view.objects())
    assert store.thin("lab", NOTHING, at=NOW) == [1, 2]
    with MongoClient[dict[str, Any]](mongo_uri) as client:
        generations = client.get_default_database()["generations"]
        for minutes, whole in ((0, True), (14, True), (16, False)):
            since = datetime.now(UTC) - timedelta(minutes=minutes)
            generations.update_many({"dropped": {"$ne": None}}, {"$set": {"dropped": since}})
            assert store.thin("lab", NOTHING, at=NOW) == []
            assert list(view.objects()) == (before if whole else [])
            with pytest.raises(UnknownGenerationError, match="no generation 2; it has 3"):
                store.view("lab", 2)
        assert [found["number"] for found in generations.find()] == [3]


rules = st.dictionaries(
    st.sampled_from(["all", "hourly", "daily", "weekly"]),
    st.sampled_from(["3h", "2d", "1w", "1y", "forever"]),
    min_size=1,
)


@given(
    ages=st.lists(st.integers(0, 60 * 24 * 30), max_size=40),
    document=rules,
    named=st.sets(st.integers(1, 40)),
    later=st.integers(0, 24 * 20),
)
def test_the_states_at_the_moments_of_the_policy_stay(
    ages: list[int], document: dict[str, str], named: set[int], later: int
) -> None:
    """`ages` in minutes; `later`: hours."""
    times = sorted(NOW - timedelta(minutes=age) for age in ages)
    published = dict(enumerate(times, 1))
    policy = parse_retention(document)

    def state_at(moment: datetime, kept: dict[int, datetime]) -> int | None:
        return max((number for number, at in kept.items() if at <= moment), default=None)

    def thin(kept: dict[int, datetime], now: datetime) -> dict[int, datetime]:
        drop = thinned(kept, policy, named=named, now=now)
        assert named.isdisjoint(drop)
        assert drop == sorted(drop)
        return {number: at for number, at in kept.items() if number not in drop}

    kept = thin(published, NOW)
    wanted = {moment: state_at(moment, published) for moment in moments(document, NOW)}
    assert {moment: state_at(moment, kept) for moment in wanted} == wanted
    assert kept.keys() <= {*wanted.values(), *named, len(times)} | (
        published.keys() if "all" in document else set()
    )
    assert thin(kept, NOW) == kept
    now = NOW + timedelta(hours=later)
    assert thin(kept, now) == thin(published, now)


def moments(document: dict[str, str], now: datetime) -> set[datetime]:
    """Return the moments of a policy in the last 40 days, and for `all` some of them."""
    ages = {"3h": 3 * HOUR, "2d": 48 * HOUR, "1w": 168 * HOUR}
    midnight = datetime(now.year, now.month, now.day, tzinfo=UTC)
    found = set()
    for hours in range(-24, 40 * 24):
        moment = midnight - hours * HOUR
        fits = {
            "all": True,
            "hourly": True,
            "daily": moment.hour == 0,
            "weekly": moment.hour == 0 and moment.isoweekday() == 1,
        }
        if moment <= now and any(
            fits[rule] and now - moment <= ages.get(age, 9_999 * HOUR) for rule, age in document.items()
        ):
            found.add(moment)
    return found


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({}, "it says nothing; it needs at least one of all, hourly, daily, weekly"),
        ({"hourley": "7d"}, "'hourley' is none of all, hourly, daily, weekly"),
        ({"all": 7}, "all is 7, not a number up to 9999 and h, d, w or y"),
        ({"all": "0d", "daily": "1 d"}, "all is '0d', .*; daily is '1 d', "),
        ({"weekly": "99999y"}, "weekly is '99999y'"),
    ],
)
def test_what_is_no_policy_is_told(document: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        parse_retention(document)


def test_policies_are_parsed() -> None:
    day = timedelta(days=1)
    assert parse_retention(DEFAULT_RETENTION) == (
        (day, timedelta(0)),
        (7 * day, HOUR),
        (90 * day, day),
        (730 * day, 7 * day),
    )
    assert parse_retention({"weekly": "9999y", "all": "forever"}) == (
        (None, timedelta(0)),
        (9_999 * 365 * day, 7 * day),
    )
    assert not thinned({1: NOW, 2: NOW}, parse_retention({"all": "forever", "weekly": "9999y"}), now=NOW)


def test_one_of_naming_and_dropping_comes_first(store: Store) -> None:
    outcomes = set()
    for number in range(1, 41):
        store.publish("lab", Topology(inventory=[{"id": "a", "value": number}]), at=NOW)
        if number == 1:
            continue
        name, before = f"snapshot {number}", number - 1
        dropped: list[int] = []
        thinner = threading.Thread(
            target=lambda found=dropped: found.extend(store.thin("lab", NOTHING, at=NOW))
        )
        thinner.start()
        try:
            store.name_generation("lab", before, name)
            named = True
        except UnknownGenerationError:
            named = False
        thinner.join()
        assert named == (dropped == [])
        assert named == (before in [generation.number for generation in store.generations("lab")])
        outcomes.add(named)
    assert outcomes == {True, False}


def test_thinning_an_environment_without_generations_does_nothing(store: Store) -> None:
    assert store.thin("lab", NOTHING, at=NOW) == []


@pytest.mark.parametrize(
    ("retention", "kept", "told"),
    [
        (None, [1, 2, 3, 4], []),
        ({"daily": "1w"}, [2, 4], []),
        ({"dayly": "1w"}, [1, 2, 3, 4], ["No generation is dropped: retention: 'dayly' is none of"]),
    ],
)
def test_a_scan_ends_with_thinning(
    store: Store, retention: dict[str, str] | None, kept: list[int], told: list[str]
) -> None:
    store.create_environment(Environment("lab", retention=retention))
    store.stage("lab", "host:a", [], fetched=[("host", None)], collected_at=NOW, collector="test")
    for hour in (-5, -4, -3):
        links = [{"id": "a", "value": hour}]
        store.publish("lab", Topology(links=links), at=NOW + hour * HOUR)
    _plan, scan_id = begin(store, Request(environment="lab", only="links"), at=NOW)
    assert finish(store, "lab", scan_id, at=NOW).generation == 4
    assert [generation.number for generation in store.generations("lab")] == kept
    texts = [message["message"] for message in store.messages("lab") if message["level"] == "error"]
    assert [text[: len(told[0])] for text in texts] == told
