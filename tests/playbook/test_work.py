"""Workers run what is asked for, by the real playbook; one is killed, aborted, ended in the middle."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from api_server import PASSWORD, serving
from controller import DEMO, Controller
from worker import Worker, eventually, scan

from calipso.accounts import Accounts
from calipso.model.environment import Environment
from calipso.store import Store

ENDED = ("completed", "completed_with_errors", "failed", "aborted")


@pytest.fixture
def workers(mongo_uri: str, tmp_path: Path) -> Iterator[Callable[..., Worker]]:
    """Starts workers, by their name."""
    started: list[Worker] = []

    def start(name: str, *options: str) -> Worker:
        started.append(Worker(mongo_uri, tmp_path, name, *options))
        return started[-1]

    yield start
    for worker in started:
        worker.end(signal.SIGKILL)


@pytest.fixture
def asked(store: Store) -> str:
    """The id of a scan of environment `demo` that was asked for."""
    store.prepare()
    store.create_environment(Environment("demo"))
    found = store.request_scan("demo", options={}, by="anna", at=datetime.now(UTC))
    return str(found["id"])


def is_asking(store: Store, id_: str) -> bool:
    """Say whether a scan is in the middle."""
    return (scan(store, id_)["progress"] or {}).get("phase") == "asking the hosts"


def exported(store: Store) -> list[dict[str, Any]]:
    """Return all that is published of `demo`, less the times."""
    found = store.view("demo").export()
    return [{name: value for name, value in each.items() if name != "last_scanned"} for each in found]


def test_a_request_by_the_api(
    store: Store, mongo_uri: str, workers: Callable[..., Worker], controller: Controller
) -> None:
    """It is seen how it goes, and what comes is what the playbook makes by hand."""
    store.prepare()
    Accounts(store).add_user("anna", PASSWORD, role="user")
    store.create_environment(Environment("demo", user="anna"))
    workers("one")
    phases: list[str] = []
    with serving(mongo_uri, "--workers", "1") as api:
        token = api.log_in("anna")
        asked = api.ask("POST", "/scans", token, json={"env_name": "demo"}).json()["id"]

        def ended() -> Any:
            found = api.get("/scans", token, id=asked)
            phases.append((found["progress"] or {}).get("phase", found["status"]))
            return found if found["status"] in ENDED else None

        found = eventually(ended, "the scan ends")
    assert (found["status"], found["errors"]) == ("completed", [])
    assert "asking the hosts" in phases
    # the playbook publishes; the worker's last word on it comes right after
    eventually(
        lambda: any("Generation 1" in line["text"] for line in scan(store, asked)["log"]), "the last word"
    )
    progress = scan(store, asked)["progress"]
    assert progress["hosts"] == {"total": 4, "done": 4, "failed": 0}
    run = Path(found["artifacts"].partition(":")[2]) / "artifacts" / "run"
    shown = (run / "stdout").read_text()
    assert "PLAY RECAP" in shown
    assert "\33" not in shown  # what is drawn between ansible-runner's events destroys some of them
    assert "env" not in json.loads((run / "command").read_text())
    controller.play(
        "playbooks/scan.yml", environment="demo", inventory="by-hand", recording=str(DEMO)
    ).succeeded()
    with Store.open(mongo_uri, "by-hand") as by_hand:
        assert exported(store) == exported(by_hand)


def test_a_worker_that_is_killed_is_succeeded(
    store: Store, asked: str, workers: Callable[..., Worker]
) -> None:
    started = {name: workers(name) for name in ("one", "two", "three")}
    eventually(lambda: is_asking(store, asked), "the scan is in the middle")
    first = scan(store, asked)["worker"]["name"]
    started[first].end(signal.SIGKILL)
    found = eventually(
        lambda: (now := scan(store, asked))["status"] in ENDED and now, "another one finishes it"
    )
    assert (found["status"], found["attempt"]) == ("completed", 2)
    assert found["worker"]["name"] != first
    assert [generation.number for generation in store.generations("demo")] == [1]
    assert [each["id"] for each in store.scans("demo")] == [asked]


def test_abort(store: Store, asked: str, workers: Callable[..., Worker]) -> None:
    worker = workers("one")
    eventually(lambda: is_asking(store, asked), "the scan is in the middle")
    store.ask_to_abort(asked, by="bert", at=datetime.now(UTC))
    found = eventually(lambda: (now := scan(store, asked))["status"] in ENDED and now, "it ends")
    assert (found["status"], found["errors"]) == ("aborted", ["aborted by bert"])
    assert store.generations("demo") == []
    later = store.request_scan("demo", options={}, by="anna", at=datetime.now(UTC))["id"]
    eventually(lambda: scan(store, later)["status"] == "completed", "the worker works on")
    assert worker.process.poll() is None


def test_a_worker_that_is_told_to_end_gives_back(
    store: Store, asked: str, workers: Callable[..., Worker]
) -> None:
    worker = workers("one")
    eventually(lambda: is_asking(store, asked), "the scan is in the middle")
    assert worker.end() == 0
    assert scan(store, asked)["status"] == "pending"
    assert workers("two", "--once").process.wait(120) == 0
    assert scan(store, asked)["status"] == "completed"


def test_a_scan_that_cannot_be_done_says_why(
    store: Store, workers: Callable[..., Worker], tmp_path: Path
) -> None:
    store.prepare()
    store.create_environment(Environment("demo"))
    at = datetime.now(UTC)
    options = {"object_id": "no-such-thing"}
    bad = store.request_scan("demo", options=options, by="anna", at=at)["id"]
    assert workers("one", "--once").process.wait(120) == 0
    found = scan(store, bad)
    assert found["status"] == "failed"
    assert "scan it first" in found["errors"][0]
    other = store.request_scan("demo", options={}, by="anna", at=at)["id"]
    missing = f"calipso_recording={tmp_path / 'away'}"
    assert workers("two", "--once", "-e", missing).process.wait(120) == 0
    found = scan(store, other)
    assert found["status"] == "failed"
    assert "away" in found["errors"][0]
