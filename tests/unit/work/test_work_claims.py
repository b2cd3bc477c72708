"""Claims: every scan that is asked for is run, once, whatever becomes of its workers."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from multiprocessing.process import BaseProcess

import pytest

from calipso.store import LeaseLostError, Store, UnknownScanError
from calipso.work.launcher import Ended, LaunchError, Task, Watch
from calipso.work.manager import Manager

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
WORKER = {"name": "one", "host": "h", "pid": 1}
OTHER = {"name": "two", "host": "h", "pid": 2}
KILLS = 200


def ask(store: Store, environment: str = "blue", second: int = 0) -> str:
    """Ask for a scan; return its id."""
    scan = store.request_scan(environment, options={}, by="anna", at=NOW + timedelta(seconds=second))
    return str(scan["id"])


def test_the_oldest_of_each_environment_is_claimed(store: Store) -> None:
    first, next_one, other = ask(store), ask(store, second=1), ask(store, "green", 2)
    with store.claim_scan(WORKER, at=NOW) as one, store.claim_scan(OTHER, at=NOW) as two:  # type: ignore[union-attr]
        assert (one.scan["id"], two.scan["id"]) == (first, other)
        assert (one.scan["status"], one.scan["worker"], one.scan["attempt"]) == ("running", WORKER, 1)
        assert one.scan["started_at"] == NOW
        assert store.claim_scan(WORKER, at=NOW) is None
        one.end("completed", [], at=NOW)
        assert store.claim_scan(WORKER, at=NOW) is None, "its turn is not let go yet"
    claimed = store.claim_scan(WORKER, at=NOW)
    assert claimed is not None
    assert claimed.scan["id"] == next_one
    left = store.claim_scan(OTHER, at=NOW)
    assert left is not None
    assert (left.scan["id"], left.scan["attempt"]) == (other, 2), "its worker let it go without an end"


def test_what_a_worker_tells_is_in_the_scan(store: Store) -> None:
    scan = ask(store)
    with store.claim_scan(WORKER, at=NOW) as claim:  # type: ignore[union-attr]
        for part in range(3):
            lines = [{"at": NOW, "level": "info", "text": f"line {part}.{n}"} for n in range(100)]
            claim.report(progress={"phase": "asking"}, log=lines, artifacts="h:/runs/1")
        claim.report(job="https://awx/jobs/7")
        claim.end("failed", ["no \ud800 idea"], at=NOW)
    found = store.scan(scan)
    assert found is not None
    assert [found["log"][0]["text"], found["log"][-1]["text"]] == ["line 1.0", "line 2.99"]
    assert (found["progress"], found["artifacts"], found["job"]) == (
        {"phase": "asking"},
        "h:/runs/1",
        "https://awx/jobs/7",
    )
    assert (found["status"], len(found["errors"])) == ("failed", 1)


def test_who_was_taken_over_changes_nothing_more(store: Store) -> None:
    scan = ask(store)
    late = store.claim_scan(WORKER, at=NOW, term=0.1)
    assert late is not None
    time.sleep(0.2)
    with store.claim_scan(OTHER, at=NOW) as claim:  # type: ignore[union-attr]
        assert (claim.scan["id"], claim.scan["attempt"]) == (scan, 2)
        for change in (
            lambda: late.end("failed", ["late"], at=NOW),
            lambda: late.report(artifacts="late"),
            late.give_back,
            late.renew,
        ):
            with pytest.raises(LeaseLostError):
                change()
        claim.end("completed", [], at=NOW)
    late.__exit__(None, None, None)
    found = store.scan(scan)
    assert found is not None
    assert (found["status"], found["artifacts"], found["errors"]) == ("completed", None, [])


def test_aborting(store: Store) -> None:
    waiting = ask(store)
    assert store.ask_to_abort(waiting, by="anna", at=NOW)["status"] == "aborted"
    with pytest.raises(ValueError, match="has ended: it is aborted"):
        store.ask_to_abort(waiting, by="anna", at=NOW)
    with pytest.raises(UnknownScanError):
        store.ask_to_abort("none", by="anna", at=NOW)
    store.start_scan("blue", scan_id="by-hand", options={}, at=NOW)
    with pytest.raises(ValueError, match="not started by a worker"):
        store.ask_to_abort("by-hand", by="anna", at=NOW)
    running = ask(store)
    with store.claim_scan(WORKER, at=NOW) as claim:  # type: ignore[union-attr]
        assert store.ask_to_abort(running, by="anna", at=NOW)["status"] == "running"
        assert claim.renew()["abort"]["by"] == "anna"


class Scripted:
    """A launcher that does what the test says."""

    def __init__(self, result: Ended | Exception) -> None:
        self.result = result
        self.tasks: list[Task] = []

    def run(self, task: Task, watch: Watch) -> Ended:
        """Note the task, and end as it was told."""
        self.tasks.append(task)
        watch.say("info", "it begins")
        if isinstance(self.result, Exception):
            raise self.result
        while self.result.result == "stopped" and not watch.must_stop():
            time.sleep(0.05)
        return self.result


@pytest.mark.parametrize(
    ("result", "status", "errors"),
    [
        (Ended("failed", ("ssh is away",)), "failed", ["ssh is away"]),
        (Ended("done"), "failed", ["its playbook ended well, and published nothing"]),
        (LaunchError("no playbook here"), "failed", ["no playbook here"]),
    ],
)
def test_a_run_that_ends_without_an_end_of_its_scan(
    store: Store, result: Ended | Exception, status: str, errors: list[str]
) -> None:
    scan = ask(store)
    launcher = Scripted(result)
    assert Manager(store, launcher).work()
    assert not Manager(store, launcher).work()
    found = store.scan(scan)
    assert found is not None
    assert (found["status"], found["errors"]) == (status, errors)
    assert [line["text"] for line in found["log"]] == ["it begins"]
    assert launcher.tasks[0].variables["calipso_scan_id"] == scan


def test_a_worker_that_is_told_to_end_gives_its_scan_back(store: Store) -> None:
    scan = ask(store)
    manager = Manager(store, Scripted(Ended("stopped")), chores=(lambda _at: None,))
    manager.stop()
    manager.work()
    found = store.scan(scan)
    assert found is not None
    assert (found["status"], found["worker"]) == ("pending", None)


def keep_working(uri: str) -> None:
    """Be a worker that ends its scans by itself, until it is killed."""
    with Store.open(uri) as store:

        class Ending:
            def run(self, _task: Task, watch: Watch) -> Ended:
                for _part in range(3):
                    watch.phase("asking the hosts")
                    time.sleep(random.random() * 0.02)  # noqa: S311 - anything
                    if watch.must_stop():
                        return Ended("stopped")
                return Ended("failed", (f"ended by {os.getpid()}",))

        Manager(store, Ending(), pause_s=0.02, term_s=2).run()


def test_no_request_is_lost_or_done_twice_in_random_kills(store: Store, mongo_uri: str) -> None:
    """Three workers, of which one or another is killed all the time, while scans are asked for."""
    store.prepare()
    context = get_context("fork")
    draw = random.Random(5)  # noqa: S311 - which one is killed

    def begin() -> BaseProcess:
        worker = context.Process(target=keep_working, args=(mongo_uri,))
        worker.start()
        return worker

    workers = [begin() for place in range(3)]
    asked: list[str] = []
    try:
        for kill in range(KILLS):
            asked.append(ask(store, f"env{kill % 7}", kill))
            time.sleep(draw.random() * 0.1)
            place = draw.randrange(3)
            os.kill(workers[place].pid or 0, signal.SIGKILL)
            workers[place].join()
            workers[place] = begin()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and store.scans(None, {"status": ["pending", "running"]}):
            time.sleep(0.2)
    finally:
        for worker in workers:
            worker.kill()
            worker.join()
    scans = {scan["id"]: scan for scan in store.scans(None, limit=None)}
    assert Counter(scan["status"] for scan in scans.values()) == {"failed": KILLS}
    assert set(scans) == set(asked)
    assert all(len(scan["errors"]) == 1 for scan in scans.values())
    taken_over = [scan for scan in scans.values() if scan["attempt"] > 1]
    assert taken_over, "no worker was killed in the middle of a scan"
