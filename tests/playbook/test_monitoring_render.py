"""The playbooks render monitoring: of a real cloud's recording, whenever it is scanned, and into files."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from controller import HOSTS, Controller

from calipso.model.environment import Environment

BOOK = "playbooks/monitoring.yml"
CHECKS = {
    "host_pnic": 9,
    "vedge_ovs": 3,
    "otep": 3,
    "vconnector": 7,
    "vservice": 5,
    "instance": 6,
    "vnic": 16,
    "link_vnic_vconnector": 7,
    "link_vconnector_vedge": 7,
}
"""Of the recording that ships."""


def play(controller: Controller, provision: str, directory: Path, *options: str) -> int:
    """Run the playbook; return how many tasks changed anything."""
    variables: dict[str, Any] = {"monitoring_directory": str(directory), "url": "https://calipso.example"}
    done = controller.play(BOOK, *options, environment="demo", provision=provision, **variables)
    return done.succeeded().changed


def test_a_scan_renders_and_the_playbook_writes_what_differs(controller: Controller, tmp_path: Path) -> None:
    directory = tmp_path / "tree"
    with controller.store() as store:
        store.prepare()
        section = {"host": "sensu.example", "provision": "DB"}
        store.create_environment(
            Environment("demo", enable_monitoring=True, configuration={"Monitoring": section})
        )
    assert controller.play("playbooks/demo.yml").succeeded().changed == 2
    with controller.store() as store:
        rendered = store.monitoring_config("demo")
        assert Counter(each["config"]["check"] for each in rendered if each["type"] == "check") == CHECKS
        assert store.messages("demo") == []
    assert controller.play("playbooks/demo.yml").succeeded().changed == 0

    assert play(controller, "Files", directory, "--check") == 1
    assert not directory.exists()
    assert play(controller, "Files", directory) == 1
    assert play(controller, "Files", directory) == 0
    assert sorted(path.name for path in (directory / "hosts").iterdir()) == HOSTS
    plans = [json.loads(path.read_text()) for path in directory.glob("hosts/*/checks.json")]
    assert sum(len(plan["checks"]) for plan in plans) == sum(CHECKS.values())
    assert all(
        check["annotations"]["calipso_url"].startswith("https://calipso.example/")
        for plan in plans
        for check in plan["checks"]
        if not check["name"].startswith("link_")
    )

    assert play(controller, "None", directory, "--check") == 1
    assert play(controller, "None", directory) == 1
    assert play(controller, "None", directory) == 0
    with controller.store() as store:
        assert store.monitoring_config("demo") == []


def test_what_cannot_be_rendered_is_said(controller: Controller, tmp_path: Path) -> None:
    def said(**variables: Any) -> str:
        return controller.play(BOOK, **variables).message

    with controller.store() as store:
        store.prepare()
        store.create_environment(Environment("demo"))
    assert "no environment 'other'" in said(environment="other")
    assert "section Monitoring" in said(environment="demo")
    with controller.store() as store:
        store.change_environment("demo", {"configuration": {"Monitoring": {"host": "sensu.example"}}})
    assert "demo" in said(environment="demo", provision="DB")
    (tmp_path / "mine").write_text("precious")
    controller.play("playbooks/demo.yml").succeeded()
    assert "holds other files" in said(
        environment="demo", provision="Files", monitoring_directory=str(tmp_path)
    )
