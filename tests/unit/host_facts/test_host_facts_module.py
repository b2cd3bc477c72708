"""The module as Ansible runs it: a process of its own, arguments in, JSON out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.calipso.topology.plugins.module_utils.recording import host_directory, write_host
from host_samples import RECORDING, facts_of, recorded

from calipso.model.facts import validate_host_facts

MODULE = "ansible_collections.calipso.topology.plugins.modules.host_facts"
COLLECTIONS = Path(__file__).parents[3] / "collections"
SECRET = "hunter2"


def run_module(tmp_path: Path, path: str | None = None, **arguments: Any) -> dict[str, Any]:
    file = tmp_path / "arguments.json"
    file.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": arguments}))
    environment = {**os.environ, "PYTHONPATH": str(COLLECTIONS)}
    if path is not None:
        environment["PATH"] = path
    command = [sys.executable, "-m", MODULE, str(file)]
    done = subprocess.run(command, env=environment, capture_output=True, timeout=120, check=False)
    assert not done.stderr, done.stderr
    assert SECRET.encode() not in done.stdout
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def replace_tool(folder: Path, name: str, script: str) -> None:
    tool = folder / name
    tool.write_text("#!/bin/sh\n" + script)
    tool.chmod(0o755)


def has_ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


def gaps_of(answer: dict[str, Any], part: str) -> list[tuple[str, str]]:
    return [(gap["reason"], gap["detail"]) for gap in answer["facts"]["gaps"] if gap["part"] == part]


def test_live_facts_are_recorded_and_replayed(tmp_path: Path) -> None:
    live = run_module(tmp_path, record=True)
    assert live["changed"] is False
    validate_host_facts(live["facts"])
    folder = write_host(tmp_path / "recording", "this host", live["recording"])
    replayed = run_module(tmp_path, recording=str(folder), record=True)
    assert replayed["facts"] == live["facts"]
    assert replayed["recording"] == live["recording"]


def test_tools_that_hang_or_never_stop_are_killed_with_their_children(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    child = tmp_path / "child.pid"
    replace_tool(tools, "ovs-vsctl", f"/bin/sleep 600 & echo $! > {child}; wait\n")
    replace_tool(tools, "lldpctl", "while :; do echo 0123456789012345678901234567890123456789; done\n")
    replace_tool(tools, "virsh", r"printf '\377\376 not UTF-8\n'")
    replace_tool(tools, "ps", "echo 4026531840 vpp -c /etc/vpp/startup.conf\n")
    replace_tool(tools, "hostname", "/bin/sleep 600 & echo left.a.child.behind\n")
    started = time.monotonic()
    answer = run_module(tmp_path, path=str(tools), timeout=2, output_limit=100_000, record=True)
    assert time.monotonic() - started < 60
    assert has_ended(int(child.read_text()))
    assert gaps_of(answer, "ovs") == [("timeout", "no answer within 2 s")]
    assert gaps_of(answer, "lldp") == [("truncated", "more than 100000 bytes of output")]
    assert gaps_of(answer, "vpp") == [("missing", "vppctl is not installed")]
    assert gaps_of(answer, "domains") == [("unreadable", "3 domains have no UUID")]
    assert answer["facts"]["fqdn"] == "left.a.child.behind"
    folder = write_host(tmp_path / "recording", "host", answer["recording"])
    assert run_module(tmp_path, recording=str(folder))["facts"] == answer["facts"]


def test_secrets_are_neither_returned_nor_recorded(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (database,) = (result for result in recorded("net1") if result.command[0] == "ovs-vsctl")
    pair = f'["psk","{SECRET}"],["remote_ip"'
    (tmp_path / "database").write_text(database.stdout.replace('["remote_ip"', pair))
    (tmp_path / "processes").write_text(
        f"4026531840 haproxy -f /etc/haproxy.cfg --stats-password={SECRET} --token {SECRET}\n"
        f"4026531840 mysqld -p{SECRET}\n"
    )
    replace_tool(tools, "ovs-vsctl", f"/bin/cat {tmp_path}/database\n")
    replace_tool(tools, "ps", f"/bin/cat {tmp_path}/processes\n")
    answer = run_module(tmp_path, path=str(tools), record=True)
    (haproxy,) = answer["facts"]["processes"]
    assert haproxy["args"] == "haproxy -f /etc/haproxy.cfg --stats-password=*** --token ***"
    options = [
        interface["options"]
        for bridge in answer["facts"]["ovs"]["bridges"]
        for port in bridge["ports"]
        for interface in port["interfaces"]
    ]
    assert {option["psk"] for option in options if "psk" in option} == {"***"}


def test_recorded_host_replays_through_the_module(tmp_path: Path) -> None:
    answer = run_module(tmp_path, recording=str(host_directory(RECORDING, "cmp1")))
    assert answer["facts"] == facts_of(recorded("cmp1"))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"timeout": 0}, "timeout is 0: it must be 1 or more"),
        ({"output_limit": -1}, "output_limit is -1: it must be 1 or more"),
        ({"recording": "/nowhere"}, "there is no recording in /nowhere: name a folder DIR/hosts/<host>"),
    ],
)
def test_bad_arguments_say_what_to_do(tmp_path: Path, arguments: dict[str, Any], complaint: str) -> None:
    answer = run_module(tmp_path, **arguments)
    assert answer["failed"]
    assert answer["msg"].startswith(complaint)


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"command": "ls", "rc": 0, "stdout": "", "stderr": ""}', "\0"]
)
def test_broken_recordings_say_what_to_do(tmp_path: Path, content: str) -> None:
    folder = tmp_path / "host"
    folder.mkdir()
    file = folder / "001-ls.json"
    file.write_text(content)
    answer = run_module(tmp_path, recording=str(folder))
    assert answer["failed"]
    assert answer["msg"].startswith(f"{file} is no recorded command")
    assert answer["msg"].endswith("record the host again")
