"""The API while its database is killed and started again, and while its workers are killed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import requests
from api_server import Api, cloud, fill, serving
from database_process import Database

from calipso.build.registry import default_registry
from calipso.model.environment import Environment
from calipso.store import Store, embedded

LONGEST_S = 20
"""What any request may take: two waits for the database, on a machine that does much else."""

RECOVERED_WITHIN_S = 20
FIRST_WAIT_S = 6
"""For so long requests that are under way when the database is lost may wait for it."""

THREADS = 2
CLIENTS = 6
OUTAGES_S = (FIRST_WAIT_S + 2, 0.5, 1)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A database of the test's own, filled; `green` is large enough that lists of it come in many chunks."""
    found = Database(tmp_path)
    with Store.open(found.uri) as store:
        store.prepare()
        fill(store)
        store.create_environment(Environment("green", auth={"edit-env": ["editor"]}))
        fields = default_registry().search_fields
        store.publish("green", cloud("green", hosts=20, instances=20), search_fields=fields)
    yield found
    embedded.stop(tmp_path)


@dataclass
class Load:
    """What clients ask, and how it goes: requests that failed, and all that must not have happened."""

    api: Api
    token: str
    reads: dict[tuple[str, ...], Any] = field(default_factory=dict)
    done: int = 0
    failed: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def learn(self) -> None:
        """Ask for what will be read while nothing is wrong."""
        instances = self.api.get("/inventory", self.token, env_name="green", type="instance")["objects"]
        key = instances[0]["id"]
        for path, query in (
            ("/inventory", "env_name=green&page_size=10000"),
            ("/links", "env_name=green&page_size=10000"),
            ("/objects", f"env_name=green&id={key}"),
            ("/clique", f"env_name=green&id={key}"),
            ("/search", f"q={instances[0]['name'][:4]}"),
            ("/aggregates", "type=environment&env_name=green"),
            ("/environment_configs", ""),
        ):
            self.reads[path, query] = self.api.get(f"{path}?{query}", self.token)

    def requests(self, number: int) -> Iterator[Callable[[], requests.Response]]:
        """Yield one client's requests, for ever."""
        for turn in count(number):
            path, query = list(self.reads)[turn % len(self.reads)]
            yield lambda path=path, query=query: self.api.ask("GET", f"{path}?{query}", self.token)
            body = {"env_name": "blue", "name": f"snapshot-{number}-{turn}", "generation": 1}
            yield lambda body=body: self.api.ask("POST", "/snapshots", self.token, json=body)
            if number == 0:
                yield self.log_in

    def log_in(self) -> requests.Response:
        """Log in."""
        credentials = {"username": "viewer", "password": "correct horse battery"}
        body = {"auth": {"methods": ["credentials"], "credentials": credentials}}
        return self.api.ask("POST", "/auth/tokens", json=body)

    def client(self, number: int, end: Event) -> None:
        """Make requests until the end."""
        for request in self.requests(number):
            if end.is_set():
                return
            began = time.monotonic()
            try:
                self.judge(request(), began)
            except requests.exceptions.ChunkedEncodingError:
                self.failed.append(began)
            except (requests.RequestException, ValueError, KeyError) as error:
                self.faults.append(repr(error))
            if time.monotonic() - began > LONGEST_S:
                self.faults.append(f"{time.monotonic() - began:.1f} s")

    def judge(self, answer: requests.Response, began: float) -> None:
        """Note an answer: a success must be whole, a failure clean."""
        asked = requests.utils.urlparse(answer.url)
        expected = self.reads.get((asked.path, asked.query))
        if answer.status_code == requests.codes.service_unavailable:
            self.failed.append(began)
            if not answer.headers["Retry-After"].isdigit() or answer.json()["error"]["code"] != 503:
                self.faults.append(f"{answer.url}: {answer.text}")
        elif not answer.ok:
            self.faults.append(f"{answer.url}: {answer.status_code} {answer.text}")
        elif expected is not None and answer.json() != expected:
            self.faults.append(f"{answer.url} is not what it was")
        else:
            self.done += 1

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Keep all clients busy meanwhile."""
        end = Event()
        with ThreadPoolExecutor(CLIENTS) as pool:
            clients = [pool.submit(self.client, number, end) for number in range(CLIENTS)]
            try:
                yield
            finally:
                end.set()
        for client in clients:
            client.result()


def workers(api: Api) -> set[int]:
    """Return the processes of the workers."""
    pid = api.process.pid
    return set(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


def held(pid: int) -> tuple[int, int]:
    """Return how many threads and open files a process has."""
    process = Path("/proc") / str(pid)
    return len(list((process / "task").iterdir())), len(list((process / "fd").iterdir()))


def within(pid: int, most: tuple[int, int]) -> bool:
    """Say whether a process has no more threads, and no more open files."""
    return all(found <= limit for found, limit in zip(held(pid), most, strict=True))


def seconds_until(condition: Callable[[], bool]) -> float:
    """Wait until something is so; return the seconds that it took, up to a minute."""
    began = time.monotonic()
    while not condition() and time.monotonic() - began < 60:
        time.sleep(0.05)
    return time.monotonic() - began


def is_ready(api: Api) -> bool:
    """Say whether requests can be served."""
    return api.ask("GET", "/ready").status_code == requests.codes.ok


def check_outage(api: Api, seconds: float) -> None:
    """Ask all the time whether the server lives, and is ready."""
    began = time.monotonic()
    while (gone := time.monotonic() - began) < seconds:
        asked = time.monotonic()
        assert api.get("/health")["status"] == "ok"
        waited = time.monotonic() - asked
        assert waited < (FIRST_WAIT_S if gone < FIRST_WAIT_S else 4)
        assert api.ask("GET", "/ready").status_code == requests.codes.service_unavailable
        time.sleep(0.1)


def test_the_database_is_killed_under_load(database: Database) -> None:
    with serving(database.uri, "--workers", "2", "--threads", str(THREADS)) as api:
        load = Load(api, api.log_in("editor"))
        load.learn()
        pids = workers(api)
        assert len(pids) == 2
        before = {}
        for outage_s in OUTAGES_S:
            with load.going_on():
                time.sleep(1)
                assert not load.failed
                database.kill()
                check_outage(api, outage_s)
                database.start()
                up = time.monotonic()
                assert seconds_until(lambda: is_ready(api)) < RECOVERED_WITHIN_S
                time.sleep(1)
                done = load.done
                assert seconds_until(lambda done=done: load.done > done) < RECOVERED_WITHIN_S
            assert load.failed
            assert max(load.failed) < up + RECOVERED_WITHIN_S
            assert not load.faults
            load.failed.clear()
            before = before or {pid: held(pid) for pid in pids}
        assert workers(api) == pids
        for pid, (threads, files) in before.items():
            most = threads, files + THREADS  # each may have a connection of its own
            assert seconds_until(lambda pid=pid, most=most: within(pid, most)) < RECOVERED_WITHIN_S


def test_a_killed_worker_is_replaced(database: Database) -> None:
    with serving(database.uri, "--workers", "2") as api:
        token = api.log_in("viewer")
        pids = workers(api)
        killed = min(pids)
        os.kill(killed, signal.SIGKILL)
        assert seconds_until(lambda: len(workers(api) - {killed}) == 2) < RECOVERED_WITHIN_S
        assert pids - workers(api) == {killed}
        for _turn in range(20):
            assert api.get("/inventory", token, env_name="blue")["objects"]
        assert api.get("/auth/account", token)["name"] == "viewer"
        assert 'path="/inventory",status="200"} 20.0' in api.ask("GET", "/metrics", token).text
