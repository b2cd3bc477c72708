"""A real Sensu Go of the tests' own: a backend and agents, on free ports of the loopback address.

- `backend.url`, `.user`, `.password`, `.api_key`, `.ca`: what a client needs
- `backend.ask("GET", "/api/core/v2/namespaces/default/handlers")`: the API, as its administrator
- `backend.events()`: what it knows, by (entity, check)
- `backend.stop()`, `.kill()`, `.start()`: it keeps its ports and its state
- `agent.api_url`, `agent.socket`: where checks post their results
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import requests
from ldap_server import free_port, make_ca

ANSWERS_WITHIN_S = 60
BUILD = Path(__file__).parent / "sensu" / "build"
MEMORY = Path("/dev/shm")  # noqa: S108 -- etcd waits for its disk at each write


@cache
def sensu_programs() -> Path:
    """Return the directory of Sensu's programs, and build them if they are not there."""
    built = subprocess.run([BUILD], stdout=subprocess.PIPE, text=True, check=False)
    assert built.returncode == 0, "these tests need Sensu Go: see what tests/sensu/build said"
    return Path(built.stdout.strip())


def wait_until(answers: Callable[[], Any], what: str, *, within_s: float = ANSWERS_WITHIN_S) -> Any:
    """Ask until the answer is true, and return it; AssertionError says `what` did not come."""
    deadline = time.monotonic() + within_s
    while True:
        try:
            if answer := answers():
                return answer
            last: object = answer
        except requests.RequestException as error:
            last = error
        assert time.monotonic() < deadline, f"{what} within {within_s} s: {last}"
        time.sleep(0.05)


class _Process:
    """A program of Sensu, which is started and stopped by its own process id, and logs to HOME/log.

    `RESTARTED`: what the log says at an end after which it is started again, as systemd does; None: never.
    """

    RESTARTED: str | None = None

    def __init__(self, home: Path) -> None:
        self.home = home
        self.process: subprocess.Popen[bytes] | None = None
        self._lock = Lock()
        home.mkdir(parents=True, exist_ok=True)

    @property
    def log(self) -> str:
        """What it said."""
        return (self.home / "log").read_text()

    def run(self, program: str, options: Mapping[str, Any]) -> None:
        """Start it with a file of options."""
        config = self.home / f"{program}.json"
        config.write_text(json.dumps(options))
        self._launch([sensu_programs() / program, "start", "--config-file", config])

    def _launch(self, command: Sequence[str | Path]) -> None:
        with (self.home / "log").open("ab") as log:
            began = log.tell()
            process = self.process = subprocess.Popen(command, stdout=log, stderr=log)
        if self.RESTARTED:
            Thread(target=self._restart, args=(process, command, began), daemon=True).start()

    def _restart(self, process: subprocess.Popen[bytes], command: Sequence[str | Path], began: int) -> None:
        process.wait()
        with self._lock:
            if self.process is process and self.RESTARTED and self.RESTARTED in self.log[began:]:
                self._launch(command)

    def must_run(self) -> None:
        """AssertionError, with the end of what it said, if it was not started or has ended."""
        assert self.process is not None, "it was not started, or was stopped"
        if self.process.poll() is not None:
            time.sleep(1)  # it may be started again
        assert self.process.poll() is None, f"it ended with {self.process.returncode}: {self.log[-8000:]}"

    def answers(self, url: str, ca: Path | None = None) -> bool:
        """Whether it answers there; AssertionError if it has ended."""
        self.must_run()
        return requests.get(url, verify=str(ca) if ca else True, timeout=5).ok

    def stop(self) -> None:
        """End it in order, if it runs."""
        self._end("terminate")

    def kill(self) -> None:
        """End it as a crash does, if it runs."""
        self._end("kill")

    def _end(self, how: str) -> None:
        with self._lock:
            process, self.process = self.process, None
        if process is not None:
            getattr(process, how)()
            try:
                process.wait(ANSWERS_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@dataclass
class _Ports:
    """The backend's ports."""

    agent: int = field(default_factory=free_port)
    api: int = field(default_factory=free_port)
    dashboard: int = field(default_factory=free_port)
    etcd_client: int = field(default_factory=free_port)
    etcd_peer: int = field(default_factory=free_port)


class SensuBackend(_Process):
    """A backend with its own etcd. With `tls` its API and its agents' port want TLS, by the CA `ca`.

    Sensu 5.18 ends when an agent goes away in the middle of its login: it takes that for a fault of its
    store, and its own restart finds the store's client closed.
    """

    RESTARTED = "backend stopped working and is restarting"

    user = "admin"
    password = "an admin's password #1"

    def __init__(self, *, tls: bool = False) -> None:
        memory = MEMORY if os.access(MEMORY, os.W_OK) else None
        super().__init__(Path(tempfile.mkdtemp(prefix="sensu-backend-", dir=memory)))
        self.ports = _Ports()
        self.ca = make_ca(self.home, "localhost") if tls else None
        self.api_key = ""
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = str(self.ca) if self.ca else True

    @property
    def url(self) -> str:
        """Where its API is."""
        return f"{'https' if self.ca else 'http'}://localhost:{self.ports.api}"

    @property
    def agent_url(self) -> str:
        """Where its agents connect to."""
        return f"{'wss' if self.ca else 'ws'}://localhost:{self.ports.agent}"

    def start(self) -> None:
        """Start it, at first also with its administrator, and wait until it answers."""
        self.run("sensu-backend", self._options())
        if not self.api_key:
            wait_until(self._made, "the backend has its administrator")
        wait_until(lambda: self.answers(f"{self.url}/health", self.ca), "the backend is healthy")
        if not self.api_key:
            self.api_key = self._make_api_key()
            self._session.headers["Authorization"] = f"Key {self.api_key}"

    def remove(self) -> None:
        """Stop it for good."""
        self.stop()
        self._session.close()
        shutil.rmtree(self.home)

    def ask(self, method: str, path: str, document: Any = None, *, status: Sequence[int] = ()) -> Any:
        """Return the API's answer from JSON; AssertionError if it refuses, unless with one of `status`."""

        def answered() -> requests.Response:
            self.must_run()
            return self._session.request(method, self.url + path, json=document, timeout=ANSWERS_WITHIN_S)

        try:
            answer = answered()
        except requests.ConnectionError:
            wait_until(lambda: self.answers(f"{self.url}/health", self.ca), "the backend is there again")
            answer = answered()
        assert answer.ok or answer.status_code in status, (
            f"{method} {path}: {answer.status_code} {answer.text}"
        )
        return answer.json() if answer.content else None

    def events(self, namespace: str = "default") -> dict[tuple[str, str], dict[str, Any]]:
        """Return all events of a namespace, by the names of their entity and their check."""
        found: list[dict[str, Any]] = self.ask("GET", f"/api/core/v2/namespaces/{namespace}/events")
        return {
            (event["entity"]["metadata"]["name"], event["check"]["metadata"]["name"]): event
            for event in found
            if event.get("check")
        }

    def _made(self) -> bool:
        done = subprocess.run(
            [sensu_programs() / "sensu-backend", "init", "--etcd-client-urls", self._etcd_url],
            env=os.environ
            | {
                "SENSU_BACKEND_CLUSTER_ADMIN_USERNAME": self.user,
                "SENSU_BACKEND_CLUSTER_ADMIN_PASSWORD": self.password,
            },
            capture_output=True,
            check=False,
        )
        self.must_run()
        return done.returncode == 0

    def _make_api_key(self) -> str:
        token = self._session.get(f"{self.url}/auth", auth=(self.user, self.password), timeout=30)
        made = self._session.post(
            f"{self.url}/api/core/v2/apikeys",
            json={"username": self.user},
            headers={"Authorization": f"Bearer {token.json()['access_token']}"},
            timeout=30,
        )
        return made.headers["Location"].rpartition("/")[2]

    @property
    def _etcd_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.etcd_client}"

    def _options(self) -> dict[str, Any]:
        peer = f"http://127.0.0.1:{self.ports.etcd_peer}"
        options = {
            "state-dir": str(self.home / "state"),
            "cache-dir": str(self.home / "cache"),
            "agent-host": "127.0.0.1",
            "agent-port": self.ports.agent,
            "api-listen-address": f"127.0.0.1:{self.ports.api}",
            "api-url": self.url,
            "dashboard-host": "127.0.0.1",
            "dashboard-port": self.ports.dashboard,
            "etcd-listen-client-urls": [self._etcd_url],
            "etcd-advertise-client-urls": [self._etcd_url],
            "etcd-listen-peer-urls": [peer],
            "etcd-initial-advertise-peer-urls": [peer],
            "etcd-initial-cluster": f"default={peer}",
        }
        if self.ca:
            options |= {
                "cert-file": str(self.home / "localhost.pem"),
                "key-file": str(self.home / "localhost.key"),
                "trusted-ca-file": str(self.ca),
            }
        return options


class SensuAgent(_Process):
    """A host's agent, connected to `backend`. It takes as many events as come."""

    def __init__(
        self,
        backend: SensuBackend,
        home: Path,
        name: str,
        *,
        namespace: str = "default",
        subscriptions: Sequence[str] = (),
        labels: Mapping[str, str] | None = None,
        annotations: Mapping[str, str] | None = None,
        keepalive_handlers: Sequence[str] = (),
        keepalive_interval_s: int = 20,
        keepalive_timeout_s: int = 120,
        events_rate_limit: float = 1000,
    ) -> None:
        super().__init__(home)
        self.backend, self.name, self.namespace = backend, name, namespace
        self.api_port, self.socket_port = free_port(), free_port()
        self._options = {
            "name": name,
            "namespace": namespace,
            "backend-url": [backend.agent_url],
            "cache-dir": str(home / "cache"),
            "subscriptions": list(subscriptions),
            "labels": dict(labels or {}),
            "annotations": dict(annotations or {}),
            "keepalive-handlers": list(keepalive_handlers),
            "keepalive-interval": keepalive_interval_s,
            "keepalive-warning-timeout": keepalive_timeout_s,
            "api-host": "127.0.0.1",
            "api-port": self.api_port,
            "socket-host": "127.0.0.1",
            "socket-port": self.socket_port,
            "statsd-disable": True,
            "events-rate-limit": events_rate_limit,
            "events-burst-limit": int(events_rate_limit),
            "trusted-ca-file": str(backend.ca or ""),
        }

    def stop(self) -> None:
        """End it, and wait until the backend is well, if it runs: it may have taken the end amiss."""
        super().stop()
        if self.backend.process is not None:
            time.sleep(0.5)
            self.backend.ask("GET", "/api/core/v2/namespaces")

    @property
    def api_url(self) -> str:
        """Where it takes events, at /events."""
        return f"http://127.0.0.1:{self.api_port}"

    @property
    def socket(self) -> tuple[str, int]:
        """Where it takes results as Sensu Core's client does."""
        return ("127.0.0.1", self.socket_port)

    def start(self) -> None:
        """Start it, and wait until the backend heard from it."""
        self.run("sensu-agent", self._options)
        wait_until(lambda: self.answers(f"{self.api_url}/healthz"), "the agent is connected")
        wait_until(lambda: (self.name, "keepalive") in self.backend.events(self.namespace), "it keeps alive")

    def post(self, event: Mapping[str, Any]) -> requests.Response:
        """Post an event as a check does; return how the agent took it."""
        return requests.post(f"{self.api_url}/events", json=event, timeout=30)
