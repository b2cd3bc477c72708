"""Changes of the demo's cloud, made in its facts as the cloud would tell of them."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from calipso.build import build_topology
from calipso.model.environment import Environment
from calipso.model.facts import Row
from calipso.store import Store

Change = Callable[["Cloud"], None]


class Cloud:
    """The latest facts of an environment."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = deepcopy(rows)

    def named(self, kind: str, name: str) -> dict[str, Any]:
        """Return the data of a row by its kind and name, or id."""
        return next(
            row["data"]
            for row in self.rows
            if row["kind"] == kind and name in (row["data"].get("name"), row["data"].get("id"))
        )

    def host(self, name: str) -> dict[str, Any]:
        """Return the facts of a host."""
        return next(row["data"] for row in self.rows if row["source"] == f"host:{name}")

    def delete(self, kind: str, name: str) -> None:
        """Delete a row, by its name or id."""
        gone = self.named(kind, name)
        self.rows = [row for row in self.rows if row["data"] is not gone]

    def move(self, name: str, host: str) -> None:
        """Move an instance with one port to another host, as a live migration does."""
        server = self.named("server", name)
        port = next(
            row["data"]
            for row in self.rows
            if row["kind"] == "port" and row["data"]["device_id"] == server["id"]
        )
        here, there = self.host(server["OS-EXT-SRV-ATTR:host"]), self.host(host)
        tail = str(port["id"])[:11]
        for listed in ("interfaces", "bridges"):
            _move(here[listed], there[listed], lambda each: each["name"].endswith(tail))
        _move(here["domains"], there["domains"], lambda each: each["uuid"] == server["id"])
        bridges = [
            next(b for b in facts["ovs"]["bridges"] if b["name"] == "br-int") for facts in (here, there)
        ]
        _move(bridges[0]["ports"], bridges[1]["ports"], lambda each: each["name"].endswith(tail))
        server["OS-EXT-SRV-ATTR:host"] = host
        server["OS-EXT-AZ:availability_zone"] = "nova"
        port["binding:host_id"] = host


def _move(here: list[Any], there: list[Any], moves: Callable[[Any], bool]) -> None:
    there += [each for each in here if moves(each)]
    here[:] = [each for each in here if not moves(each)]


def publish(store: Store, environment: str, change: Change) -> int:
    """Change an environment's facts, stage them and publish what is made of them; return the generation."""
    cloud = Cloud(store.facts(environment).rows)
    kinds = {(row["source"], row["kind"]) for row in cloud.rows}
    change(cloud)
    now = datetime.now(UTC)
    for source in sorted({source for source, _kind in kinds}):
        rows = [row for row in cloud.rows if row["source"] == source]
        fetched = [(kind, None) for each, kind in kinds if each == source]
        store.stage(environment, source, rows, fetched=fetched, collected_at=now, collector="test")
    known = store.environment(environment) or Environment(environment)
    return store.publish(environment, build_topology(known, store.facts(environment)), at=now).generation
