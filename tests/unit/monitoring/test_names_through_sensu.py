"""Checks' names go through a real Sensu, agent and backend, and come back the same."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from check_subjects import awkward_subjects
from sensu_server import SensuAgent, SensuBackend, wait_until

from calipso.model.monitoring import Subject, check_name, encoded, subject_of

Agents = Callable[..., SensuAgent]


def test_names_through_the_events_api(sensu_backend: SensuBackend, sensu_agent: Agents) -> None:
    """Of objects and links, with their ids beside them; each is also found by its name alone."""
    agent = sensu_agent(encoded("cmp 1/ä_:."), namespace=_namespace(sensu_backend))
    subjects = {check_name(subject): subject for subject in awkward_subjects()}
    for name, subject in subjects.items():
        metadata = {"name": name, "annotations": {"calipso_id": str(subject)}}
        answer = agent.post({"check": {"metadata": metadata, "status": 1, "output": str(subject)}})
        assert answer.ok, (name, answer.text)

    events = _events(sensu_backend, agent, len(subjects))
    assert {name: subject_of(name) for name in events} == subjects
    for name, event in events.items():
        assert event["check"]["metadata"]["annotations"]["calipso_id"] == str(subjects[name])
        assert event["check"]["output"] == str(subjects[name])
        path = f"/api/core/v2/namespaces/{agent.namespace}/events/{agent.name}/{name}"
        assert sensu_backend.ask("GET", path)["check"]["metadata"]["name"] == name


def test_names_of_core_through_the_socket(sensu_backend: SensuBackend, sensu_agent: Agents) -> None:
    """As Sensu Core spells them, each over a connection of its own to the socket of Sensu Core's client."""
    agent = sensu_agent("cmp2", namespace=_namespace(sensu_backend))
    subjects = {check_name(subject, core=True): subject for subject in awkward_subjects()}
    for name, subject in subjects.items():
        _send(agent, {"name": name, "status": 1, "output": str(subject)})

    found: dict[str, Subject] = {
        name: subject_of(name) for name in _events(sensu_backend, agent, len(subjects))
    }
    assert found == subjects


def _namespace(backend: SensuBackend) -> str:
    name = f"n-{uuid4()}"
    backend.ask("PUT", f"/api/core/v2/namespaces/{name}", {"name": name})
    return name


def _events(backend: SensuBackend, agent: SensuAgent, count: int) -> dict[str, Any]:
    """Wait for that many events of checks; return them by the check's name."""

    def there() -> dict[str, Any]:
        found = backend.events(agent.namespace).items()
        return {
            check: event for (entity, check), event in found if check != "keepalive" and entity == agent.name
        }

    wait_until(lambda: len(there()) >= count, "Sensu has all events")
    return there()


def _send(agent: SensuAgent, result: dict[str, object]) -> None:
    with socket.create_connection(agent.socket, 5) as connection:
        connection.sendall(json.dumps(result).encode())
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(16) == b"ok"
