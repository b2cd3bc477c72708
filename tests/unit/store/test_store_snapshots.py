"""Snapshots: names of generations, and how a generation is found by what people call it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from calipso.model.topology import Topology
from calipso.store import NameTakenError, Store, UnknownEnvironmentError, UnknownGenerationError

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)


def publish(store: Store, count: int, environment: str = "lab") -> None:
    """Publish generations, one an hour from `NOW` on."""
    for number in range(count):
        objects = [{"id": "a", "value": number}]
        store.publish(environment, Topology(inventory=objects), at=NOW + number * HOUR)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1),
        ("٢", 2),
        ("latest", 3),
        ("Latest", 3),
        ("as designed", 2),
        ("2026-01-02T03:04:05Z", 1),
        ("2026-01-02 04:04:04", 1),
        ("2026-01-02T06:04:05+02:00", 2),
        ("2026-01-03", 3),
        ("20260102T050405", 3),
    ],
)
def test_a_state_is_found_by_what_it_is_called(store: Store, text: str, number: int) -> None:
    publish(store, 3)
    store.name_generation("lab", 2, "as designed")
    publish(store, 1, "other")
    assert store.find_state("lab", text) == store.generations("lab")[number - 1]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("4", "generation 4"),
        ("0", "generation 0"),
        ("9" * 200, "generation 9"),
        ("9" * 5_000, "generation '9"),
        ("2026-01-02T03:04:04", "generation of 2026-01-02 03:04:04 UTC or before"),
        ("0001-01-01T00:00:00+14:00", "generation '0001"),
        ("as  designed", "generation 'as  designed'"),
        ("", "generation ''"),
        ("$ne", "generation '[$]ne'"),
        ("\udc80", r"generation '\\udc80'"),
        ("a\0b", r"generation 'a\\x00b'"),
    ],
)
def test_a_state_that_is_not_there_is_told_with_those_that_are(store: Store, text: str, wanted: str) -> None:
    publish(store, 3)
    store.name_generation("lab", 2, "as designed")
    there_is = r"it has 1, 2, 3 \(snapshots: 'as designed'\), since 2026-01-02 03:04:05 UTC"
    with pytest.raises(UnknownGenerationError, match=rf"(?s)'lab' has no {wanted}.*; {there_is}"):
        store.find_state("lab", text)
    with pytest.raises(UnknownEnvironmentError):
        store.find_state("prod", text)


def test_views_are_opened_by_time(store: Store) -> None:
    publish(store, 3)
    assert store.view("lab", at=NOW).generation == 1
    assert store.view("lab", at=NOW + 1.5 * HOUR).generation == 2
    later = (NOW + 2 * HOUR).astimezone(timezone(5 * HOUR))
    assert store.view("lab", at=later).published_at == NOW + 2 * HOUR
    with pytest.raises(UnknownGenerationError, match="no generation of 2026-01-02 02:04:05 UTC or before"):
        store.view("lab", at=NOW - HOUR)
    with pytest.raises(ValueError, match="not by both"):
        store.view("lab", 1, at=NOW)
    with pytest.raises(ValueError, match="no time zone"):
        store.view("lab", at=NOW.replace(tzinfo=None))
    with pytest.raises(UnknownGenerationError):
        store.view("lab", 2**70)


def test_a_name_is_one_generations(store: Store) -> None:
    publish(store, 3)
    publish(store, 2, "other")

    def names(environment: str = "lab") -> list[tuple[str, ...]]:
        return [generation.names for generation in store.generations(environment)]

    store.name_generation("lab", 1, "as designed")
    store.name_generation("lab", 1, "as designed")
    store.name_generation("other", 2, "as designed")
    with pytest.raises(NameTakenError, match="another generation of environment 'lab' is the snapshot"):
        store.name_generation("lab", 2, "as designed")
    store.name_generation("lab", 1, "before change 4711")
    store.name_generation("lab", 2, "  naïve: $or/«x»".strip())
    assert names() == [("as designed", "before change 4711"), ("naïve: $or/«x»",), ()]
    assert store.find_state("lab", "before change 4711").number == 1
    store.unname_generation("lab", "as designed")
    store.name_generation("lab", 3, "as designed")
    assert names() == [("before change 4711",), ("naïve: $or/«x»",), ("as designed",)]
    assert names("other") == [(), ("as designed",)]
    with pytest.raises(UnknownGenerationError, match="'lab' has no snapshot 'gone'; it has 1, 2, 3"):
        store.unname_generation("lab", "gone")
    with pytest.raises(UnknownGenerationError, match="'lab' has no generation 4"):
        store.name_generation("lab", 4, "x")
    with pytest.raises(UnknownEnvironmentError):
        store.name_generation("prod", 1, "x")


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("", "is empty"),
        ("x" * 201, "is longer than 200 characters"),
        ("a\nb", "cannot be printed"),
        ("\udc80", "cannot be printed"),
        (" a", "begins or ends with a space"),
        ("4711", "is a number"),
        ("٤", "is a number"),
        ("LATEST", "is what the newest generation is called"),
        ("2026-01-02", "is a time"),
        ("2026-01-02T03:04+01:00", "is a time"),
    ],
)
def test_what_means_something_else_is_no_name(store: Store, name: str, fault: str) -> None:
    publish(store, 1)
    with pytest.raises(ValueError, match=fault):
        store.name_generation("lab", 1, name)
