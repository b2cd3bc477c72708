"""Events as Sensu Go 5 and Sensu Core 1.9 wrote them, and whatever else may arrive."""

from __future__ import annotations

import re
from contextlib import suppress
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sensu_events import CORE, GO, changed

from calipso.model.monitoring import CheckResult
from calipso.monitoring.events import LARGEST_EVENT, LONGEST_TEXT, read_event

AT = datetime(2025, 1, 1, tzinfo=UTC)
VNIC_AT = datetime.fromtimestamp(1735396890.784, UTC)


def seconds(number: float) -> datetime:
    """Return a time of Sensu's."""
    return datetime.fromtimestamp(number, UTC)


@pytest.mark.parametrize(
    ("name", "check", "status", "begins", "at"),
    [
        ("keepalive", "keepalive", "ok", "Keepalive last sent", seconds(1735396829)),
        ("keepalive_failing", "keepalive", "unknown", "No keepalive sent from cmp1", seconds(1735396845)),
        ("batch", "calipso_batch", "ok", "1 check: 1 error", seconds(1735396831)),
        ("batch_expired", "calipso_batch", "unknown", "Last check execution", seconds(1735396897)),
        ("vnic", "vnic_tap1", "error", "tap1 is gone\n", VNIC_AT),
        ("vnic_expired", "vnic_tap1", "unknown", "Last check execution", seconds(1735396897)),
    ],
)
def test_events_of_sensu_go(name: str, check: str, status: str, begins: str, at: datetime) -> None:
    heard = read_event(GO[name], at=AT)
    assert heard is not None
    assert (heard.environment, heard.host, heard.is_ours) == ("blue", "cmp1", True)
    result = heard.result
    assert result is not None
    assert (result.name, result.status, result.measured_at) == (check, status, at)
    assert result.text.startswith(begins)


def test_counters_of_sensu_go() -> None:
    heard = read_event(GO["metrics"], at=AT)
    assert heard is not None
    assert (heard.environment, heard.host, heard.result) == ("blue", "cmp1", None)
    assert [(point.id, point.name, point.value, point.at) for point in heard.points] == [
        ("tap1", "rx_bytes", 12345678901, seconds(1735396831))
    ]


def test_events_of_sensu_core() -> None:
    failing, vnic = (read_event(CORE[name], at=AT) for name in ("keepalive_failing", "vnic"))
    assert failing is not None
    assert vnic is not None
    text = "No keepalive sent from client for 230 seconds (>=180)"
    assert failing.result == CheckResult("keepalive", "cmp1", "unknown", text, seconds(1735396950))
    assert vnic.result == CheckResult("vnic_tap1", "cmp1", "error", "tap1 is gone\n", seconds(1735396902))
    assert (failing.environment, vnic.environment, failing.is_ours, vnic.is_ours) == (
        "blue",
        "blue",
        True,
        True,
    )


@pytest.mark.parametrize(
    ("path", "value", "at"),
    [
        ("check.metadata.annotations.calipso_at", "2024-12-28T15:41:30.5+01:00", seconds(1735396890.5)),
        ("check.metadata.annotations.calipso_at", "1735396000.25", seconds(1735396890)),
        ("check.metadata.annotations", {"calipso_environment": "blue"}, seconds(1735396890)),
    ],
)
def test_the_finer_time_counts_unless_it_is_an_older_ones(path: str, value: Any, at: datetime) -> None:
    heard = read_event(changed(GO["vnic"], path, value), at=AT)
    assert heard is not None
    assert heard.result is not None
    assert heard.result.measured_at == at


def test_an_event_without_times_of_its_check_has_its_own() -> None:
    event = changed(GO["batch"], "check.executed", 0)
    heard = read_event(changed(event, "timestamp", 1735396999), at=AT)
    assert heard is not None
    assert heard.result is not None
    assert heard.result.measured_at == seconds(1735396999)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("entity", None, "entity is no JSON object, but None"),
        ("entity", [], "entity is no JSON object, but list"),
        ("entity.metadata", {}, "the agent's name"),
        ("check", 7, "check is no JSON object, but 7"),
        ("check.metadata.name", "", "the check's name"),
        ("check.metadata.name", "x" * 5_000, "the check's name"),
        ("check.metadata.name", "vnic", "no check's name"),
        ("check.metadata.name", "vnic_a.zz", "neither doubled"),
        ("check.metadata.name", "vnic_.ff", "utf-8"),
        ("check.status", "2", "no integer"),
        ("check.status", True, "no integer"),
        ("check.status", None, "no integer"),
        ("check.output", {"a": 1}, "no text"),
        ("check.executed", "yesterday", "no time"),
        ("check.executed", float("nan"), "no time"),
        ("check.executed", 1e30, "no time"),
        ("check.executed", 10**400, "no time"),
        ("check.executed", int(AT.timestamp()) + 301, "in the future: is the clock of 'cmp1' right?"),
        ("check.metadata.annotations.calipso_at", "2024-12-28T15:41:30", "no time with a zone"),
        ("check.metadata.annotations.calipso_at", "soon", "no time with a zone"),
        ("check.output", "x" * LARGEST_EVENT, "larger than 64 KiB"),
    ],
)
def test_what_is_wrong_is_told(path: str, value: Any, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        read_event(changed(GO["vnic"], path, value), at=AT)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("metrics.points", {}, "no list"),
        ("metrics.points", [7], "no JSON object"),
        ("metrics.points.0.name", "rx.bytes", "no name for a counter"),
        ("metrics.points.0.name", "$where", "no name for a counter"),
        ("metrics.points.0.value", float("inf"), "no number"),
        ("metrics.points.0.value", "7", "no number"),
        ("metrics.points.0.timestamp", 1735396831000, "no time|future"),
    ],
)
def test_what_is_wrong_with_counters_is_told(path: str, value: Any, said: str) -> None:
    event = deepcopy(GO["metrics"])
    if ".0." in path:
        event["metrics"]["points"][0][path.rpartition(".")[2]] = value
    else:
        event["metrics"]["points"] = value
    with pytest.raises(ValueError, match=said):
        read_event(event, at=AT)


def test_checks_of_others_are_none_of_ours() -> None:
    bare = changed(GO["vnic"], "check.metadata", {"name": "check-cpu"})
    assert read_event(bare, at=AT) is None
    assert read_event(changed(bare, "check.output", "x" * LARGEST_EVENT), at=AT) is None
    named = read_event(changed(bare, "check.metadata.name", "check_cpu"), at=AT)
    assert named is not None
    assert not named.is_ours
    assert read_event(changed(GO["batch"], "check.metadata.name", "calipso_sync"), at=AT) is None


def test_a_long_output_is_cut() -> None:
    heard = read_event(changed(GO["vnic"], "check.output", "é" * 10_000), at=AT)
    assert heard is not None
    assert heard.result is not None
    text, _line, note = heard.result.text.partition("\n")
    assert text == "é" * (LONGEST_TEXT // 2)
    assert note == "(the output is cut here: it has 20000 bytes)"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=10,
)
places = st.sampled_from(
    [
        "entity",
        "entity.metadata",
        "entity.metadata.name",
        "entity.metadata.annotations",
        "check",
        "check.metadata",
        "check.metadata.name",
        "check.metadata.labels",
        "check.metadata.annotations",
        "check.metadata.annotations.calipso_at",
        "check.status",
        "check.output",
        "check.executed",
        "timestamp",
        "metrics",
        "metrics.points",
    ]
)


@given(st.sampled_from([GO["vnic"], GO["metrics"], GO["keepalive"]]), places, anything)
def test_whatever_arrives_is_read_or_refused(event: dict[str, Any], path: str, value: Any) -> None:
    try:
        broken = changed(event, path, value)
    except KeyError:
        broken = {**event, path: value}
    with suppress(ValueError):
        heard = read_event(broken, at=AT)
        if heard is not None and heard.result is not None:
            assert heard.result.measured_at <= AT + timedelta(minutes=5)
            assert heard.result.text.encode() is not None


@given(anything)
def test_what_is_no_event_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="is no"):
        read_event(value, at=AT)
