"""What checks say, recorded: in any order, twice, by many at once, and by those who die half way."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo import MongoClient

from calipso.model.kind import HEALTHS, Health
from calipso.model.monitoring import BATCH, KEEPALIVE, CheckResult, LinkSubject, ObjectSubject, check_name
from calipso.model.topology import Document, Topology
from calipso.store import Store, UnknownEnvironmentError, results

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SECOND = timedelta(seconds=1)

INVENTORY: list[Document] = [
    {"id": "cmp1", "type": "host", "name": "cmp1"},
    {"id": "cmp2", "type": "host", "name": "cmp2"},
    {"id": "tap1", "type": "vnic", "name": "web-1", "host": "cmp1"},
    {"id": "tap2", "type": "vnic", "name": "web-2", "host": "cmp2"},
    {"id": "qbr1", "type": "vconnector", "name": "qbr1", "host": "cmp1"},
    {"id": "a b/ü.$", "type": "port", "name": "odd", "status": "DOWN"},
]
LINKS: list[Document] = [
    {
        "id": "l1",
        "link_type": "vnic-vconnector",
        "link_name": "web",
        "source_id": "tap1",
        "source_type": "vnic",
        "target_id": "qbr1",
        "target_type": "vconnector",
        "state": "up",
    },
    {"id": "l2", "link_type": "x-y", "source_id": "tap1", "target_id": "tap2", "state": "down"},
]
VNIC = check_name(ObjectSubject("vnic", "tap1"))
LINK = check_name(LinkSubject("vnic-vconnector", "tap1", "qbr1"))


def said(
    status: Health, second: float, name: str = VNIC, host: str = "cmp1", text: str | None = None
) -> CheckResult:
    """Return what a check said, so many seconds after `NOW`."""
    return CheckResult(name, host, status, text or f"{status} at {second}", NOW + second * SECOND)


@pytest.fixture
def lab(store: Store) -> str:
    """An environment with a small topology."""
    return published(store)


def published(store: Store) -> str:
    """Publish the topology in an environment of its own."""
    name = uuid4().hex
    store.publish(name, Topology(inventory=INVENTORY, links=LINKS), at=NOW)
    return name


def record(store: Store, environment: str, *said: CheckResult) -> list[str]:
    """Record results; return the names of those that changed a status."""
    return list(store.record_results(environment, said, at=NOW).changed)


def state(store: Store, environment: str) -> list[tuple[Any, ...]]:
    """Return what is known now."""
    found = store.statuses(environment)
    return [
        tuple(each[name] for name in ("name", "host", "status", "status_timestamp", "status_text"))
        for each in found
    ]


def history(store: Store, environment: str, id: str = "tap1") -> list[tuple[Any, Any, Any]]:  # noqa: A002
    """Return an object's changes, the oldest first: status, what it was, seconds since `NOW`."""
    return [
        (each["status"], each["was"], (each["status_timestamp"] - NOW) / SECOND)
        for each in reversed(store.status_history(environment, id))
    ]


def messages(store: Store, environment: str) -> list[tuple[str, str]]:
    """Return level and text of the messages, the oldest first."""
    found = store.messages(environment, {"source_system": "Sensu"})
    return [(each["level"], each["message"]) for each in reversed(found)]


def test_a_change_is_kept_told_and_shown(store: Store, lab: str) -> None:
    assert record(store, lab, said("ok", 1)) == [VNIC]
    assert messages(store, lab) == []
    assert record(store, lab, said("ok", 2)) == []
    assert record(store, lab, said("error", 3, text="tap1 is gone\nno such device")) == [VNIC]
    assert record(store, lab, said("ok", 4)) == [VNIC]
    assert history(store, lab) == [("ok", None, 1), ("error", "ok", 3), ("ok", "error", 4)]
    assert messages(store, lab) == [
        ("error", "vnic 'web-1' on cmp1 is error, was ok: tap1 is gone"),
        ("info", "vnic 'web-1' on cmp1 is ok, was error: ok at 4"),
    ]
    told = store.messages(lab, {"level": "error"})[0]
    assert (told["related_object"], told["related_object_type"]) == ("tap1", "vnic")
    found = store.view(lab).object("tap1")
    assert found is not None
    assert (found["status"], found["status_timestamp"]) == ("ok", NOW + 4 * SECOND)


def test_a_link_is_found_by_either_name_and_goes_down(store: Store, lab: str) -> None:
    back = check_name(LinkSubject("vconnector-vnic", "qbr1", "tap1"), core=True)
    assert record(store, lab, said("error", 1, back)) == [back]
    assert store.statuses(lab)[0]["id"] == "l1"
    view = store.view(lab)
    assert {link["id"]: link["state"] for link in view.links()} == {"l1": "down", "l2": "down"}
    assert [link["id"] for link in view.links({"state": "down"})] == ["l1", "l2"]
    assert [link["id"] for link in view.links({"state": ["up", "unknown"]})] == []
    assert [link["id"] for link in view.links({"state": None})] == []
    assert next(view.links(ids=["l1"], brief=("state",))) == {"id": "l1", "state": "down"}
    record(store, lab, said("warning", 2, LINK))
    assert [link["id"] for link in store.view(lab).links({"state": "up"})] == ["l1"]
    assert messages(store, lab)[-1][1].startswith("link 'web' (vnic-vconnector) on cmp1 is warning")


def test_what_the_inventory_does_not_have_is_handed_back(store: Store, lab: str) -> None:
    names = (check_name(ObjectSubject("vnic", "gone")), check_name(ObjectSubject("port", "tap1")), "nonsense")
    results = [said("error", 1, name) for name in names]
    assert store.record_results(lab, results, at=NOW).unknown == tuple(results)
    assert store.record_results(lab, [said("ok", 1, KEEPALIVE, "cmp9")], at=NOW).unknown
    assert store.statuses(lab) == []
    with pytest.raises(UnknownEnvironmentError):
        record(store, "nowhere", said("ok", 1))


def test_a_silent_host_makes_unknown_what_it_reported(store: Store, lab: str) -> None:
    tap2 = check_name(ObjectSubject("vnic", "tap2"))
    record(store, lab, said("error", 1), said("ok", 1, tap2, "cmp2"), said("ok", 1, LINK))
    record(store, lab, said("ok", 1, KEEPALIVE), said("ok", 1, BATCH))
    assert store.count_statuses(lab)[lab] == {
        "vnic": {"error": 1, "ok": 1},
        "vnic-vconnector": {"ok": 1},
        "host": {"ok": 1},
    }
    before = store.view(lab).revision
    for agent in (KEEPALIVE, BATCH):
        record(store, lab, said("unknown", 2, agent, text="no word for 60 seconds"))
        view = store.view(lab)
        assert view.revision != before
        shown = view.object("tap1")
        assert shown is not None
        assert (shown["status"], shown["status_timestamp"]) == ("unknown", NOW + 2 * SECOND)
        why = "host cmp1 is silent (no word for 60 seconds); before it was error: error at 1"
        assert shown["status_text"] == why
        assert [link["state"] for link in view.links(ids=["l1"])] == ["unknown"]
        assert [
            each["status"] for each in view.objects(type="host", brief=("status",)) if "status" in each
        ] == ["unknown"]
        found = {each["id"]: each["status"] for each in store.statuses(lab)}
        assert found == {"tap1": "unknown", "tap2": "ok", "l1": "unknown", "cmp1": "unknown"}
        assert [each["id"] for each in store.statuses(lab, {"status": "unknown", "type": "vnic"})] == ["tap1"]
        assert [each["id"] for each in store.statuses(lab, {"status": ["error", "ok"]})] == ["tap2"]
        assert store.count_statuses(None)[lab]["vnic"] == {"unknown": 1, "ok": 1}
        record(store, lab, said("ok", 3, agent))
        assert {each["id"]: each["status"] for each in store.statuses(lab)}["tap1"] == "error"
    assert history(store, lab) == [("error", None, 1)]


def test_only_what_is_monitored_and_newest_bears_a_status(store: Store, lab: str) -> None:
    odd = check_name(ObjectSubject("port", "a b/ü.$"))
    record(store, lab, said("error", 1, odd), said("error", 1))
    shown = store.view(lab).object("a b/ü.$")
    assert shown is not None
    assert shown["status"] == "DOWN"
    store.publish(lab, Topology(inventory=INVENTORY[:4]), at=NOW + SECOND)
    bearing = [each["id"] for each in store.view(lab).objects(brief=("status",)) if "status" in each]
    assert bearing == ["tap1"]
    assert not any("status_text" in each for each in store.view(lab, 1).objects())
    assert [link["state"] for link in store.view(lab, 1).links()] == ["up", "down"]


def test_statuses_are_paged_and_forgotten(store: Store, lab: str) -> None:
    tap2 = check_name(ObjectSubject("vnic", "tap2"))
    record(
        store, lab, said("ok", 1), said("ok", 1, tap2, "cmp2"), said("ok", 1, LINK), said("ok", 1, KEEPALIVE)
    )
    names = [each["name"] for each in store.statuses(lab)]
    assert names == sorted([VNIC, tap2, LINK, "host_cmp1"])
    assert [each["name"] for each in store.statuses([lab], skip=1, limit=2)] == names[1:3]
    assert [each["id"] for each in store.statuses(lab, ids=["l1", "gone"])] == ["l1"]
    assert store.statuses(lab, limit=0) == []
    before = store.view(lab).revision
    assert store.forget_statuses(lab, [VNIC, check_name(ObjectSubject("vnic", "tap2"), core=True)]) == 1
    assert store.view(lab).revision != before
    assert {each["id"] for each in store.statuses(lab)} == {"tap1", "tap2", "cmp1"}
    assert store.forget_statuses(lab, []) == 3
    assert store.statuses(lab) == []
    assert len(history(store, lab)) == 1


streams = st.lists(
    st.tuples(st.sampled_from((VNIC, LINK, KEEPALIVE, BATCH)), st.integers(0, 30), st.sampled_from(HEALTHS)),
    max_size=25,
    unique_by=lambda each: each[:2],
)
"""What checks say, each at most once at a time."""


def results_of(stream: Iterable[tuple[str, int, Health]]) -> list[CheckResult]:
    """Return the results of a stream; agents are ok or unknown."""
    return [
        said("unknown" if name in (KEEPALIVE, BATCH) and status != "ok" else status, second, name)
        for name, second, status in stream
    ]


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(streams, st.integers(0, 31))
def test_old_changes_are_forgotten_but_the_last_of_each_check(store: Store, stream: Any, at: int) -> None:
    lab = published(store)
    store.record_results(lab, results_of(stream), at=NOW)
    whole = store.status_history(lab)
    before = NOW + at * SECOND
    old = [each for each in whole if each["status_timestamp"] < before]
    last = {each["name"]: each for each in reversed(old)}
    assert store.forget_history(lab, before=before) == len(old) - len(last)
    assert store.status_history(lab) == [
        each for each in whole if each not in old or each == last[each["name"]]
    ]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stream=streams, data=st.data())
def test_order_and_repetition_do_not_matter(store: Store, stream: Any, data: st.DataObject) -> None:
    in_order = sorted(results_of(stream), key=lambda result: result.measured_at)
    mixed = data.draw(st.permutations([*in_order, *data.draw(st.lists(st.sampled_from(in_order or [None])))]))
    mixed = [each for each in mixed if each is not None]
    straight, other, single = (published(store) for _each in range(3))
    store.record_results(straight, in_order, at=NOW)
    size = data.draw(st.integers(1, 5))
    for start in range(0, len(mixed), size):
        store.record_results(other, mixed[start : start + size], at=NOW)
    for each in in_order:
        store.record_results(single, [each], at=NOW)
    assert state(store, other) == state(store, straight) == state(store, single)
    for id_ in ("tap1", "l1", "cmp1"):
        assert sorted(history(store, single, id_), key=str) == sorted(history(store, straight, id_), key=str)
        assert {(status, at) for status, _was, at in history(store, other, id_)} <= {
            (result.status, (result.measured_at - NOW) / SECOND) for result in in_order
        }
    assert sorted(messages(store, single)) == sorted(messages(store, straight))
    before = len(messages(store, other))
    revision = store.view(other).revision
    assert record(store, other, *mixed) == []
    assert store.view(other).revision == revision
    assert len(messages(store, other)) == before


@pytest.mark.parametrize("names", [(KEEPALIVE, BATCH), (BATCH, KEEPALIVE)])
def test_the_keepalive_says_why_where_both_fail_at_once(store: Store, lab: str, names: Sequence[str]) -> None:
    record(store, lab, said("ok", 1))
    for name in names:
        record(store, lab, said("unknown", 2, name, text=name))
    texts = {each["id"]: each["status_text"] for each in store.statuses(lab)}
    assert texts["tap1"] == f"host cmp1 is silent ({KEEPALIVE}); before it was ok: ok at 1"


def test_another_word_at_the_same_time_counts_once(store: Store, lab: str) -> None:
    assert record(store, lab, said("ok", 1)) == [VNIC]
    assert record(store, lab, said("error", 1)) == [VNIC]
    assert record(store, lab, said("ok", 1), said("error", 1), said("ok", 0)) == []
    assert state(store, lab)[0][2] == "error"


def test_many_record_at_once(store: Store, lab: str) -> None:
    """Every writer gets the same results, in an order of its own: one of them makes each change."""
    draw = random.Random(7)  # noqa: S311 - test data
    names = [VNIC, LINK, check_name(ObjectSubject("vnic", "tap2")), KEEPALIVE]
    stream = results_of((name, second, draw.choice(HEALTHS)) for name in names for second in range(40))
    changed: list[tuple[str, ...]] = []

    def keep_recording(seed: int) -> None:
        mine = list(stream)
        random.Random(seed).shuffle(mine)  # noqa: S311 - test data
        parts = (mine[start : start + 7] for start in range(0, len(mine), 7))
        changed.extend(store.record_results(lab, part, at=NOW).changed for part in parts)

    writers = [threading.Thread(target=keep_recording, args=[seed]) for seed in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    straight = published(store)
    store.record_results(straight, stream, at=NOW)
    assert state(store, lab) == state(store, straight)
    kept = store.status_history(lab)
    assert len(kept) == sum(map(len, changed))
    for id_ in ("tap1", "tap2", "l1", "cmp1"):
        steps = history(store, lab, id_)
        assert steps[0][1] is None
        assert [was for _status, was, _at in steps[1:]] == [status for status, _was, _at in steps[:-1]]
    worth = [each for each in kept if each["was"] is not None or each["status"] != "ok"]
    assert len(messages(store, lab)) == len(worth)


class _DiedError(Exception):
    """The process is killed here."""


@dataclass
class _Dying:
    """A collection of which one write fails: before it is made, or after."""

    collection: Any
    dies_after: bool

    def __getattr__(self, name: str) -> Any:
        return getattr(self.collection, name)

    def bulk_write(self, *what: Any, **how: Any) -> None:
        """Die."""
        if self.dies_after:
            self.collection.bulk_write(*what, **how)
        raise _DiedError


@pytest.mark.parametrize("dies_after", [False, True])
@pytest.mark.parametrize("place", ["statuses", "status_history", "messages", "pointers", "the end"])
@pytest.mark.parametrize("again", ["the same results", "other results"])
def test_who_dies_half_way_loses_nothing(
    store: Store, lab: str, monkeypatch: pytest.MonkeyPatch, place: str, dies_after: bool, again: str
) -> None:
    """What was recorded when the writer died is told once another one records, whatever that one heard."""
    tap2 = check_name(ObjectSubject("vnic", "tap2"))
    record(store, lab, said("ok", 0), said("ok", 0, LINK))
    stream = [said("error", 1), said("warning", 1, LINK)]
    before = store.view(lab).revision
    with monkeypatch.context() as patch:
        _die_at(patch, place, dies_after)
        with pytest.raises(_DiedError):
            store.record_results(lab, stream, at=NOW)
    other = [said("ok", 1, tap2, "cmp2")]
    store.record_results(lab, stream if again == "the same results" else other, at=NOW)
    was_recorded = place != "statuses" or dies_after or again == "the same results"
    expected = [("ok", None, 0), *([("error", "ok", 1)] if was_recorded else [])]
    assert history(store, lab) == expected
    assert [level for level, _text in messages(store, lab)] == (
        ["warn", "error"] if was_recorded else []
    ) or [level for level, _text in messages(store, lab)] == ["error", "warn"]
    assert store.view(lab).revision != before


def _die_at(patch: pytest.MonkeyPatch, place: str, dies_after: bool) -> None:
    real = results.ResultStore._carry
    if place == "statuses" and not dies_after:
        patch.setattr(results, "_update", _die)
    elif place == "statuses":
        patch.setattr(results.ResultStore, "_carry", _die)
    elif place == "pointers":
        patch.setattr(results, "note_reported", _die)
    elif place == "the end":
        patch.setattr(results, "_carried", _die)
    else:

        def carry(self: Any, *what: Any) -> None:
            collections = self._collections
            names = ("statuses", "status_history", "messages")
            self._collections = {name: collections[name] for name in names}
            self._collections[place] = _Dying(collections[place], dies_after)
            try:
                real(self, *what)
            finally:
                self._collections = collections

        patch.setattr(results.ResultStore, "_carry", carry)


def _die(*_what: Any, **_how: Any) -> None:
    raise _DiedError


def test_many_thousand_results_take_few_questions(store: Store, mongo_uri: str, lab: str) -> None:
    """One look-up of objects, one of links and a handful of writes for 200 results."""
    with MongoClient[dict[str, Any]](mongo_uri) as client:
        database = client.get_default_database()
        database.command("profile", 2)
        names: Sequence[str] = [VNIC, LINK] * 100
        store.record_results(lab, [said("ok", number, name) for number, name in enumerate(names)], at=NOW)
        database.command("profile", 0)
        reads = database["system.profile"].count_documents({"op": {"$in": ["query", "command", "getmore"]}})
    assert reads < 20
