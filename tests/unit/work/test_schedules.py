"""Schedules: every run that is due is asked for, once, by whichever worker sees it first."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from typing import Any

import pytest

from calipso.model.environment import Environment
from calipso.model.requests import RequestError
from calipso.model.topology import Document, Topology
from calipso.scan.snapshots import keep
from calipso.store import Store, UnknownScheduleError
from calipso.work.requests import options
from calipso.work.schedules import add, change, remove, run_due

NOW = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BERLIN = "Europe/Berlin"
BY = {"by": "anna", "at": NOW}


@pytest.fixture
def blue(store: Store) -> Store:
    """A store with an environment, of which nothing is known yet."""
    store.create_environment(Environment("blue"))
    return store


def scheduled(store: Store, **wanted: Any) -> Document:
    """Schedule scans of environment blue."""
    return add(store, "blue", wanted, options=options(), by="anna", at=NOW)


def end(store: Store, *scans: str) -> None:
    """End scans."""
    for scan in scans:
        store.end_scan(scan, status="completed", counts={}, errors=[], at=NOW)


def run_until(store: Store, begin: datetime, days: int, step: timedelta) -> list[Document]:
    """Move the clock on, and end every scan that is asked for; return them, the first one first."""
    now: datetime = begin
    asked: list[str] = []
    while (now := now + step) <= begin + timedelta(days=days):
        found = run_due(store, now)
        end(store, *found)
        asked += found
    return [scan for scan_id in asked if (scan := store.scan(scan_id))]


def test_a_week_as_operators_use_it(blue: Store) -> None:
    """A snapshot each Sunday at midnight, and, during a change, a clique's scan every 10 minutes."""
    blue.publish("blue", Topology(), at=NOW)
    keep(blue, "blue", "as designed", blue.find_state("blue", "latest"), **BY)
    weekly = scheduled(
        blue,
        name="weekly",
        cron="0 0 * * sun",
        timezone=BERLIN,
        snapshot="week-%G-%V",
        compare_with="as designed",
    )
    assert (weekly["next_run"], weekly["last_run"], weekly["kind"]) == (
        datetime(2026, 1, 3, 23, tzinfo=UTC),
        None,
        "snapshot",
    )
    clique = add(
        blue,
        "blue",
        {"cron": "*/10 * * * *", "compare_with": "previous"},
        options=options(object_id="router-1"),
        **BY,
    )
    scans = run_until(blue, NOW, 1, timedelta(minutes=5))
    change(blue, clique, {"enabled": False}, **BY)
    scans += run_until(blue, NOW + timedelta(days=1), 9, timedelta(hours=1))
    whole = [scan for scan in scans if scan["schedule"] == weekly["id"]]
    assert [(scan["options"]["snapshot"], scan["options"]["compare_with"]) for scan in whole] == [
        ("week-2026-01", "as designed"),
        ("week-2026-02", "as designed"),
    ]
    parts = [scan for scan in scans if scan["schedule"] == clique["id"]]
    assert len(parts) == 24 * 6
    assert all(
        scan["options"] == options(object_id="router-1") | {"snapshot": None, "compare_with": "previous"}
        for scan in parts
    )
    assert {scan["submitted_by"] for scan in scans} == {"anna"}
    [found] = blue.scheduled_scans("blue", {"name": "weekly"})
    assert found["last_run"] == {"scan": whole[-1]["id"], "at": datetime(2026, 1, 10, 23, tzinfo=UTC)}
    assert found["next_run"] == datetime(2026, 1, 17, 23, tzinfo=UTC)


def test_a_snapshot_is_compared_with_the_one_before(blue: Store) -> None:
    scheduled(blue, freq="DAILY", snapshot="day-%d", compare_with="previous")
    compared = []
    for day in range(1, 4):
        [scan_id] = run_due(blue, NOW + timedelta(days=day))
        scan = blue.scan(scan_id)
        assert scan is not None
        compared.append(scan["options"]["compare_with"])
        number = blue.publish("blue", Topology(), at=NOW, scan_id=scan_id).generation
        if day != 2:
            blue.name_generation("blue", number, scan["options"]["snapshot"])
        end(blue, scan_id)
    assert compared == ["previous", "day-03", "previous"], "that of day 2 is not kept"


@pytest.mark.parametrize(("missed", "late", "asked"), [("run", 999, 1), ("skip", 999, 0), ("skip", 4, 1)])
def test_runs_that_no_worker_saw(blue: Store, missed: str, late: int, asked: int) -> None:
    """Of those that were missed the last one is made up for, or none; then it goes on as before."""
    made = scheduled(blue, freq="HOURLY", missed=missed)
    now = NOW.replace(microsecond=0) + timedelta(days=3, minutes=late % 60)
    found = run_due(blue, now)
    assert len(found) == asked
    assert run_due(blue, now) == []
    [after] = blue.scheduled_scans("blue")
    assert after["next_run"] == NOW.replace(microsecond=0) + timedelta(days=3, hours=1)
    last = NOW.replace(microsecond=0) + timedelta(days=3)
    assert after["last_run"] == ({"scan": found[0], "at": last} if asked else None)
    told = [message["message"] for message in blue.messages("blue", {"level": "warn"})]
    assert [made["id"] in text and "missed its run" in text for text in told] == [True] * (1 - asked)


def test_runs_do_not_pile_up(blue: Store) -> None:
    scheduled(blue, name="often", cron="* * * * *")
    [waiting] = run_due(blue, NOW + MINUTE)
    assert [run_due(blue, NOW + number * MINUTE) for number in range(2, 5)] == [[], [], []]
    [message] = blue.messages("blue", {"level": "warn"})
    assert "'often' leaves out runs" in message["message"]
    end(blue, waiting)
    assert len(run_due(blue, NOW + 5 * MINUTE)) == 1


def test_one_that_is_paused_changed_or_removed(blue: Store) -> None:
    made = scheduled(blue, freq="DAILY")
    assert change(blue, made, {"enabled": False}, **BY)["next_run"] is None
    assert run_due(blue, NOW + timedelta(days=2)) == []
    later = {"by": "anna", "at": NOW + timedelta(days=2)}
    resumed = change(blue, made, {"enabled": True}, **later)
    assert resumed["next_run"] == NOW.replace(microsecond=0) + timedelta(days=3)
    cron = change(blue, resumed, {"cron": "0 0 * * *", "timezone": BERLIN}, **later)
    assert (cron["freq"], cron["next_run"]) == (None, datetime(2026, 1, 4, 23, tzinfo=UTC))
    named = change(blue, cron, {"name": "nightly"}, by="anna", at=NOW + timedelta(days=9))
    assert named["next_run"] == cron["next_run"], "a run that is due is not lost"
    with pytest.raises(RequestError, match="either a freq"):
        change(blue, named, {"freq": "DAILY", "cron": "0 0 * * *"}, **BY)
    remove(blue, named, **BY)
    with pytest.raises(UnknownScheduleError):
        remove(blue, named, **BY)
    with pytest.raises(UnknownScheduleError):
        change(blue, named, {"name": None}, **BY)
    assert run_due(blue, NOW + timedelta(days=30)) == []


def test_an_environment_without_configuration_rests(blue: Store) -> None:
    blue.publish("blue", Topology(), at=NOW)
    scheduled(blue, freq="HOURLY")
    blue.delete_environment("blue", "keep")
    assert run_due(blue, NOW + timedelta(hours=2)) == []
    assert "no configuration" in blue.messages("blue", {"level": "warn"})[0]["message"]


def test_one_that_cannot_run_stops_no_other(blue: Store) -> None:
    broken = scheduled(blue, freq="HOURLY")
    blue.change_schedule(broken["id"], {"timezone": "Europe/Atlantis"})
    scheduled(blue, freq="HOURLY")
    assert len(run_due(blue, NOW + timedelta(hours=2))) == 1
    assert "no time zone 'Europe/Atlantis'" in blue.messages("blue", {"level": "warn"})[0]["message"]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({}, "either a frequency"),
        ({"freq": "DAILY", "timezone": "Berlin"}, "IANA name"),
        ({"freq": "DAILY", "snapshot": "daily"}, "two runs would make"),
        ({"freq": "HOURLY", "snapshot": "day %Y %m %d"}, "two runs would make"),
        ({"freq": "DAILY", "snapshot": "%Y-%m-%d"}, "it is a time"),
        ({"freq": "DAILY", "snapshot": "%s %Q"}, "and no %s"),
        ({"freq": "DAILY", "snapshot": "day %j%"}, "and no %"),
        ({"freq": "DAILY", "compare_with": "as designed"}, "no snapshot 'as designed'"),
    ],
)
def test_what_is_not_right_is_told(blue: Store, wanted: Mapping[str, Any], said: str) -> None:
    with pytest.raises(RequestError, match=said):
        scheduled(blue, **wanted)
    assert blue.scheduled_scans(None) == []


class Dying(Store):
    """A worker's store, whose worker dies after it asked for a scan."""

    def advance_schedule(self, *_args: Any, **_more: Any) -> bool:
        """Die."""
        raise SystemExit


def test_a_run_is_asked_for_once_though_its_worker_died_then(blue: Store, mongo_uri: str) -> None:
    made = scheduled(blue, freq="HOURLY")
    now = NOW + timedelta(hours=1)
    with Dying.open(mongo_uri) as dying, pytest.raises(SystemExit):
        run_due(dying, now)
    [scan] = blue.scans("blue")
    assert run_due(blue, now) == []
    [found] = blue.scheduled_scans("blue", {"id": made["id"]})
    assert found["last_run"]["scan"] == scan["id"]
    assert found["next_run"] > now
    assert blue.scans("blue") == [scan]


def keep_running(uri: str, begin: int, ticks: int, meeting: Any) -> None:
    """Ask for what is due, at each tick at the same moment as others do."""
    with Store.open(uri) as store:
        for tick in range(begin, begin + ticks):
            meeting.wait()
            run_due(store, NOW + tick * MINUTE)
            meeting.wait()


def test_many_workers_ask_for_each_run_once(blue: Store, mongo_uri: str) -> None:
    """Four at a time, for an hour in which every minute something is due."""
    lines = ("* * * * *", "*/2 * * * *", "*/5 * * * *", "7 * * * *")
    made = [scheduled(blue, cron=line)["id"] for line in lines]
    context = get_context("fork")
    meeting = context.Barrier(5)
    workers = [context.Process(target=keep_running, args=(mongo_uri, 1, 60, meeting)) for _worker in range(4)]
    for worker in workers:
        worker.start()
    for _tick in range(60):
        meeting.wait(30)
        meeting.wait(30)
        end(blue, *(scan["id"] for scan in blue.scans("blue", {"status": "pending"})))
    for worker in workers:
        worker.join()
    asked = Counter(scan["schedule"] for scan in blue.scans("blue"))
    assert [asked[each] for each in made] == [60, 30, 12, 1]


def run_for_ever(uri: str, at: datetime) -> None:
    """Be a worker, until it is killed."""
    with Store.open(uri) as store:
        while True:
            run_due(store, at)


def test_no_run_is_lost_or_asked_for_twice_in_random_kills(blue: Store, mongo_uri: str) -> None:
    """Three workers, of which one or another is killed all the time."""
    draw = random.Random(5)  # noqa: S311 - which one is killed
    context = get_context("fork")
    now = NOW + timedelta(hours=1)

    def begin() -> BaseProcess:
        worker = context.Process(target=run_for_ever, args=(mongo_uri, now))
        worker.start()
        return worker

    workers = [begin() for _worker in range(3)]
    made: list[str] = []
    try:
        for _kill in range(25):
            made += [scheduled(blue, freq="HOURLY")["id"] for _schedule in range(8)]
            time.sleep(draw.random() * 0.03)
            place = draw.randrange(3)
            os.kill(workers[place].pid or 0, signal.SIGKILL)
            workers[place].join()
            workers[place] = begin()
    finally:
        for worker in workers:
            worker.kill()
            worker.join()
    run_due(blue, now)
    scans = blue.scans("blue")
    assert Counter(scan["schedule"] for scan in scans) == dict.fromkeys(made, 1)
    ran = {each["id"]: each["last_run"]["scan"] for each in blue.scheduled_scans("blue")}
    assert ran == {scan["schedule"]: scan["id"] for scan in scans}
