"""`calipso listen` as a process, on a real RabbitMQ: killed, poisoned, doubled, and never losing anything."""

from __future__ import annotations

import random
import shutil
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import amqp
import pytest
from bus_messages import envelope, eventually
from staged_cloud import stage

from benchmarks.cloud import GeneratedCloud
from calipso.build import build_topology
from calipso.model.environment import Environment
from calipso.model.source import Facts
from calipso.store import Store

AT = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
FLAKY = """
seen = 0

def handle(event, known):
    from calipso.events.result import EventResult
    global seen
    seen += 1
    if event.payload.get("always") or seen < 2:
        return EventResult(result=False, retry=True, message="not yet")
    return EventResult(message="at last", related_object=event.payload["port"], related_object_type="port")
"""
RAISES = """
def handle(event, known):
    raise RuntimeError("it is broken")
"""


@pytest.fixture
def facts(store: Store) -> Facts:
    """The facts of a small cloud, staged as a scan does."""
    found = GeneratedCloud(2, 4).facts()
    stage(store, "lab", found, AT)
    return found


def sender(bus: amqp.Channel) -> Callable[..., None]:
    """Return what sends a notification of Neutron's, each a moment later than the one before."""
    moments = iter(range(10**9))

    def send(event_type: str, payload: dict[str, Any], at: datetime | None = None) -> None:
        moment = at or AT + timedelta(minutes=1, milliseconds=next(moments))
        body = envelope(event_type, payload, "INFO", timestamp=str(moment.replace(tzinfo=None)))
        bus.basic_publish(amqp.Message(body), exchange="neutron", routing_key="notifications.info")

    return send


def port_called(facts: Facts, name: str, number: int = 0) -> dict[str, Any]:
    """Return the payload that tells that a port is called so."""
    ports = [row["data"] for row in facts.rows if row["kind"] == "port"]
    return {"port": {**{key: value for key, value in ports[number].items() if key != "region"}, "name": name}}


def names(store: Store) -> dict[str, str]:
    """Return what ports are called, by id; nothing, before there is a generation."""
    if not store.generation("lab"):
        return {}
    return {port["id"]: port["object_name"] for port in store.view("lab").objects(type="port")}


def queued(bus: amqp.Channel, queue: str) -> int:
    """Return how many messages a queue has."""
    return int(bus.queue_declare(queue, passive=True).message_count)


def test_what_the_bus_tells_shows_at_once_and_equals_a_build_of_the_facts(
    store: Store, bus: amqp.Channel, listening: Callable[..., Any], facts: Facts
) -> None:
    send = sender(bus)
    port = port_called(facts, "renamed")
    key = port["port"]["id"]
    with listening():
        eventually(lambda: store.generation("lab") == 1, "what there is becomes a generation")
        assert store.environment("lab").operational == "running"
        began = time.monotonic()
        send("port.update.end", port)
        eventually(lambda: names(store).get(key) == "renamed", "the port has its new name")
        assert time.monotonic() - began < 5
        send("port.update.end", port_called(facts, "of the past"), at=AT - timedelta(minutes=1))
        send("network.create.end", {"network": {"id": "n1", "name": "new", "status": "ACTIVE"}})
        eventually(lambda: store.view("lab").object("n1"), "the network is there")
        send("port.delete.end", port)
        eventually(lambda: key not in names(store), "the port is gone")
        send("port.update.end", port_called(facts, "late"), at=AT + timedelta(seconds=30))
        send("network.delete.end", {"network_id": "n1"})
        eventually(lambda: store.view("lab").object("n1") is None, "the network is gone")
        assert key not in names(store)
        eventually(lambda: queued(bus, "calipso.lab") == 0, "all is acknowledged")
    assert store.environment("lab").operational == "stopped"
    left = [row for row in facts.rows if row["key"] != key]
    topology = build_topology(Environment("lab"), Facts(facts.sources, left))
    assert {each["id"] for each in topology.links} == {each["id"] for each in store.view("lab").links()}
    assert {each["id"] for each in topology.inventory} == {each["id"] for each in store.view("lab").objects()}


def test_a_listener_that_is_killed_loses_nothing(
    store: Store, bus: amqp.Channel, listening: Callable[..., Any], facts: Facts
) -> None:
    send, drawn = sender(bus), random.Random(7)  # noqa: S311 - it guards nothing
    wanted: dict[str, str] = {}
    for turn in range(4):
        with listening() as process:
            for number in range(150):
                port = port_called(facts, f"turn {turn}, {number}", drawn.randrange(len(facts.rows) // 4))
                send("port.update.end", port)
                wanted[port["port"]["id"]] = port["port"]["name"]
            if turn < 3:
                time.sleep(drawn.random() * 0.5)
                process.kill()
                process.wait()
            else:
                eventually(lambda: wanted.items() <= names(store).items(), "all is shown")


def test_questions_outlast_the_listener_that_they_came_up_in(
    store: Store, bus: amqp.Channel, listening: Callable[..., Any], facts: Facts, tmp_path: Path
) -> None:
    moved = port_called(facts, "moved")
    moved["port"]["binding:host_id"] = "compute-1"
    with listening() as process:
        sender(bus)("port.update.end", moved)
        eventually(lambda: names(store).get(moved["port"]["id"]) == "moved", "it is taken")
        process.kill()
        process.wait()
    runs = tmp_path / "runs" / "lab"
    shutil.rmtree(runs, ignore_errors=True)
    with listening():
        asked = eventually(lambda: list(runs.glob("*/env/extravars")), "somebody is asked")
        assert '"calipso_asked": ["compute-0", "compute-1"]' in asked[0].read_text()


def test_what_cannot_be_handled_holds_nothing_up(
    store: Store, bus: amqp.Channel, listening: Callable[..., Any], facts: Facts, tmp_path: Path
) -> None:
    own = tmp_path / "metadata"
    (own / "event_handlers").mkdir(parents=True)
    (own / "event_handlers" / "flaky.py").write_text(FLAKY)
    (own / "event_handlers" / "raises.py").write_text(RAISES)
    (own / "mine.yml").write_text("event_handlers: {test.flaky: flaky, test.raises: raises}\n")
    send = sender(bus)
    port = port_called(facts, "renamed")
    key = port["port"]["id"]

    def told() -> set[str]:
        return {each["message"] for each in store.messages("lab")}

    with listening(CALIPSO_METADATA=str(own)) as process:
        bus.basic_publish(amqp.Message("{not json"), exchange="neutron", routing_key="notifications.info")
        send("test.raises", {"port": key})
        send("port.update.end", {"port": {"id": None}})
        send("test.flaky", {"port": key})
        send("port.update.end", port)
        eventually(lambda: names(store).get(key) == "renamed", "others are not held up")
        eventually(lambda: queued(bus, "calipso.lab.dead") == 3, "dead letters are kept")
        eventually(lambda: "at last" in told(), "what is to come again comes again", patience_s=60)
        assert process.poll() is None
        (message,) = store.messages("lab", {"related_object": key})
        assert (message["message"], message["related_object_type"]) == ("at last", "port")
    reasons = set()
    while letter := bus.basic_get("calipso.lab.dead", no_ack=True):
        reasons.add(letter.headers["x-calipso-reason"])
    assert reasons == {
        "what came over the bus is no notification: it is no JSON: JSONDecodeError",
        "test.raises could not be handled: its handler failed: RuntimeError: it is broken",
        "port.update.end could not be handled: the port in its payload cannot be read: "
        "an item of 'ports' has no id",
    }
    assert {f"{reason}; it is kept in queue calipso.lab.dead" for reason in reasons} <= told()


@pytest.mark.usefixtures("bus", "facts")
def test_one_process_follows_an_environment_by_any_member_of_its_bus(
    store: Store, listening: Callable[..., Any]
) -> None:
    known = store.environment("lab")
    assert known
    section = {**known.configuration["AMQP"], "host": "127.0.0.2", "other_hosts": ["localhost"]}
    store.change_environment("lab", {"configuration": {"AMQP": section}})
    with listening() as first:
        second = start_again(first)
        _output, said = second.communicate(timeout=60)
        assert second.returncode == 1
        assert b"listening to environment 'lab': process" in said
        assert first.poll() is None


def start_again(running: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
    """Start the same command beside a process, with its variables."""
    variables = Path(f"/proc/{running.pid}/environ").read_bytes().split(b"\0")
    known = dict(each.split(b"=", 1) for each in variables if each)
    return subprocess.Popen(
        running.args, cwd=Path(f"/proc/{running.pid}/cwd").readlink(), env=known, stderr=subprocess.PIPE
    )
