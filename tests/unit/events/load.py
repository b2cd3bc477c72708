"""What the services of a large cloud tell, at a rate, whatever the bus does meanwhile.

usage: python load.py PORT HOSTS INSTANCES RATE SECONDS PART PARTS < PASSWORD

Prints JSON: how many notifications the bus has confirmed, what they call things at last, how long it took.
"""

from __future__ import annotations

import json
import random
import sys
import time
from datetime import UTC, datetime
from typing import Any

import amqp

from benchmarks.cloud import GeneratedCloud

EXCHANGES = ("nova", "neutron")
LAST_TRY_S = 60


def changed(row: dict[str, Any], name: str) -> tuple[str, str, dict[str, Any]]:
    """Return exchange, event type and payload that tell that a thing is called so now."""
    kind, data = row["kind"], row["data"]
    if kind == "server":
        payload = {
            "instance_id": data["id"],
            "display_name": name,
            "tenant_id": data["tenant_id"],
            "user_id": "somebody",
            "host": data["OS-EXT-SRV-ATTR:host"],
            "node": data["OS-EXT-SRV-ATTR:host"],
            "availability_zone": "nova",
            "created_at": "2026-01-01 00:00:00+00:00",
            "image_ref_url": f"http://controller:9292/images/{data['image']['id']}",
            "instance_type": data["flavor"]["original_name"],
            "memory_mb": 2048,
            "vcpus": 1,
            "state": "active",
            "state_description": "",
        }
        return "nova", "compute.instance.update", payload
    resource = {key: value for key, value in data.items() if key != "region"}
    return "neutron", f"{kind}.update.end", {kind: {**resource, "name": name}}


def notification(event_type: str, payload: dict[str, Any], number: int) -> str:
    """Return a notification as oslo.messaging's driver messagingv2 sends it."""
    inner = {
        "message_id": f"{number:032x}",
        "publisher_id": "network.controller",
        "event_type": event_type,
        "priority": "INFO",
        "timestamp": str(datetime.now(UTC).replace(tzinfo=None)),
        "payload": payload,
        "_context_project_name": "admin",
    }
    return json.dumps({"oslo.version": "2.0", "oslo.message": json.dumps(inner)})


class Bus:
    """A connection to the bus, made anew as often as it breaks; what is not confirmed is sent again."""

    def __init__(self, port: int, password: str) -> None:
        self._port, self._password = port, password
        self._channel: Any = None

    def send(self, exchange: str, body: str) -> None:
        until = time.monotonic() + LAST_TRY_S
        while True:
            try:
                if self._channel is None:
                    self._channel = self._connect()
                message = amqp.Message(body, delivery_mode=2, content_type="application/json")
                self._channel.basic_publish(message, exchange=exchange, routing_key="notifications.info")
            except (OSError, amqp.AMQPError):
                self._channel = None
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)
            else:
                return

    def _connect(self) -> Any:
        connection = amqp.Connection(
            host=f"127.0.0.1:{self._port}", userid="calipso", password=self._password, confirm_publish=True
        )
        connection.connect()
        channel = connection.channel()
        for exchange in EXCHANGES:
            channel.exchange_declare(exchange, "topic", durable=True, auto_delete=False)
        return channel


def main(port: int, hosts: int, instances: int, rate: float, seconds: float, part: int, parts: int) -> None:
    """Send for so many seconds, or as long as the bus takes; each part tells of things of its own."""
    cloud = GeneratedCloud(hosts, instances)
    rows = [row for row in cloud.openstack() if row["kind"] in ("server", "port", "network")][part::parts]
    bus = Bus(port, sys.stdin.readline().rstrip("\n"))
    drawn = random.Random(part)  # noqa: S311 - it guards nothing
    names: dict[str, str] = {}
    started = time.monotonic()
    total = int(rate * seconds / parts)
    for number in range(total):
        ahead = started + number * parts / rate - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)
        row = drawn.choice(rows)
        name = f"{row['kind']}-{part}-{number}"
        exchange, event_type, payload = changed(row, name)
        bus.send(exchange, notification(event_type, payload, number))
        names[row["key"]] = name
    json.dump({"sent": total, "names": names, "took": time.monotonic() - started}, sys.stdout)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
