"""Errors that OpenStack tells over a real RabbitMQ become messages: none is lost, none taken from others."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import amqp
from bus_messages import connected, envelope, eventually
from hypothesis import given
from hypothesis import strategies as st
from real_servers import RabbitMq

from calipso.events.notification import NotificationError, read_notification
from calipso.store import Store

INSTANCE = "d5e3f6a4-7a52-4f6f-9d0b-5a3c8b0c2f11"
NOW = datetime(2026, 7, 1, 12, 0, 5, tzinfo=UTC)
REASON = "Build of instance was re-scheduled: no bridge br-int"


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
        critical = ("crit", "port.update.error: no reason is given", "p1", "port")
        eventually(lambda: told(store) == sorted([failed, critical], key=str), "all is told")
        eventually(lambda: bus.basic_get("calipso.lab.dead", no_ack=True), "what is no JSON is kept")
        text = "what came over the bus is no notification: it is no JSON: JSONDecodeError"
        kept = f"{text}; it is kept in queue calipso.lab.dead"
        assert kept in [each["message"] for each in store.messages("lab", {"level": "warn"})]

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
