"""What holds of every health and every rate."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from calipso.analyze.health import BY_URGENCY, FAULTS, LISTED, aggregate, fault, health, reported
from calipso.analyze.rates import with_rates
from calipso.model.kind import HEALTHS
from calipso.model.topology import Document

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
STATUSES = st.lists(st.sampled_from(HEALTHS), max_size=60)
PARTS = st.lists(STATUSES, max_size=4)
ANYTHING = st.sampled_from([*HEALTHS, "ACTIVE", "", None, 7, ["ok"]])


def named(states: list[Any]) -> list[Document]:
    """Return statuses, each with a name."""
    return [{"name": f"check {number}", "status": status} for number, status in enumerate(states)]


def faults(statuses: list[Document]) -> list[Document]:
    """Return those that are not ok."""
    return [each for each in statuses if each["status"] != "ok"]


@given(PARTS)
def test_parts_together_are_as_the_whole(parts: list[list[Any]]) -> None:
    whole = named([status for part in parts for status in part])
    rest = iter(whole)
    split = [[next(rest) for _status in part] for part in parts]
    counts = [Counter(each["status"] for each in part) for part in split]
    single = [aggregate([count], faults(part)) for count, part in zip(counts, split, strict=True)]
    together = aggregate(
        [each.counts for each in single], [found for each in reversed(single) for found in each.faults]
    )
    assert together == aggregate([Counter(each["status"] for each in whole)], faults(whole))


@given(STATUSES)
def test_the_worst_counts_and_is_told_first(states: list[Any]) -> None:
    statuses = named(states)
    found = aggregate([Counter(states)], faults(statuses))
    assert found.status == min(states, key=BY_URGENCY.index, default=None)
    assert sum(found.counts.values()) == len(states)
    assert len(found.faults) == min(LISTED, len(faults(statuses)))
    ranks = [FAULTS.index(each["status"]) for each in found.faults]
    assert ranks == sorted(BY_URGENCY.index(status) for status in states)[: len(ranks)]


@given(
    st.fixed_dictionaries(
        {}, optional={"status": ANYTHING, "health": ANYTHING, "status_timestamp": st.just(NOW)}
    )
)
def test_what_checks_say_goes_before_the_native_state(document: Document) -> None:
    said = document.get("status") if "status_timestamp" in document else None
    assert reported(document) == (said if said in HEALTHS else None)
    native = document.get("health")
    assert health(document) == (reported(document) or (native if native in HEALTHS else None))
    assert (fault(document) is None) == (
        health(document) in (None, "ok") or (health(document) == "unknown" and reported(document) is None)
    )


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 10**15)), min_size=1, max_size=20))
def test_rates_are_what_was_counted(steps: list[tuple[int, int]]) -> None:
    """Counters grow by so much in so many seconds, and are read each time."""
    times = accumulate(seconds for seconds, _grown in steps)
    values = accumulate(grown for _seconds, grown in steps)
    samples = [
        {"at": NOW + timedelta(seconds=time), "counters": {"rx_bytes": value}}
        for time, value in zip(times, values, strict=True)
    ]
    found = with_rates(samples[::-1])
    assert [each["at"] for each in found] == [each["at"] for each in samples[::-1]]
    expected = [{"rx_bytes": grown / seconds} for seconds, grown in steps[1:]]
    assert [each["rates"] for each in found[::-1]] == [{}, *expected]


def test_a_counter_that_begins_again_is_no_negative_rate() -> None:
    values = [{"rx": 100, "tx": 7}, {"rx": 30}, {"rx": 50, "tx": 9}]
    samples = [{"at": NOW + timedelta(seconds=10 * n), "counters": each} for n, each in enumerate(values)]
    assert [each["rates"] for each in with_rates(samples[::-1])] == [{"rx": 2.0}, {"rx": 3.0}, {}]
    assert with_rates([]) == []
