"""The API as its users meet it: `calipso serve`, in processes of its own, over HTTP."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import requests
import schemathesis
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from benchmarks.cloud import GeneratedCloud
from calipso.accounts import Accounts
from calipso.api.openapi import openapi
from calipso.api.route import all_routes
from calipso.build import build_topology
from calipso.build.registry import default_registry
from calipso.model.environment import Environment
from calipso.model.topology import Message, Topology
from calipso.store import Store

ROOT = Path(__file__).resolve().parents[3]
PASSWORD = "correct horse battery"
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TIMEOUT_S = 60
CHECKS = status_code_conformance, content_type_conformance, response_schema_conformance

USERS = {
    "root": "admin",
    "owner": "user",
    "editor": "user",
    "viewer": "user",
    "stranger": "user",
    "idle": "user",
    "leaver": "user",
}


@cache
def contract() -> Mapping[tuple[str, str], Any]:
    """Return what the OpenAPI document says: method and path -> operation."""
    routes = all_routes()
    described = schemathesis.openapi.from_dict(openapi(routes))
    return {(route.method, route.path): described[route.path][route.method] for route in routes}


@dataclass(frozen=True)
class Api:
    """A server, and its database."""

    address: str
    uri: str
    process: subprocess.Popen[str]

    def log_in(self, name: str, password: str = PASSWORD) -> str:
        """Return a token."""
        credentials = {"username": name, "password": password}
        body = {"auth": {"methods": ["credentials"], "credentials": credentials}}
        answer = self.ask("POST", "/auth/tokens", json=body)
        assert answer.status_code == requests.codes.created, answer.text
        return str(answer.json()["token"])

    def ask(self, method: str, path: str, token: str | None = None, **how: Any) -> requests.Response:
        """Return the answer to a request; it must be one that the OpenAPI document describes."""
        headers = {**how.pop("headers", {}), **({"X-Auth-Token": token} if token else {})}
        answer = requests.request(method, self.address + path, headers=headers, timeout=TIMEOUT_S, **how)
        operation = contract().get((method, path.partition("?")[0]))
        if operation is not None and not how.get("stream"):
            operation.Case().validate_response(answer, checks=list(CHECKS))
        return answer

    def get(self, path: str, token: str | None = None, **query: Any) -> Any:
        """Return the JSON of a successful GET."""
        answer = self.ask("GET", path, token, params=query)
        assert answer.status_code == requests.codes.ok, f"{answer.status_code}: {answer.text}"
        return answer.json()


@contextmanager
def serving(uri: str, *options: str, **variables: str) -> Iterator[Api]:
    """Serve a database on a free port of this machine, until the end."""
    command = [
        sys.executable,
        "-m",
        "calipso",
        "--mongo-uri",
        uri,
        "serve",
        "--bind",
        "127.0.0.1:0",
        *options,
    ]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CALIPSO_")}
    process = subprocess.Popen(
        command, env=kept | variables, stdout=subprocess.PIPE, text=True, cwd=ROOT, start_new_session=True
    )
    assert process.stdout is not None
    try:
        found = re.search(r"https?://127\.0\.0\.1:\d+", process.stdout.readline())
        assert found, "calipso serve does not say where it answers"
        yield Api(found[0], uri, process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(TIMEOUT_S)
        process.stdout.close()


def cloud(environment: str, hosts: int = 3, instances: int = 4) -> Topology:
    """Return a generated cloud's topology."""
    facts = GeneratedCloud(hosts, instances).facts()
    return build_topology(Environment(environment), facts, default_registry())


def fill(store: Store) -> None:
    """Publish environments `blue`, which most users have some right to, and `red`, which only `stranger` has;
    make the users.
    """
    rights = {"view-env": ["viewer"], "edit-env": ["editor"]}
    fields = default_registry().search_fields
    store.create_environment(Environment("blue", user="owner", auth=rights, mechanism_drivers=("OVS",)))
    store.create_environment(Environment("red", user="stranger"))
    topology = cloud("blue")
    store.publish("blue", Topology(topology.inventory[:10]), at=AT, scan_id="scan-1", search_fields=fields)
    store.publish("blue", topology, at=AT, scan_id="scan-2", search_fields=fields)
    store.name_generation("blue", 2, "as designed")
    store.publish("red", cloud("red", 2, 2), at=AT, search_fields=fields)
    host = next(found for found in topology.inventory if found["type"] == "host")
    store.add_messages(
        "blue", [Message("warn", "an old kernel", host["id"], "host")], scan_id="scan-2", at=AT
    )
    store.add_messages("red", [Message("error", "red only")], scan_id=None, at=AT)
    accounts = Accounts(store)
    for name, role in USERS.items():
        accounts.add_user(name, PASSWORD, role="admin" if role == "admin" else "user")
