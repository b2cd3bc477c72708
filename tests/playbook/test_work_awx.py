"""Scans that workers have AWX run: real playbooks as jobs of FakeAwx, and every way in which that can end."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from controller import DEMO, ROOT, Controller
from fake_awx import FakeAwx
from ldap_server import free_port
from worker import eventually, scan

from calipso.model.environment import Environment
from calipso.store import Store
from calipso.work.awx import AwxLauncher, awx_token
from calipso.work.launcher import Ended, LaunchError, Task
from calipso.work.manager import Manager

TASK = Task(
    {"id": "1", "environment": "demo", "attempt": 1}, {"calipso_environment": "demo", "calipso_scan_id": "1"}
)
NAME = "Calipso demo: scan"


@pytest.fixture
def awx(tmp_path: Path) -> Iterator[FakeAwx]:
    """An AWX with a job template that scans the recording, and a workflow that does so in parts."""
    with serving(tmp_path) as server:
        yield server


@contextmanager
def serving(home: Path, *, tls: bool = False) -> Iterator[FakeAwx]:
    """Run an AWX that has the templates."""
    with FakeAwx(ROOT, home, tls=tls).running() as awx:
        organization = awx.make("organizations", name="Calipso")
        inventory = awx.make("inventories", name="none", organization=organization)
        project = awx.make("projects", name="Calipso", organization=organization)
        common: dict[str, Any] = {
            "organization": organization,
            "ask_variables_on_launch": True,
            "extra_vars": json.dumps({"calipso_recording": str(DEMO)}),
        }
        ids = {
            playbook: awx.make(
                "job_templates",
                name=NAME if playbook == "scan" else playbook,
                playbook=f"playbooks/{playbook}.yml",
                inventory=inventory,
                project=project,
                **common,
            )
            for playbook in ("scan", "scan_begin", "scan_collect", "scan_publish")
        }
        workflow = awx.make("workflow_job_templates", name="in parts", **common)
        parts = ("scan_publish", "scan_collect", "scan_begin")
        nodes = [
            awx.make(
                "workflow_job_template_nodes",
                workflow_job_template=workflow,
                identifier=part,
                unified_job_template=ids[part],
            )
            for part in parts
        ]
        awx.relations[nodes[2], "success_nodes"] = [nodes[1]]
        awx.relations[nodes[1], "always_nodes"] = [nodes[0]]
        yield awx


@dataclass
class Heard:
    """A watch that notes what it is told."""

    stops: bool = False
    jobs: list[str | None] = field(default_factory=list)
    lines: list[tuple[str, str]] = field(default_factory=list)
    hosts: tuple[int, int, int] = (0, 0, 0)

    def phase(self, _name: str, *, total: int = 0, done: int = 0, failed: int = 0) -> None:
        """Note the numbers."""
        self.hosts = (total, done, failed)

    def say(self, level: str, text: str) -> None:
        """Note a line."""
        self.lines.append((level, text))

    def place(self, artifacts: str | None = None, job: str | None = None) -> None:
        """Note a job."""
        assert artifacts is None
        self.jobs.append(job)

    def must_stop(self) -> bool:
        """Say what was set."""
        return self.stops


class Run(threading.Thread):
    """A launcher that runs, by the side of the test."""

    def __init__(self, awx: FakeAwx, template: str = "Calipso {environment}: scan", **options: Any) -> None:
        super().__init__(daemon=True)
        self.heard = Heard()
        self.ended: Ended | None = None
        self._launcher = AwxLauncher(awx.url, template, awx.token, polled_s=0.05, **options)
        before = len(awx.jobs.all())
        self.start()
        self.job: int = eventually(lambda: awx.jobs.all()[before:], "a job")[0]["id"]

    def run(self) -> None:
        """Run the task."""
        self.ended = self._launcher.run(TASK, self.heard)

    def result(self) -> Ended:
        """Wait for its end, and return how it ended."""
        self.join(30)
        assert self.ended is not None
        return self.ended


@pytest.mark.parametrize("template", ["Calipso {environment}: scan", "in parts"])
def test_a_worker_has_awx_scan(
    awx: FakeAwx, store: Store, mongo_uri: str, controller: Controller, template: str
) -> None:
    awx.jobs.runs = True
    awx.jobs.environment = {"CALIPSO_MONGO_URI": mongo_uri, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    store.create_environment(Environment("demo"))
    asked = store.request_scan("demo", options={}, by="anna", at=datetime.now(UTC))
    Manager(store, AwxLauncher(awx.url, template, awx.token, polled_s=0.2)).run(once=True)
    ended = scan(store, asked["id"])
    assert (ended["status"], ended["errors"]) == ("completed", []), ended["log"]
    assert ended["progress"]["hosts"] == {"total": 4, "done": 4, "failed": 0}
    assert ended["job"].startswith(f"{awx.url}/api/v2/")
    assert ended["artifacts"] is None
    controller.play(environment="other", recording=str(DEMO)).succeeded()
    assert len(controller.export("demo")) == len(controller.export("other")) > 100


def test_a_scan_that_is_aborted_has_its_job_cancelled(awx: FakeAwx, store: Store) -> None:
    store.create_environment(Environment("demo"))
    asked = store.request_scan("demo", options={}, by="anna", at=datetime.now(UTC))
    manager = Manager(store, AwxLauncher(awx.url, NAME, awx.token, polled_s=0.05))
    worker = threading.Thread(target=manager.run, kwargs={"once": True})
    worker.start()
    (job,) = eventually(awx.jobs.all, "a job")
    store.ask_to_abort(asked["id"], by="anna", at=datetime.now(UTC))
    worker.join(30)
    assert (job["status"], scan(store, asked["id"])["status"]) == ("canceled", "aborted")


def test_a_job_is_followed_to_its_end(awx: FakeAwx) -> None:
    run = Run(awx)
    variables = json.loads(awx.jobs.all()[0]["extra_vars"])
    assert variables == {"calipso_recording": str(DEMO), **TASK.variables}
    asks = {"resolved_action": "calipso.topology.host_facts"}
    for number in range(300):  # more than a page
        awx.jobs.tell(run.job, "runner_on_ok", {**asks, "host": f"cmp{number}"})
    eventually(lambda: run.heard.hosts[1] == 300, "all hosts")
    awx.jobs.tell(run.job, "runner_on_unreachable", {**asks, "host": "net1", "res": {"msg": "no route"}})
    eventually(lambda: run.heard.hosts == (0, 300, 1), "a host that failed")
    assert run.heard.lines[-1] == ("error", "net1: no route")
    awx.jobs.end(run.job, "successful")
    assert run.result() == Ended("done")
    assert run.heard.jobs == [f"{awx.url}/api/v2/jobs/{run.job}/"]


@pytest.mark.parametrize(
    ("status", "explanation", "failure", "reasons"),
    [
        ("failed", "", "no such environment", ("no such environment",)),
        ("failed", "", "", ("its job failed without a word",)),
        ("error", "the image cannot be pulled", "", ("the image cannot be pulled",)),
        ("canceled", "", "", ("its job was cancelled in AWX",)),
    ],
)
def test_how_a_job_can_fail(
    awx: FakeAwx, status: str, explanation: str, failure: str, reasons: tuple[str, ...]
) -> None:
    run = Run(awx)
    if failure:
        data = {
            "resolved_action": "calipso.topology.topology",
            "host": "localhost",
            "res": {"msg": failure},
        }
        awx.jobs.tell(run.job, "runner_on_failed", data)
    awx.jobs.end(run.job, status, explanation=explanation)
    assert run.result() == Ended("failed", reasons)


def test_a_worker_that_is_told_to_end_cancels(awx: FakeAwx) -> None:
    run = Run(awx)
    run.heard.stops = True
    assert run.result() == Ended("stopped")
    late = Run(awx)
    awx.jobs.end(late.job, "successful")
    late.heard.stops = True
    assert late.result() == Ended("done")


def test_the_job_of_a_worker_that_died_is_cancelled(awx: FakeAwx) -> None:
    dead = Run(awx)
    task = Task({**TASK.scan, "job": f"{awx.url}/api/v2/jobs/{dead.job}/"}, TASK.variables)
    heard = Heard(stops=True)
    AwxLauncher(awx.url, NAME, awx.token, polled_s=0.05).run(task, heard)
    assert [job["status"] for job in awx.jobs.all()] == ["canceled", "canceled"]
    assert dead.result() == Ended("failed", ("its job was cancelled in AWX",))


def test_awx_may_be_away_for_a_while(tmp_path: Path) -> None:
    with serving(tmp_path) as awx:
        run, brief = Run(awx), Run(awx, patience_s=0.3)
    assert brief.result().result == "failed"
    assert "does not answer" in brief.result().reasons[0]
    assert run.is_alive()
    run.heard.stops = True
    assert run.result() == Ended("stopped")


def refused(url: str, token: str, template: str = NAME, ca: Path | None = None) -> str:
    """Return why nothing could be started."""
    with pytest.raises(LaunchError) as error:
        AwxLauncher(url, template, token, ca).run(TASK, Heard())
    return str(error.value)


def test_what_cannot_be_started_says_why(awx: FakeAwx) -> None:
    assert "does not take the token" in refused(awx.url, "another")
    assert "has no template another" in refused(awx.url, awx.token, "another")
    awx.change(awx.one("workflow_job_templates", "in parts"), ask_variables_on_launch=False)
    assert "does not ask for variables" in refused(awx.url, awx.token, "in parts")
    assert "does not answer: [Errno 111]" in refused(f"http://localhost:{free_port()}", awx.token)
    assert "no address of AWX" in refused("awx.example.org", awx.token)
    assert awx.jobs.all() == []
    assert awx.token not in repr(AwxLauncher(awx.url, NAME, awx.token))


def test_the_token_goes_nowhere_else(awx: FakeAwx) -> None:
    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", awx.url + self.path)
            self.end_headers()

    with HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        assert "(302)" in refused(f"http://localhost:{server.server_port}", awx.token)
    assert awx.jobs.all() == []


def test_tls_is_checked(tmp_path: Path) -> None:
    (tmp_path / "none.pem").write_text("")
    with serving(tmp_path, tls=True) as awx:
        assert "CERTIFICATE_VERIFY_FAILED" in refused(awx.url, awx.token)
        assert "cannot be read as CA" in refused(awx.url, awx.token, ca=tmp_path / "missing.pem")
        by_id = str(awx.one("job_templates", NAME)["id"])
        run = Run(awx, by_id, ca=awx.ca)
        awx.jobs.end(run.job, "successful")
        assert run.result() == Ended("done")


def test_where_the_token_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALIPSO_AWX_TOKEN", "of the environment")
    (tmp_path / "token").write_text("of the file\n")
    assert (awx_token(), awx_token(tmp_path / "token")) == ("of the environment", "of the file")
    with pytest.raises(LaunchError, match="cannot be read"):
        awx_token(tmp_path / "missing")
    monkeypatch.delenv("CALIPSO_AWX_TOKEN")
    with pytest.raises(LaunchError, match="is missing"):
        awx_token()
