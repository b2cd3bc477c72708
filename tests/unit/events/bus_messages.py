"""Notifications as OpenStack's services send them, and the bus as they have it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import amqp
from real_servers import PASSWORD, RabbitMq

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


def connected(rabbitmq: RabbitMq) -> amqp.Connection:
    """Return a connection as OpenStack has it, with its exchanges there."""
    connection = amqp.Connection(host=f"127.0.0.1:{rabbitmq.port}", userid="calipso", password=PASSWORD)
    connection.connect()
    for exchange in ("nova", "neutron"):
        connection.channel().exchange_declare(exchange, "topic", durable=False, auto_delete=False)
    return connection


def eventually(found: Callable[[], Any], what: str, *, patience_s: float = PATIENCE_S) -> Any:
    """Ask until the answer is true."""
    deadline = time.monotonic() + patience_s
    while not (answer := found()):
        assert time.monotonic() < deadline, what
        time.sleep(0.1)
    return answer
