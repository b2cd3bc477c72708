"""Taking in events: what becomes of each, and what is told."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sensu_events import CORE, GO, changed

from calipso.model.environment import Environment
from calipso.model.topology import Document, Topology
from calipso.monitoring.intake import Intake, Refusal, take
from calipso.store import Store, UnknownEnvironmentError

AT = datetime(2025, 1, 1, tzinfo=UTC)
INVENTORY: list[Document] = [
    {"id": "cmp1", "type": "host", "name": "cmp1"},
    {"id": "tap1", "type": "vnic", "name": "web-1", "host": "cmp1"},
]


@pytest.fixture
def blue(store: Store) -> Store:
    """A store with environment blue."""
    store.publish("blue", Topology(inventory=INVENTORY), at=AT)
    return store


def shown(store: Store) -> tuple[str | None, str | None]:
    """Return the statuses of the host and of its vNIC."""
    found = {each["id"]: each["status"] for each in store.statuses("blue")}
    return found.get("cmp1"), found.get("tap1")


def test_a_host_speaks_falls_silent_and_returns(blue: Store) -> None:
    assert take(blue, "blue", [GO["keepalive"], GO["batch"], GO["vnic"]], at=AT) == Intake(3, 0, 0, 0, 0, ())
    assert shown(blue) == ("ok", "error")
    assert take(blue, "blue", [GO["batch_expired"]], at=AT).changed == 1
    assert shown(blue) == ("unknown", "unknown")
    text = blue.statuses("blue", ids=["tap1"])[0]["status_text"]
    assert text.startswith("host cmp1 is silent (Last check execution was")
    back = changed(GO["batch"], "check.executed", 1735396910)
    assert take(blue, "blue", [back, back, GO["batch_expired"]], at=AT) == Intake(1, 2, 0, 0, 0, ())
    assert shown(blue) == ("ok", "error")
    take(blue, "blue", [CORE["keepalive_failing"]], at=AT)
    assert shown(blue) == ("unknown", "unknown")
    told = [(each["level"], each["message"]) for each in blue.messages("blue")]
    assert (
        "error",
        "vnic 'web-1' on cmp1 is error: tap1 is gone",
    ) in told
    assert ("info", "calipso_batch of host 'cmp1' is ok, was unknown: 1 check: 1 error") in told


def test_core_and_go_mean_the_same_check(blue: Store) -> None:
    take(blue, "blue", [GO["vnic"]], at=AT)
    assert take(blue, "blue", [CORE["vnic"]], at=AT) == Intake(0, 1, 0, 0, 0, ())
    assert len(blue.statuses("blue")) == 1


def test_counters_are_kept_by_object_and_time(blue: Store) -> None:
    assert take(blue, "blue", [GO["metrics"]], at=AT).samples == 1
    more = deepcopy(GO["metrics"])
    point: dict[str, Any] = {**more["metrics"]["points"][0], "name": "tx_bytes", "value": 7.5}
    stranger = {**point, "tags": [{"name": "id", "value": "gone"}]}
    more["metrics"]["points"] = [point, stranger, {**point, "timestamp": 1735396846}, {**point, "tags": None}]
    assert take(blue, "blue", [more, more], at=AT) == Intake(0, 0, 0, 1, 2, ())
    found = blue.samples("blue", "tap1")
    assert [(sample["type"], sample["counters"]) for sample in found] == [
        ("vnic", {"tx_bytes": 7.5}),
        ("vnic", {"rx_bytes": 12345678901, "tx_bytes": 7.5}),
    ]
    since = found[1]["at"] + timedelta(seconds=1)
    assert blue.samples("blue", "tap1", start_time=since) == found[:1]
    assert blue.samples("blue", "tap1", end_time=since, limit=5) == found[1:]
    assert "'gone'" in blue.messages("blue")[0]["message"]


def test_what_cannot_be_taken_is_one_message_however_often(blue: Store) -> None:
    gone = changed(GO["vnic"], "check.metadata.name", "vnic_gone")
    other = changed(GO["vnic"], "check.metadata.annotations.calipso_environment", "red")
    lost = changed(
        changed(GO["keepalive"], "entity.metadata.annotations", None), "entity.metadata.labels", None
    )
    foreign = changed(GO["vnic"], "check.metadata", {"name": "check_cpu"})
    for _again in range(2):
        found = take(blue, "blue", [gone, other, lost, foreign, "nonsense"], at=AT)
        assert found == Intake(
            changed=0,
            unchanged=0,
            ignored=2,
            unknown=1,
            samples=0,
            refused=(
                Refusal(1, "the event is of environment 'red', and was sent for another"),
                Refusal(4, "the event is no JSON object, but 'nonsense'"),
            ),
        )
    told = {each["message"].partition(":")[0] for each in blue.messages("blue")}
    assert len(blue.messages("blue")) == 3
    assert told == {
        "an event was refused",
        "check 'vnic_gone' of host 'cmp1' is about something that the inventory does not have; "
        "scan the environment, or render its monitoring again",
    }
    assert {each["level"] for each in blue.messages("blue")} == {"warn"}
    assert {each["source_system"] for each in blue.messages("blue")} == {"Sensu"}


def test_an_environment_that_was_never_scanned_knows_nothing(store: Store) -> None:
    store.create_environment(Environment("blue"))
    assert take(store, "blue", [GO["vnic"], GO["metrics"]], at=AT) == Intake(0, 0, 0, 2, 0, ())
    with pytest.raises(UnknownEnvironmentError):
        take(
            store,
            "red",
            [changed(GO["batch"], "entity.metadata.annotations", {"calipso_environment": "red"})],
            at=AT,
        )
