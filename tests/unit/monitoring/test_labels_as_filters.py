"""docs/monitoring.md's ways to choose events by Calipso's labels, tried with a real Sensu."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from sensu_server import SensuAgent, SensuBackend, wait_until

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "monitoring.md"
EVENTS = [(f"vnic_{project}{status}", project, status) for project in ("green", "blue") for status in (0, 2)]
WANTED = "vnic_blue2"


def resource(backend: SensuBackend, kind: str, name: str, **spec: Any) -> None:
    """Make a resource of Sensu."""
    metadata = {"name": name, "namespace": "default"}
    backend.ask("PUT", f"/api/core/v2/namespaces/default/{kind}/{name}", {"metadata": metadata, **spec})


def test_events_are_chosen_by_labels(
    sensu_backend: SensuBackend, sensu_agent: Callable[..., SensuAgent], tmp_path: Path
) -> None:
    """By the expression for filters, and by the one for jq."""
    text = DOCUMENT.read_text()
    (expression,) = re.findall(r"^event\.check\.labels.*$", text, re.MULTILINE)
    (program,) = re.findall(r"event list --format json \| jq -r '([^']*)'", text)
    name = f"only-{uuid4().hex}"
    handled = tmp_path / "handled"
    resource(sensu_backend, "filters", name, action="allow", expressions=[expression])
    command = f"cat >> {handled}; echo >> {handled}"
    resource(sensu_backend, "handlers", name, type="pipe", command=command, filters=[name], timeout=30)
    agent = sensu_agent(name)
    for check, project, status in EVENTS:
        labels = {"calipso_project": project, "calipso_host": "cmp1"}
        metadata = {"name": check, "labels": labels, "annotations": {"calipso_path": f"/lab/{check}"}}
        event = {"check": {"metadata": metadata, "status": status, "output": "gone", "handlers": [name]}}
        assert agent.post(event).ok
    wait_until(lambda: (name, EVENTS[-1][0]) in sensu_backend.events(), "all events are there")
    wait_until(handled.exists, "the handler is run")
    events = [each for (entity, _check), each in sensu_backend.events().items() if entity == name]
    chosen = subprocess.run(
        ["jq", "-r", program], input=json.dumps(events), capture_output=True, text=True, check=True
    )
    assert sorted(chosen.stdout.splitlines()) == ["/lab/vnic_blue2: gone", "/lab/vnic_green2: gone"]
    wait_until(lambda: handled.read_text().endswith("\n"), "the handler is done")
    names = [
        json.loads(line)["check"]["metadata"]["name"] for line in handled.read_text().split("\n") if line
    ]
    assert names == [WANTED]
