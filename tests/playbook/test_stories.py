"""The usage stories, with the clock moved: a snapshot each week; during a change a clique each 10 minutes.

The clouds are recordings of one real cloud before and after a real change.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from shlex import quote
from typing import Any

import pytest
from controller import ROOT

from calipso.model.environment import Environment
from calipso.store import Store
from calipso.work import requests, schedules
from calipso.work.manager import Manager
from calipso.work.runner import Runner

CHANGE = ROOT / "tests" / "recordings" / "change"
BEGAN = datetime(2026, 3, 26, 12, 0, tzinfo=UTC)
"""A Thursday, before clocks are changed in Berlin."""

MINUTE = timedelta(minutes=1)


class Operators:
    """A worker whose time passes as the test says, of a cloud that changes as it says."""

    def __init__(self, store: Store, uri: str, directory: Path) -> None:
        self.store, self.directory, self.now = store, directory, BEGAN
        self.uri = uri

    def work(self, cloud: str, until: datetime) -> list[dict[str, Any]]:
        """Let time pass, a minute at a time, and do what is due; return the scans that ended, in order."""
        runner = Runner(self.directory, extra=[f"calipso_recording={CHANGE / cloud}"])
        manager = Manager(
            self.store, runner, chores=(partial(schedules.run_due, self.store),), clock=lambda: self.now
        )
        known = {scan["id"] for scan in self.store.scans("lab")}
        while self.now < until:
            self.now += MINUTE
            if self.store.due_schedules(self.now):
                manager.run(once=True)
        ended = [scan for scan in self.store.scans("lab") if scan["id"] not in known]
        assert {scan["status"] for scan in ended} <= {"completed"}
        return ended[::-1]

    def differences(self) -> list[str]:
        """Return the messages that tell of differences."""
        told = [message["message"] for message in self.store.messages("lab", {"level": "notice"})]
        return [text for text in told if "Different from" in text]


@pytest.fixture
def operators(store: Store, mongo_uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Operators:
    """Who has an environment `lab`."""
    monkeypatch.setenv("CALIPSO_MONGO_URI", mongo_uri)
    monkeypatch.setenv("ANSIBLE_CONFIG", str(ROOT / "ansible.cfg"))
    store.prepare()
    store.create_environment(Environment("lab"))
    return Operators(store, mongo_uri, tmp_path)


def test_a_snapshot_every_week_tells_what_changed(store: Store, operators: Operators) -> None:
    weekly = {
        "cron": "0 0 * * sun",
        "timezone": "Europe/Berlin",
        "snapshot": "weekly-%Y-%m-%d",
        "compare_with": "previous",
    }
    schedules.add(store, "lab", weekly, options=requests.options(), by="anna", at=BEGAN)
    operators.work("before", BEGAN + timedelta(days=3))
    operators.work("before", BEGAN + timedelta(days=10))
    assert operators.differences() == []
    operators.work("after", BEGAN + timedelta(days=17))
    names = [generation.names for generation in store.generations("lab")]
    assert names == [("weekly-2026-03-29", "weekly-2026-04-05"), ("weekly-2026-04-12",)]
    [told] = operators.differences()
    assert "objects: 1 moved, 5 removed, 5 added, 9 changed; links: 8 removed, 5 added, 6 changed" in told
    assert "from snapshot 'weekly-2026-04-05'" in told


def test_during_a_change_a_clique_every_ten_minutes(store: Store, operators: Operators) -> None:
    first = requests.ask(store, "lab", requests.options(), snapshot="before change 4711", by="anna", at=BEGAN)
    runner = Runner(operators.directory, extra=[f"calipso_recording={CHANGE / 'before'}"])
    Manager(store, runner, clock=lambda: BEGAN).run(once=True)
    assert (store.scan(first["id"]) or {})["status"] == "completed"
    service = next(found for found in store.view("lab").objects(type="vservice") if "green" in found["name"])
    every = {"cron": "*/10 * * * *", "compare_with": "before change 4711", "missed": "skip"}
    options = requests.options(object_id=service["id"])
    schedules.add(store, "lab", every, options=options, by="anna", at=BEGAN)
    quiet = operators.work("before", BEGAN + 21 * MINUTE)
    assert len(quiet) == 2
    assert operators.differences() == []
    loud = operators.work("after", BEGAN + 31 * MINUTE)
    assert [scan["options"]["object_id"] for scan in (*quiet, *loud)] == [service["id"]] * 3
    hosts = {host for scan in quiet for host in scan["options"]["hosts"]}
    assert hosts < {"cmp1", "cmp2", "ctl1", "net1"}, "only its own are asked"
    [told] = operators.differences()
    assert "from snapshot 'before change 4711'" in told
    alone = f"objects: 1 changed. To read: calipso compare --env lab 1 2 --object {quote(service['id'])}"
    assert told.endswith(alone), "what is different elsewhere is left out"
