"""A large cloud that tells much: nothing is lost, memory is bounded, and the listener catches up.

The size is that of a test; CALIPSO_LOAD=HOSTS,INSTANCES,RATE,SECONDS makes it another, say
500,20,1000,60, and with `pytest -s` it says what it measured.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import amqp
import pytest
from bus_messages import eventually
from certificates import Authority
from database_process import Database
from real_servers import PASSWORD, RabbitMq
from staged_cloud import stage

from benchmarks.cloud import AT, GeneratedCloud
from calipso.build import build_topology
from calipso.model.environment import Environment
from calipso.model.source import Facts
from calipso.model.topology import Topology
from calipso.store import Store, embedded

ROOT = Path(__file__).resolve().parents[3]
HOSTS, INSTANCES, RATE, SECONDS = map(int, os.environ.get("CALIPSO_LOAD", "10,10,1000,8").split(","))
PARTS = 4
CAUGHT_UP_WITHIN_S = 30
QUEUE = "calipso.lab"
MEMORY_GROWS_BY, MEMORY_MIB = 1.5, 100
"""What the listener may have beyond the cloud itself: batches, and what it publishes."""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A mongod of the test's own, which can be killed."""
    made = Database(tmp_path / "home")
    yield made
    embedded.stop(made.home)


@pytest.fixture(scope="module")
def bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMq]:
    """A RabbitMQ of the test's own, which can be restarted."""
    server = RabbitMq(tmp_path_factory.mktemp("rabbitmq"), Authority(tmp_path_factory.mktemp("authority")))
    yield server
    server.stop()


def unread(bus: RabbitMq) -> int:
    """Return how many notifications wait on the bus."""
    with connected(bus) as connection:
        return int(connection.channel().queue_declare(QUEUE, passive=True).message_count)


def connected(bus: RabbitMq) -> amqp.Connection:
    """Return a connection, with exchanges there that outlast a restart."""
    connection = amqp.Connection(host=f"127.0.0.1:{bus.port}", userid="calipso", password=PASSWORD)
    connection.connect()
    for exchange in ("nova", "neutron"):
        connection.channel().exchange_declare(exchange, "topic", durable=True, auto_delete=False)
    return connection


def resident_mib(pid: int) -> float:
    """Return the memory that a process has, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def fill(store: Store, facts: Facts, port: int) -> None:
    """Make an environment of a cloud that was scanned."""
    store.prepare()
    section = {"host": "127.0.0.1", "port": port, "user": "calipso"}
    configuration = {"AMQP": {**section, "secret_in": {"environment_variable": "BUS_PASSWORD"}}}
    store.create_environment(Environment("lab", configuration=configuration))
    stage(store, "lab", facts, AT)


@contextmanager
def listening(database: Database, home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run `calipso listen`."""
    variables = {"CALIPSO_MONGO_URI": database.uri, "BUS_PASSWORD": PASSWORD, "PATH": "/usr/bin:/bin"}
    command = [
        sys.executable,
        "-m",
        "calipso",
        "listen",
        "--env",
        "lab",
        "--no-looks",
        "--home",
        str(home / "runs"),
    ]
    log = home / "listen.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=variables, stderr=output)
    try:
        eventually(lambda: b"listening at queue" in log.read_bytes(), "it listens", patience_s=120)
        yield process
        assert process.poll() is None, log.read_text()
    finally:
        process.terminate()
        process.wait(60)


def sending(bus: RabbitMq, home: Path) -> list[subprocess.Popen[str]]:
    """Start what sends, in parts."""
    command = [sys.executable, str(Path(__file__).with_name("load.py")), str(bus.port)]
    parts = []
    for number in range(PARTS):
        with (home / f"sent-{number}").open("w") as output:
            part = subprocess.Popen(
                [*command, *map(str, (HOSTS, INSTANCES, RATE, SECONDS, number, PARTS))],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdin=subprocess.PIPE,
                stdout=output,
                text=True,
            )
        assert part.stdin
        part.stdin.write(f"{PASSWORD}\n")
        part.stdin.flush()
        parts.append(part)
    return parts


def sent(parts: list[subprocess.Popen[str]], home: Path) -> tuple[int, dict[str, str], float]:
    """Return how many were sent, what things are called by that, and how long it took."""
    assert [part.wait() for part in parts] == [0] * PARTS
    said = [json.loads((home / f"sent-{number}").read_text()) for number in range(PARTS)]
    names = {key: name for each in said for key, name in each["names"].items()}
    return sum(each["sent"] for each in said), names, max(each["took"] for each in said)


def shown(store: Store, keys: Collection[str]) -> dict[str, str]:
    """Return what the newest generation calls things."""
    return {found["id"]: found["object_name"] for found in store.view("lab").objects() if found["id"] in keys}


@pytest.mark.parametrize("restarts", [False, True], ids=["undisturbed", "bus and database restarted"])
def test_a_cloud_that_tells_much(database: Database, bus: RabbitMq, tmp_path: Path, restarts: bool) -> None:
    facts = GeneratedCloud(HOSTS, INSTANCES).facts()
    with connected(bus) as connection:
        connection.channel().queue_delete(QUEUE)
    with Store.open(database.uri) as store:
        fill(store, facts, bus.port)
        with listening(database, tmp_path) as listener:
            eventually(lambda: store.generation("lab"), "the first generation", patience_s=120)
            before = resident_mib(listener.pid)
            parts = sending(bus, tmp_path)
            peak = watched(listener, parts, database, bus) if restarts else watched(listener, parts)
            total, names, took = sent(parts, tmp_path)
            ended = time.monotonic()
            eventually(lambda: unread(bus) == 0, "all is read", patience_s=CAUGHT_UP_WITHIN_S)
            left = CAUGHT_UP_WITHIN_S - (time.monotonic() - ended)
            eventually(lambda: shown(store, names.keys()) == names, "all is shown", patience_s=left)
            lag = time.monotonic() - ended
        for row in facts.rows:
            row["data"]["name"] = names.get(row["key"], row["data"].get("name"))
        assert differences(store, build_topology(Environment("lab"), facts)) == set()
    sys.stdout.write(
        f"{HOSTS} hosts, {HOSTS * INSTANCES} instances: {total} notifications in {took:.0f} s "
        f"({total / took:.0f}/s); caught up {lag:.1f} s later; memory {before:.0f} MiB, {peak:.0f} at most\n"
    )
    assert peak < MEMORY_GROWS_BY * before + MEMORY_MIB


def watched(
    listener: subprocess.Popen[bytes],
    parts: list[subprocess.Popen[str]],
    database: Database | None = None,
    bus: RabbitMq | None = None,
) -> float:
    """Return the most memory that the listener has while notifications are sent, in MiB.

    In the middle a bus is restarted, and a database killed and started again.
    """
    peak, started = 0.0, time.monotonic()
    while any(part.poll() is None for part in parts) and time.monotonic() - started < 10 * SECONDS + 60:
        peak = max(peak, resident_mib(listener.pid))
        time.sleep(0.2)
        if bus and time.monotonic() - started > SECONDS / 3:
            bus.restart()
            bus = None
        if database and time.monotonic() - started > SECONDS / 2:
            database.kill()
            time.sleep(1)
            database.start()
            database = None
    assert bus is database is None, "nothing was restarted"
    return peak


def differences(store: Store, topology: Topology) -> set[str]:
    """Return the ids of documents in which the newest generation is not a topology."""
    view = store.view("lab")
    listed = (*view.objects(), *view.links(), *view.cliques())
    found = {each["id"]: {name: each[name] for name in each if name != "last_scanned"} for each in listed}
    wanted = {each["id"]: each for each in (*topology.inventory, *topology.links, *topology.cliques)}
    return {key for key in {*found, *wanted} if found.get(key) != wanted.get(key)}
