"""Many results a second through real agents, a real backend and the handler: Calipso gets what changes, and
after each of them was killed in the middle it knows every object's last status.
"""

from __future__ import annotations

import os
import random
import re
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from uuid import uuid4

import pytest
from api_server import AT, cloud, fill, serving
from handler_host import HandlerHost
from ldap_server import free_port
from result_feed import Feed, HostFeed
from sensu_pipeline import give_events_to, log_of
from sensu_server import SensuAgent, SensuBackend, wait_until

from calipso.build.registry import default_registry
from calipso.model.topology import Document
from calipso.store import Store

RATE = float(os.environ.get("CALIPSO_RESULTS_PER_SECOND", "400"))
STEADY_S = float(os.environ.get("CALIPSO_RESULTS_SECONDS", "8"))
HAS_AGENTS = os.environ.get("CALIPSO_RESULTS_THROUGH", "agents") == "agents"
INSTANCES = int(os.environ.get("CALIPSO_RESULTS_INSTANCES", "60"))
CHANGE = 0.01
DOWN_S = 5
HOSTS = 4
WORDS = ("ok", "warning", "error")


class Scene:
    """Calipso, Sensu with an agent for each host, and the results of all objects that have a check."""

    def __init__(self, uri: str, directory: Path, running: ExitStack) -> None:
        self.port = free_port()
        self.uri = uri
        self.running = running
        self.store = running.enter_context(Store.open(uri))
        self.store.prepare()
        fill(self.store)
        fields = default_registry().search_fields
        self.store.publish("blue", cloud("blue", HOSTS, INSTANCES), at=AT, search_fields=fields)
        self.serve()
        self.host = HandlerHost(directory, self.api.address, self.api.log_in("editor"))
        self.backend = SensuBackend()
        running.callback(self.backend.remove)
        self.backend.start()
        self.feed = Feed([self.feed_of(*found) for found in self.objects().items()])

    def serve(self) -> None:
        """Serve Calipso's API, always at the same port."""
        bind = f"127.0.0.1:{self.port}"
        self.api = self.running.enter_context(serving(self.uri, "--workers", "1", "--bind", bind))

    def objects(self) -> dict[str, list[Document]]:
        """Return the objects that have a check, by their host."""
        found = defaultdict(list)
        for each in self.store.view("blue").objects():
            if each["type"] in ("vnic", "vconnector", "instance"):
                found[each["host"]].append(each)
        return found

    def feed_of(self, name: str, objects: list[Document]) -> HostFeed:
        """Start a host's agent; or have its results go to the backend itself."""
        chance = random.Random(name)  # noqa: S311 - a test's
        if not HAS_AGENTS:
            return HostFeed(self.backend.ports.api, objects, chance, name, self.backend.api_key)
        marks = {"calipso_id": name, "calipso_environment": "blue"}
        agent = SensuAgent(
            self.backend,
            self.host.directory / name,
            name,
            annotations=marks,
            keepalive_handlers=["calipso"],
            keepalive_interval_s=2,
            events_rate_limit=10 * RATE,
        )
        self.running.callback(agent.stop)
        agent.start()
        return HostFeed(agent.api_port, objects, chance)

    def delivered(self) -> int:
        """Return how many events the handler's processes say that Calipso took."""
        said = log_of(self.host).read_text() if log_of(self.host).exists() else ""
        return sum(int(number) for number in re.findall(r"calipso: (\d+) events delivered", said))

    def handlers(self) -> list[int]:
        """Return the processes of the handler that the backend has started, and that run."""
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if str(self.host.config) in (path / "environ").read_text(errors="replace"):
                    found.append(int(path.name))
        return found

    def settle(self) -> None:
        """Wait until nothing is under way."""
        calm_since, before = time.monotonic(), -1
        while time.monotonic() - calm_since < 2:
            if self.delivered() != before or self.handlers():
                before, calm_since = self.delivered(), time.monotonic()
            time.sleep(0.1)

    def wrong(self) -> dict[str, tuple[str, str | None]]:
        """Return the objects whose status is not that of their last result: id -> (that, the status)."""
        known = {found["id"]: found["status"] for found in self.store.statuses("blue")}
        last = {key: WORDS[status] for key, status in self.feed.last.items()}
        return {key: (word, known.get(key)) for key, word in last.items() if known.get(key) != word}


@pytest.fixture
def scene(mongo_server: str, tmp_path: Path) -> Iterator[Scene]:
    """A scene where Sensu runs no handler yet."""
    with ExitStack() as running:
        yield Scene(f"{mongo_server.rpartition('/')[0]}/throughput-{uuid4()}", tmp_path, running)


def test_only_changes_come_and_none_is_lost(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    """A hundredth of the results are changes."""
    feed, host, backend = scene.feed, scene.host, scene.backend
    feed.everything_once(RATE)
    time.sleep(1)
    feed.everything_once(RATE)
    wait_until(lambda: all(map(is_known, backend.events().values())), "Sensu knows two results of each check")
    host.set(sensu={"url": backend.url, "api_key": backend.api_key})
    assert host.sync()[0] == 0
    assert scene.wrong() == {}

    give_events_to(host, backend, "default")
    before = feed.changes
    rate = feed.run(round(RATE * STEADY_S), RATE, CHANGE)
    scene.settle()
    with capsys.disabled():
        sys.stdout.write(f"\n{rate:.0f} results a second, {feed.changes - before} changes\n")
    assert scene.delivered() == feed.changes - before
    assert scene.wrong() == {}

    thread = feed.start(round(3 * RATE * STEADY_S), RATE, CHANGE)
    os.killpg(scene.api.process.pid, signal.SIGKILL)
    time.sleep(DOWN_S)
    scene.serve()
    backend.kill()
    backend.start()
    killed = kill_handlers(scene)
    thread.join()
    feed.everything_once(RATE)
    scene.settle()
    with capsys.disabled():
        sys.stdout.write(
            f"{killed} handlers killed; {len(scene.wrong())} statuses wrong until all were sent\n"
        )
    assert host.sync()[0] == 0
    assert scene.wrong() == {}
    assert "events that Sensu has" not in host.sync()[1]


def is_known(found: Document) -> bool:
    """Say whether Sensu will tell a repetition of an event: its first result enters no history."""
    return bool(found["check"]["history"])


def kill_handlers(scene: Scene) -> int:
    """Kill some processes of the handler that have their event in the spool; return how many."""
    killed = 0
    until = time.monotonic() + 20
    while killed < 3 and time.monotonic() < until:
        at_work = {name.rpartition("-")[2].partition(".")[0] for name in scene.host.names()}
        for process in scene.handlers():
            if str(process) in at_work:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
                    killed += 1
    return killed
