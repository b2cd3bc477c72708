"""Results of checks, given to Sensu's agents as a batch check gives them, or to its backend at once: many a
second, few that change.
"""

from __future__ import annotations

import http.client
import json
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

from calipso.model.monitoring import ObjectSubject, check_name

TIMEOUT_S = 30
PATIENCE_S = 60


@dataclass
class HostFeed:
    """The results of one host's objects, through the events API on `port`.

    It is that of the host's agent; where there is an `entity`, with an `api_key`, the backend's.

    `last`: id -> exit status; `changes`: how often that became another, the first included.
    """

    port: int
    objects: Sequence[Mapping[str, Any]]
    chance: random.Random
    entity: str | None = None
    api_key: str | None = None
    last: dict[str, int] = field(default_factory=dict)
    changes: int = 0
    sent: int = 0

    def run(self, results: int, rate: float, change: float) -> None:
        """Send `results` at `rate` a second, each object in turn; a part of `change` of them are changes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)
        start = time.monotonic()
        for number in range(results):
            found = self.objects[number % len(self.objects)]
            before = self.last.get(found["id"])
            status = before or 0
            if before is not None and self.chance.random() < change:
                status = self.chance.choice([each for each in (0, 1, 2) if each != before])
            self._post(connection, found, status)
            self.changes += status != before
            self.last[found["id"]] = status
            time.sleep(max(0.0, start + (number + 1) / rate - time.monotonic()))
        connection.close()

    def _post(self, connection: http.client.HTTPConnection, found: Mapping[str, Any], status: int) -> None:
        """Send a result, again while the agent does not take it."""
        annotations = {
            "calipso_id": found["id"],
            "calipso_environment": "blue",
            "calipso_at": f"{time.time():.6f}",
        }
        name = check_name(ObjectSubject(found["type"], found["id"]))
        check = {
            "metadata": {"name": name, "annotations": annotations},
            "status": status,
            "output": f"result {status}",
            "interval": 15,
            "executed": int(time.time()),
            "handlers": ["calipso"],
        }
        path, event, headers = "/events", {"check": check}, {"Content-Type": "application/json"}
        if self.entity is not None:
            path = "/api/core/v2/namespaces/default/events"
            entity = {"metadata": {"name": self.entity, "namespace": "default"}, "entity_class": "proxy"}
            check["metadata"] = {**check["metadata"], "namespace": "default"}  # type: ignore[dict-item]
            event, headers["Authorization"] = {**event, "entity": entity}, f"Key {self.api_key}"
        body = json.dumps(event)
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                connection.request("POST", path, body, headers)
                answer = connection.getresponse()
                said = f"{answer.status}: {answer.read()!r}"
                if answer.status < http.client.BAD_REQUEST:
                    self.sent += 1
                    return
            except (http.client.HTTPException, OSError) as error:
                connection.close()
                said = repr(error)
            assert time.monotonic() < until, f"Sensu answers {said}"
            time.sleep(0.05)


@dataclass
class Feed:
    """The feeds of several hosts, each in a thread."""

    hosts: list[HostFeed]

    def run(self, results: int, rate: float, change: float = 0.0) -> float:
        """Send `results` at `rate` a second, over all; return the rate that was reached."""
        thread = self.start(results, rate, change)
        start = time.monotonic()
        thread.join()
        return results / (time.monotonic() - start)

    def start(self, results: int, rate: float, change: float = 0.0) -> Thread:
        """Begin to do so; each object gets as many, or one more."""
        objects = sum(len(host.objects) for host in self.hosts)
        threads = []
        for host in self.hosts:
            part = len(host.objects) / objects
            threads.append(Thread(target=host.run, args=(round(results * part), rate * part, change)))
        thread = Thread(target=_run_all, args=(threads,))
        thread.start()
        return thread

    def everything_once(self, rate: float) -> float:
        """Send every object's last status again, or its first."""
        return self.run(sum(len(host.objects) for host in self.hosts), rate)

    @property
    def changes(self) -> int:
        """How many results were changes."""
        return sum(host.changes for host in self.hosts)

    @property
    def last(self) -> dict[str, int]:
        """Return id -> exit status."""
        return {key: status for host in self.hosts for key, status in host.last.items()}


def _run_all(threads: Sequence[Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
