"""Errors that OpenStack tells over a real RabbitMQ become messages: none is lost, none taken from others."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import amqp
import pytest
from certificates import Authority
from hypothesis import given
from hypothesis import strategies as st
from real_servers import PASSWORD, RabbitMq

from calipso.events.notification import NotificationError, read_notification
from calipso.model.environment import Environment
from calipso.store import Store

ROOT = Path(__file__).resolve().parents[3]
INSTANCE = "d5e3f6a4-7a52-4f6f-9d0b-5a3c8b0c2f11"
NOW = datetime(2026, 7, 1, 12, 0, 5, tzinfo=UTC)
REASON = "Build of instance was re-scheduled: no bridge br-int"
PATIENCE_S = 30


def envelope(event_type: str, payload: dict[str, Any], priority: str = "ERROR", **more: str) -> str:
    """Return a notification as oslo.messaging's driver messagingv2 sends it."""
    inner = {
        "message_id": "1",
        "publisher_id": "nova-compute:cmp1",
        "event_type": event_type,
        "priority": priority,
        "timestamp": "2026-07-01 12:00:00.123456",
        "payload": payload,
        **more,
    }
    return json.dumps({"oslo.version": "2.0", "oslo.message": json.dumps(inner)})


def versioned(**data: Any) -> dict[str, Any]:
    """Return a versioned object."""
    return {"nova_object.name": "Any", "nova_object.version": "1.0", "nova_object.data": data}


VERSIONED = envelope(
    "instance.create.error",
    versioned(uuid=INSTANCE, fault=versioned(exception="BuildAbort", exception_message=REASON)),
)
UNVERSIONED = envelope(
    "compute.instance.create.error", {"instance_id": INSTANCE, "message": REASON}, publisher_id="compute.cmp1"
)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The authority that signed the bus's certificate."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[RabbitMq]:
    """A RabbitMQ."""
    server = RabbitMq(tmp_path_factory.mktemp("rabbitmq"), authority)
    yield server
    server.stop()


def connected(rabbitmq: RabbitMq) -> amqp.Connection:
    """Return a connection as OpenStack has it, with its exchanges there."""
    connection = amqp.Connection(host=f"127.0.0.1:{rabbitmq.port}", userid="calipso", password=PASSWORD)
    connection.connect()
    for exchange in ("nova", "neutron"):
        connection.channel().exchange_declare(exchange, "topic", durable=False, auto_delete=False)
    return connection


@pytest.fixture
def bus(rabbitmq: RabbitMq) -> Iterator[amqp.Channel]:
    """OpenStack's side of the bus, with a queue of somebody else's, `others`."""
    channel = connected(rabbitmq).channel()
    channel.queue_declare("others", auto_delete=False)
    channel.queue_bind("others", "nova", "#")
    yield channel
    with connected(rabbitmq) as connection:
        for queue in ("calipso.lab", "others"):
            connection.channel().queue_delete(queue)


@pytest.fixture
def listening(
    store: Store, mongo_uri: str, rabbitmq: RabbitMq, authority: Authority, tmp_path: Path
) -> Callable[[], Any]:
    """Starts `calipso listen`, over TLS; ends it."""
    section = {
        "host": "localhost",
        "port": rabbitmq.tls_port,
        "user": "calipso",
        "tls": True,
        "secret_in": {"environment_variable": "BUS_PASSWORD"},
    }
    store.prepare()
    store.create_environment(Environment("lab", configuration={"AMQP": section}))
    variables = {"CALIPSO_MONGO_URI": mongo_uri, "BUS_PASSWORD": PASSWORD, "SSL_CERT_FILE": str(authority.ca)}

    @contextmanager
    def start() -> Iterator[subprocess.Popen[bytes]]:
        log = (tmp_path / "listen.log").open("ab")
        process = subprocess.Popen(
            [sys.executable, "-m", "calipso", "listen", "--env", "lab"],
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", **variables},
            stderr=log,
        )
        eventually(
            lambda: b"listening at queue calipso.lab" in (tmp_path / "listen.log").read_bytes(),
            "it listens",
        )
        yield process
        process.terminate()
        assert process.wait(PATIENCE_S) == 0
        (tmp_path / "listen.log").write_bytes(b"")

    return start


def eventually(found: Callable[[], Any], what: str) -> Any:
    """Ask until the answer is true."""
    deadline = time.monotonic() + PATIENCE_S
    while not (answer := found()):
        assert time.monotonic() < deadline, what
        time.sleep(0.1)
    return answer


def told(store: Store) -> list[tuple[Any, ...]]:
    """Return what OpenStack told: level, text, related object and its type."""
    names = ("level", "message", "related_object", "related_object_type")
    found = store.messages("lab", {"source_system": "OpenStack"})
    return sorted(tuple(each[name] for name in names) for each in found)


def test_errors_become_messages(
    store: Store, bus: amqp.Channel, listening: Callable[[], Any], rabbitmq: RabbitMq
) -> None:
    def send(key: str, body: str, exchange: str = "nova") -> None:
        bus.basic_publish(amqp.Message(body), exchange=exchange, routing_key=key)

    failed = ("error", f"instance.create.error: {REASON}", INSTANCE, "instance")
    with listening():
        send("versioned_notifications.error", VERSIONED)
        send("notifications.error", UNVERSIONED)
        send("notifications.info", envelope("compute.instance.exists", {}, "INFO"))
        eventually(lambda: told(store) == [failed], "the error is told once, as nova tells it twice")
        (noted,) = store.messages("lab", {"source_system": "OpenStack"})
        assert noted["timestamp"].isoformat().startswith("2026-07-01T12:00:00.123")
        others = [bus.basic_get("others", no_ack=True) for _turn in range(4)]
        assert [message is not None for message in others] == [True, True, True, False]

        send(
            "notifications.critical", envelope("port.update.error", {"port_id": "p1"}, "CRITICAL"), "neutron"
        )
        send("notifications.error", "{not json")
        poison = (
            "warn",
            "what came over the bus is no notification: it is no JSON: JSONDecodeError",
            None,
            None,
        )
        critical = ("crit", "port.update.error: no reason is given", "p1", "port")
        eventually(lambda: told(store) == sorted([failed, critical, poison], key=str), "all is told")

    send("notifications.error", envelope("volume.create.error", {"reason": "while nobody listens"}))
    with listening():
        eventually(lambda: "while nobody listens" in str(told(store)), "what came meanwhile waits")
        rabbitmq.restart()
        again = connected(rabbitmq).channel()
        body = envelope("volume.delete.error", {"reason": "after a restart"})
        eventually(
            lambda: again.queue_declare("calipso.lab", passive=True).consumer_count == 1, "it listens again"
        )
        again.basic_publish(amqp.Message(body), exchange="nova", routing_key="notifications.error")
        eventually(lambda: "after a restart" in str(told(store)), "a bus that restarts is waited for")


@given(
    st.binary(max_size=50)
    | st.text(max_size=50)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda part: (
            st.lists(part, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "event_type",
                        "payload",
                        "priority",
                        "oslo.message",
                        "uuid",
                        "fault",
                        "port",
                        "timestamp",
                    ]
                ),
                part,
                max_size=5,
            )
        ),
    ).map(json.dumps)
)
def test_whatever_comes_is_a_notification_or_told_to_be_none(body: bytes | str) -> None:
    try:
        read_notification(body, now=NOW).message()
    except NotificationError:
        return
