"""Silence: of a host that is not heard, nothing is known, whatever was reported from there before."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from ..model.kind import Health
from ..model.topology import Document
from .collections import Collections
from .conditions import all_of, of_environments

REPORTED = {"subject": {"$in": ["object", "link"]}}
"""The condition for statuses that objects and links bear."""


@dataclass(frozen=True, slots=True)
class Effective:
    """A status as it is shown: since when, and why."""

    status: Health
    timestamp: datetime
    text: str


class Silence:
    """The hosts of environments (None: of all) that are not heard now, as the agents' statuses say."""

    def __init__(self, collections: Collections, environments: str | Collection[str] | None) -> None:
        silent = {"agent": True, "status": "unknown"}
        found = collections["statuses"].find(all_of([*of_environments(environments), silent]))
        self._hosts: dict[tuple[str, str], Document] = {}
        for agent in found.sort([("measured_at", -1), ("name", 1)]):
            self._hosts[agent["environment"], agent["host"]] = agent

    def effective(self, status: Mapping[str, object]) -> Effective:
        """Return what is known, of a document of `statuses`."""
        reported = Effective(status["status"], status["measured_at"], status["text"])  # type: ignore[arg-type]
        agent = self._hosts.get((str(status["environment"]), str(status["host"])))
        if agent is None or agent["_id"] == status["_id"]:
            return reported
        before = f"; before it was {reported.status}: {reported.text}"
        return Effective("unknown", agent["measured_at"], f"{_why(agent)}{before}")

    def is_heard(self) -> dict[str, object]:
        """Return, as an expression of the database, whether a status' host is heard."""
        hosts = [{"environment": environment, "host": host} for environment, host in self._hosts]
        return {"$not": [{"$in": [{"environment": "$environment", "host": "$host"}, {"$literal": hosts}]}]}


def _why(agent: Document) -> str:
    said = agent["text"].strip() or "it says nothing"
    return f"host {agent['host']} is silent ({said})"
