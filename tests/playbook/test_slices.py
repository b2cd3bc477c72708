"""A scan that several jobs share: begun once, its hosts asked in slices at the same time, published once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from controller import DEMO, HOSTS, ROOT, Controller, Played

from calipso.store import Store

SLICES = 4


def begun(controller: Controller, **variables: Any) -> str:
    """Begin a scan of `demo`; return its id."""
    controller.play(
        "playbooks/scan_begin.yml", environment="demo", recording=str(DEMO), **variables
    ).succeeded()
    with controller.store() as store:
        return str(store.scans("demo", limit=1)[0]["id"])


def collected(controller: Controller, scan_id: str, *slices: str) -> list[Played]:
    """Ask the hosts of slices, all at once."""

    def collect(part: str) -> Played:
        return controller.play("playbooks/scan_collect.yml", environment="demo", scan_id=scan_id, slice=part)

    with ThreadPoolExecutor(len(slices)) as jobs:
        return list(jobs.map(collect, slices))


def published(controller: Controller, scan_id: str, **variables: Any) -> Played:
    """Publish."""
    return controller.play("playbooks/scan_publish.yml", environment="demo", scan_id=scan_id, **variables)


def test_slices_give_what_one_job_gives(controller: Controller) -> None:
    scan_id = begun(controller)
    for each in collected(controller, scan_id, *(f"{part}/{SLICES}" for part in range(1, SLICES + 1))):
        assert "openstack_facts" not in each.succeeded().output
    assert published(controller, scan_id).succeeded().summary[0] == "Environment demo: scan completed."
    one = Controller(controller.uri, controller.directory)
    one.play("playbooks/scan.yml", environment="demo", recording=str(DEMO), inventory="whole").succeeded()
    with controller.store("whole") as store:
        whole = [
            {name: value for name, value in each.items() if name != "last_scanned"}
            for each in store.view("demo").export()
        ]
    assert controller.export("demo") == whole
    with controller.store() as store:
        assert [each["status"] for each in store.scans("demo")] == ["completed"]
        assert len(store.generations("demo")) == 1


def killed(controller: Controller, scan_id: str, part: str) -> None:
    """Ask the hosts of a slice; kill the job before one of them has answered."""
    variables = {"calipso_environment": "demo", "calipso_scan_id": scan_id, "calipso_slice": part}
    book = ["playbook", "playbooks/scan_collect.yml", "-e", json.dumps(variables)]
    with subprocess.Popen(
        [sys.executable, "-m", "ansible", *book],
        cwd=ROOT,
        env=controller.environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as job:
        assert job.stdout is not None
        assert any("PLAY [Ask the hosts]" in line for line in job.stdout)
        os.killpg(job.pid, signal.SIGKILL)


def test_the_hosts_of_a_job_that_dies_are_named(controller: Controller) -> None:
    scan_id = begun(controller)
    collected(controller, scan_id, "1/2")
    killed(controller, scan_id, "2/2")
    published(controller, scan_id).succeeded()
    with controller.store() as store:
        scan = scan_of(store, scan_id)
    assert scan["status"] == "completed_with_errors"
    for host, error in zip(HOSTS[1::2], scan["errors"], strict=True):
        assert f"host {host} did not answer (its answer never came)" in error


def test_what_is_wrong_is_said(controller: Controller) -> None:
    scan_id = begun(controller)
    [said] = collected(controller, scan_id, "5/4")
    assert "such as 2/4" in said.message
    assert "has no scan 'none'" in published(controller, "none").message
    assert "another worker has taken" in published(controller, scan_id, attempt=7).message


def test_a_scan_names_and_compares_its_state(controller: Controller) -> None:
    """As a schedule asks for it, and by hand."""
    controller.play(
        "playbooks/scan.yml", environment="demo", recording=str(DEMO), snapshot="as designed"
    ).succeeded()
    controller.play(
        "playbooks/scan.yml", environment="demo", recording=str(DEMO), compare_with="as designed"
    ).succeeded()
    with controller.store() as store:
        assert store.generations("demo")[0].names == ("as designed",)
        texts = [message["message"] for message in store.messages("demo")]
    assert any("Nothing is different from snapshot 'as designed'" in text for text in texts)


def scan_of(store: Store, scan_id: str) -> dict[str, Any]:
    """Return a scan that is there."""
    found = store.scan(scan_id)
    assert found is not None
    return found
