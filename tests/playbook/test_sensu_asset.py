"""The archive of checks: what is in it, that it runs, and that it is always the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from hashlib import sha512
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from uuid import uuid4

from controller import ROOT, Controller
from sensu_server import SensuAgent, SensuBackend, wait_until

from calipso.model.environment import Environment

CHECKS = ROOT / "sensu_checks"


def pack(controller: Controller, play: Path, *options: str, **arguments: str) -> int:
    """Pack the checks, and return how many tasks changed anything."""
    given = {"src": CHECKS, "library": "{{ omit }}", **arguments}
    lines = "".join(f"        {name}: {value!r}\n" for name, value in ((k, str(v)) for k, v in given.items()))
    play.write_text(
        "- hosts: localhost\n  gather_facts: false\n  vars:\n"
        "    ansible_python_interpreter: '{{ ansible_playbook_python }}'\n"
        f"  tasks:\n    - calipso.topology.sensu_asset:\n{lines}"
    )
    return controller.play(str(play), *options).succeeded().changed


def test_an_archive_is_made_once_runs_and_is_the_same_of_a_copy(
    controller: Controller, tmp_path: Path
) -> None:
    first, second = tmp_path / "made" / "first.tar.gz", tmp_path / "second.tar.gz"
    play = tmp_path / "pack.yml"
    assert pack(controller, play, "--check", dest=str(first)) == 1
    assert not first.exists()
    assert pack(controller, play, dest=str(first)) == 1
    assert pack(controller, play, dest=str(first)) == 0
    copy = tmp_path / "copy"
    for path in CHECKS.rglob("*.py"):
        target = copy / path.relative_to(CHECKS)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
        target.chmod(0o600)
    pack(controller, play, dest=str(second), src=str(copy))
    assert second.read_bytes() == first.read_bytes()

    with tarfile.open(first) as archive:
        archive.extractall(tmp_path / "asset", filter="data")
    programs = tmp_path / "asset" / "bin"
    for script in sorted(programs.glob("*.py")):
        said = subprocess.run(
            [script, "--help"],
            env={"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "usage:" in said.stdout, (script, said)
    assert (programs / "sensu_plugin" / "check.py").is_file()


def test_it_is_said_what_is_missing(controller: Controller, tmp_path: Path) -> None:
    play, dest = tmp_path / "pack.yml", str(tmp_path / "checks.tar.gz")
    play.write_text(
        "- hosts: localhost\n  gather_facts: false\n  tasks:\n    - calipso.topology.sensu_asset:\n"
        f"        {{src: {CHECKS}, dest: {dest}, library: {tmp_path}}}\n"
    )
    assert "install sensu-plugin" in controller.play(str(play)).message


@contextmanager
def served(directory: Path) -> Iterator[str]:
    """Serve the files of a directory over HTTP; yield the address."""
    handler = partial(SimpleHTTPRequestHandler, directory=directory)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_an_agent_fetches_and_runs_it(
    controller: Controller,
    sensu_backend: SensuBackend,
    sensu_agent: Callable[..., SensuAgent],
    tmp_path: Path,
) -> None:
    """All rendered and applied as an environment says that has an asset; nothing is installed."""
    archive, files, play = tmp_path / "web" / "checks.tar.gz", tmp_path / "files", tmp_path / "play.yml"
    pack(controller, play, dest=str(archive))
    namespace = f"asset-{uuid4()}"
    with served(archive.parent) as address:
        asset = {"url": f"{address}/checks.tar.gz", "sha512": sha512(archive.read_bytes()).hexdigest()}
        section = {"host": "sensu.example", "namespace": namespace, "interval": 1, "asset": asset}
        with controller.store() as store:
            store.prepare()
            store.create_environment(Environment("demo", configuration={"Monitoring": section}))
        controller.play("playbooks/demo.yml").succeeded()
        book = "playbooks/monitoring.yml"
        controller.play(
            book, environment="demo", provision="Files", monitoring_directory=str(files)
        ).succeeded()
        options = {
            "url": sensu_backend.url,
            "api_key": sensu_backend.api_key,
            "namespace": namespace,
            "src": str(files / "server" / "resources.json"),
        }
        play.write_text(
            "- hosts: localhost\n  gather_facts: false\n  tasks:\n    - calipso.topology.sensu_resources:\n"
            f"      args: {json.dumps(options)}\n"
        )
        controller.play(str(play)).succeeded()
        sensu_agent("cmp1", namespace=namespace, subscriptions=["calipso"])
        said = wait_until(
            lambda: sensu_backend.events(namespace).get(("cmp1", "calipso_batch")), "the batch is run"
        )["check"]
    assert (said["status"], said["runtime_assets"]) == (3, ["calipso_checks"])
    assert "calipso_batch UNKNOWN: " in said["output"]
    assert "/etc/sensu/calipso/checks.json" in said["output"]
