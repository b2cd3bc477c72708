"""`calipso scan` and `calipso schedule`: asking for scans from the command line."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from cli_cloud import NOW, Calipso

from calipso.cli.following import STATUSES
from calipso.model.environment import Environment
from calipso.work.launcher import Ended, Task, Watch
from calipso.work.manager import Manager
from calipso.work.schedules import run_due


@contextmanager
def working(calipso: Calipso, status: str) -> Iterator[None]:
    """Have a worker run scans that end with a status, meanwhile."""
    with calipso.store() as store:

        class Scripted:
            def run(self, task: Task, watch: Watch) -> Ended:
                watch.phase("asking the hosts", total=3, done=1, failed=1)
                watch.say("warn", "cmp2: \x1b[31mis away")
                if status != "aborted":
                    time.sleep(1.2)
                    errors = [] if status == "completed" else ["cmp2 is away"]
                    store.end_scan(task.scan["id"], status=status, counts={}, errors=errors, at=NOW)
                    return Ended("done")
                calipso("scan", "abort", task.scan["id"])
                while not watch.must_stop():
                    time.sleep(0.1)
                return Ended("stopped")

        manager = Manager(store, Scripted(), pause_s=0.1)
        thread = threading.Thread(target=manager.run)
        thread.start()
        try:
            yield
        finally:
            manager.stop()
            thread.join()


@pytest.mark.parametrize("status", list(STATUSES))
def test_a_scan_is_asked_for_and_waited_for(own: Calipso, status: str) -> None:
    with working(own, status):
        ran = own("scan", "request", "--env", "lab", "--wait")
    assert ran.status == STATUSES[status]
    assert ran.lines()[-1].endswith(f" is {status.replace('_', ' ')}.")
    assert "asking the hosts: 1 of 3 hosts, 1 failed" in ran.err
    assert "warn: cmp2: \\x1b[31mis away" in ran.err
    assert ("cmp2 is away" in ran.out) is (status in ("completed_with_errors", "failed"))


def test_a_scan_is_asked_for_shown_listed_and_aborted(own: Calipso) -> None:
    with own.store() as store:
        web = next(iter(store.view("lab").objects({"name": "web-0"})))["id"]
    made = own("scan", "request", "--object", "web-0", "--only", "inventory", "--snapshot", "pre", "--json")
    assert made.status == 0, made
    assert made.json["options"] == {
        "object_id": web,
        "only": "inventory",
        "clear": False,
        "log_level": "info",
        "snapshot": "pre",
        "compare_with": None,
    }
    scan = made.json["id"]
    assert own("scan", "show", scan, "--json").json == made.json
    shown = own("scan", "show", scan).lines()
    assert "status pending" in shown
    assert f"options object_id={web}, only=inventory, log_level=info, snapshot=pre" in shown
    assert own("scan", "list", "--json").json[0]["id"] == scan
    assert own("scan", "abort", scan).out == f"Scan {scan} is aborted.\n"
    again = own("scan", "abort", scan)
    assert (again.status, "has ended: it is aborted" in again.err) == (1, True)
    unknown = own("scan", "show", "none")
    assert (unknown.status, "calipso scan list" in unknown.err) == (1, True)
    noted = [each["message"] for each in own("messages", "--level", "notice", "--json").json]
    assert f"Scan {scan} was aborted." in noted


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["scan", "request", "--only", "links", "--object", "web-0"], "asks nobody"),
        (["scan", "request", "--only", "links", "--clear"], "clear forgets"),
        (["scan", "request", "--snapshot", "4711"], "it is a number"),
        (["scan", "request", "--compare-with", "as dreamt"], "no snapshot 'as dreamt'"),
        (["schedule", "add"], "either a frequency"),
        (["schedule", "add", "--cron", "0 0 * * someday"], "bad day-of-week"),
        (["schedule", "add", "--freq", "daily", "--timezone", "Berlin"], "IANA name"),
        (["schedule", "add", "--freq", "daily", "--snapshot", "same"], "two runs would make"),
    ],
)
def test_what_is_not_right_is_wrong_usage(calipso: Calipso, words: list[str], said: str) -> None:
    ran = calipso(*words)
    assert (ran.status, ran.out, said in ran.err) == (2, "", True), ran
    assert ran.err.count("\n") == 1


@pytest.fixture
def heeds_interrupts() -> Iterator[None]:
    """What is started takes SIGINT as at a terminal, also where the tests run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeds_interrupts")
def test_who_stops_waiting_is_told_that_the_scan_goes_on(own: Calipso) -> None:
    process = subprocess.Popen(
        own.command("scan", "request", "--wait"), env=own.variables, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    assert "is asked for" in process.stderr.readline()
    time.sleep(0.5)
    os.kill(process.pid, signal.SIGINT)
    assert "the scan goes on" in process.stderr.read()
    assert process.wait(30) == 1
    with own.store() as store:
        assert store.scans("lab")[0]["status"] == "pending"


def test_scans_are_scheduled(own: Calipso) -> None:
    with own.store() as store:
        store.create_environment(Environment("quiet"))
    env = ("--env", "lab")
    assert own("schedule", "list", *env).out == "There are no scheduled scans.\n"
    weekly = ["--cron", "0 0 * * sun", "--timezone", "Europe/Berlin", "--snapshot", "weekly-%Y-%m-%d"]
    made = own("schedule", "add", *env, "--name", "weekly", *weekly, "--compare-with", "previous")
    assert made.status == 0, made
    clique = own("schedule", "add", *env, "--freq", "hourly", "--object", "web-0", "--missed", "skip")
    assert clique.status == 0, clique
    first, second = own("schedule", "list", *env, "--json").json
    assert (first["missed"], second["name"], second["kind"]) == ("skip", "weekly", "snapshot")
    assert second["id"] in made.out
    assert second["next_run"].replace("T", " ").replace(".000", "") in made.out
    rows = own("schedule", "list", *env).lines()
    assert rows[-1].endswith("snapshot=weekly-%Y-%m-%d, compare_with=previous")
    assert "0 0 * * sun Europe/Berlin" in rows[-1]
    assert own("schedule", "list", "--env", "quiet", "--json").json == []

    with own.store() as store:
        run_due(store, datetime.fromisoformat(first["next_run"]).astimezone(UTC))
        [scan] = store.scans("lab", {"schedule": first["id"]})
    assert own("scan", "show", scan["id"], "--json").json["schedule"] == first["id"]
    assert own("schedule", "pause", *env, "weekly").out == "Scheduled scan weekly is paused.\n"
    assert "paused" in own("schedule", "list", *env).lines()[-1]
    assert "runs at" in own("schedule", "resume", *env, second["id"]).out
    assert own("schedule", "remove", *env, "weekly").status == 0
    gone = own("schedule", "remove", *env, "weekly")
    assert (gone.status, "calipso schedule list" in gone.err) == (1, True)
    assert [each["id"] for each in own("schedule", "list", *env, "--json").json] == [first["id"]]
