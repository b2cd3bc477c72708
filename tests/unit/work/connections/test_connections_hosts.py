"""Hosts' command lines, through the real Ansible: a real sshd, a real sudo."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ldap_server import free_port
from real_sshd import SUDO_PASSWORD, Sshd
from tries import Tries

from calipso.work.connections import Result


def inventory(home: Path, hosts: dict[str, Any]) -> list[str]:
    """Write an inventory for an environment called lab; return its source as workers name it."""
    (home / "lab.json").write_text(json.dumps({"calipso_hosts": {"hosts": hosts}}))
    return [str(home / "{environment}.json")]


def causes(result: Result) -> dict[str, tuple[str, str]]:
    """Return the failed step and the cause of each host that fails."""
    return {host.host: (host.steps[-1].step, str(host.cause)) for host in result.hosts if not host.works}


def test_hosts_of_which_some_work(sshd: Sshd, tries: Tries, tmp_path: Path) -> None:
    wrong = {"ansible_become_password": "wrong"}
    right = {"ansible_become_password": SUDO_PASSWORD}
    hosts = {
        "works": sshd.host("free"),
        "works-with-password": sshd.host("asked", **right),
        "not-in-sudoers": sshd.host("plain", **right),
        "wrong-sudo-password": sshd.host("asked", **wrong),
        "no-sudo-password": sshd.host("asked"),
        "changed-key": sshd.host("free", known_hosts=sshd.other_known_hosts),
        "unknown-key": sshd.host("free", known_hosts="/dev/null"),
        "closed": sshd.host("free", ansible_port=free_port()),
        "wrong-key": sshd.host("free", ansible_ssh_private_key_file=str(sshd.stranger)),
        "no-name": sshd.host("free", ansible_host="no-such-host.invalid"),
        "no-python": sshd.host("free", ansible_python_interpreter="/nowhere/python3"),
    }
    result = tries("CLI", {}, inventories=inventory(tmp_path, hosts))
    expected = {
        "not-in-sudoers": ("sudo", "the user is not in sudoers"),
        "wrong-sudo-password": ("sudo", "sudo refuses the password"),
        "no-sudo-password": ("sudo", "sudo is refused without a password"),
        "changed-key": ("host key", "shows another SSH host key than known_hosts has"),
        "unknown-key": ("host key", "is not in the worker's known_hosts"),
        "closed": ("TCP connection", "nothing listens on the SSH port"),
        "wrong-key": ("login", "refuses the user or its key"),
        "no-name": ("name resolution", "DNS knows no such host"),
        "no-python": ("Python", "has no Python where Ansible looks for it"),
    }
    found = causes(result)
    assert {host: step for host, (step, _cause) in found.items()} == {
        host: step for host, (step, _cause) in expected.items()
    }, result
    for host, (_step, cause) in expected.items():
        assert cause in found[host][1], host
    assert "9 of 11 fail" in result.steps[-1].text
    assert "closed: nothing listens" in str(result.cause)
    working = next(host for host in result.hosts if host.works)
    assert [step.step for step in working.steps][-4:] == ["host key", "login", "Python", "sudo"]
    assert SUDO_PASSWORD not in str(result)


def test_hosts_that_work_need_no_sudo_where_scans_use_none(sshd: Sshd, tries: Tries, tmp_path: Path) -> None:
    source = inventory(tmp_path, {"one": sshd.host("plain")})
    result = tries("CLI", {"hosts": "one"}, inventories=source, extra=["calipso_become=false"])
    assert result.works, result
    assert result.steps[-1].text == "1 of 1 work"
    assert not list(Path("/tmp").glob("calipso-test-*"))  # noqa: S108


def test_no_hosts(tries: Tries, tmp_path: Path) -> None:
    source = inventory(tmp_path, {})
    assert "has no hosts calipso_hosts" in str(tries("CLI", {}, inventories=source).cause)
    (tmp_path / "broken.yml").write_text("calipso_hosts: [")
    broken = tries("CLI", {}, extra=[f"@{tmp_path / 'broken.yml'}"])
    assert "cannot read the worker's inventory" in str(broken.cause)
