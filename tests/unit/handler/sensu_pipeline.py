"""Sensu's side of the handler: the resources by which events come to it."""

from __future__ import annotations

import sys
from pathlib import Path

from handler_host import SCRIPT, HandlerHost
from sensu_server import SensuBackend

FILTER = "calipso_changes"


def log_of(host: HandlerHost) -> Path:
    """Return the file to which the handler's processes write what they say."""
    return host.directory / "said"


def give_events_to(host: HandlerHost, backend: SensuBackend, namespace: str) -> None:
    """Have the backend run the handler, for events that tell something new."""
    where = f"/api/core/v2/namespaces/{namespace}"
    new = {
        "metadata": {"name": FILTER, "namespace": namespace},
        "action": "allow",
        "expressions": ["event.check.occurrences == 1"],
    }
    handler = {
        "metadata": {"name": "calipso", "namespace": namespace},
        "type": "pipe",
        "timeout": 60,
        "filters": [FILTER],
        "env_vars": [f"{name}={value}" for name, value in host.variables.items()],
        "command": f"'{sys.executable}' '{SCRIPT}' >> '{log_of(host)}' 2>&1",
    }
    backend.ask("PUT", f"{where}/filters/{FILTER}", new)
    backend.ask("PUT", f"{where}/handlers/calipso", handler)
    host.set(sensu={"url": backend.url, "namespace": namespace, "api_key": backend.api_key})
