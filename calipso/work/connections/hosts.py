"""The hosts' own command line: through Ansible, as scans reach them."""

from __future__ import annotations

import json
import shlex
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...model.targets import CliTarget
from .host_faults import trouble_of
from .result import HostResult, Step, StepError, Trial
from .secret import ROOT, Means

LIMIT_S = 150
"""Seconds for all hosts."""

_LOGIN, _PYTHON, _SUDO = "login", "Python", "sudo"
_WAY = ("name resolution", "TCP connection", "host key", _LOGIN, _PYTHON, _SUDO)
"""What must work on a host, in its order."""

_NAMED = 5


def try_cli(section: CliTarget, environment: str, means: Means, trial: Trial) -> None:
    """Try every host: log in, and become who a scan becomes there. Raises StepError."""
    heard = _Heard()
    with tempfile.TemporaryDirectory(prefix="calipso-test-") as place:
        status, said = _play(section, environment, means, Path(place), heard)
    with trial.step("inventory") as say:
        if not heard.hosts and not heard.begun:
            raise StepError(
                trial.told(heard.error or said),
                "Ansible cannot read the worker's inventory, or lacks a key of Vault: mend what it says",
            )
        if not heard.hosts and status != "timeout":
            raise StepError(
                f"no host of the inventory is of {section.hosts!r}",
                f"the worker's inventory has no hosts {section.hosts}: give the worker the right one (-i), "
                "or set `hosts` to a group or pattern of it",
            )
        say(f"{len(heard.hosts)} hosts are {section.hosts}")
    trial.hosts.extend(_result(host, found, trial) for host, found in sorted(heard.hosts.items()))
    failed = [each for each in trial.hosts if not each.works]
    with trial.step("hosts") as say:
        if failed:
            names = ", ".join(each.host for each in failed[:_NAMED])
            more = f" and {len(failed) - _NAMED} more" if len(failed) > _NAMED else ""
            raise StepError(f"{len(failed)} of {len(trial.hosts)} fail: {names}{more}", _common_cause(failed))
        if status == "timeout":
            raise StepError(
                f"Ansible was not done within {LIMIT_S} s",
                "hosts take long to answer: see which by `ansible -m ping` where the worker runs",
            )
        say(f"{len(trial.hosts)} of {len(trial.hosts)} work")


@dataclass
class _Heard:
    """What Ansible's events tell: for each host, its tasks and what came of them."""

    hosts: dict[str, dict[str, tuple[bool, str]]] = field(default_factory=dict)
    begun: bool = False
    error: str = ""

    def event(self, event: Mapping[str, Any]) -> bool:
        """Take an event of ansible-runner; return False, to have no file kept."""
        data = event.get("event_data") or {}
        match event.get("event"):
            case "playbook_on_play_start" | "playbook_on_no_hosts_matched":
                self.begun = True
            case "runner_on_start":
                self.hosts.setdefault(str(data["host"]), {})
            case "runner_on_ok":
                self._note(data, works=True)
            case "runner_on_failed" | "runner_on_unreachable":
                self._note(data, works=False)
            case "error" | "verbose" if not self.error and "ERROR" in str(event.get("stdout")):
                self.error = str(event["stdout"])
        return False

    def _note(self, data: Mapping[str, Any], *, works: bool) -> None:
        result = data.get("res") or {}
        parts = (result.get(name) for name in ("msg", "module_stderr", "stderr", "module_stdout"))
        text = " ".join(dict.fromkeys(str(part) for part in parts if part))
        self.hosts.setdefault(str(data["host"]), {})[str(data["task"])] = (works, text)


def _play(section: CliTarget, environment: str, means: Means, place: Path, heard: _Heard) -> tuple[str, str]:
    """Run the playbook of the test; return its status, and the end of what Ansible printed."""
    import ansible_runner

    play = {
        "hosts": section.hosts,
        "gather_facts": False,
        "strategy": "ansible.builtin.free",
        "tasks": [
            # Raw at first: Ansible sends it no data, so what ssh says is never cut short.
            {"name": _LOGIN, "ansible.builtin.raw": "true", "changed_when": False},
            {"name": _PYTHON, "ansible.builtin.ping": {}},
            {
                "name": _SUDO,
                "ansible.builtin.command": {"argv": ["true"]},
                "become": "{{ calipso_become | default(true) | bool }}",
                "changed_when": False,
            },
        ],
    }
    book = place / "test.yml"
    book.write_text(json.dumps([play]))
    options = means.extra_words()
    if section.user is not None:
        options += ["--user", section.user]
    if section.key_file is not None:
        options += ["--private-key", str(Path(section.key_file).expanduser())]
    if section.host is not None:
        options += ["--ssh-common-args", f"-J {section.host}"]
    variables = means.ansible_variables()
    done = ansible_runner.run(
        private_data_dir=str(place),
        project_dir=str(ROOT if (ROOT / "ansible.cfg").is_file() else place),
        playbook=str(book),
        inventory=means.sources(environment) or None,
        cmdline=shlex.join(options) or None,
        envvars={"ANSIBLE_FORKS": "20", "ANSIBLE_TIMEOUT": "10", **variables},
        settings={"pexpect_timeout": 1},
        timeout=LIMIT_S,
        quiet=True,
        event_handler=heard.event,
    )
    try:
        printed = (place / "artifacts" / done.config.ident / "stdout").read_text(errors="replace")
    except OSError:
        printed = ""
    return str(done.status), printed.strip()[-400:] or "Ansible says nothing"


def _result(host: str, tasks: Mapping[str, tuple[bool, str]], trial: Trial) -> HostResult:
    """Return what came of a host's test, of what Ansible told of its tasks."""
    for task in (_LOGIN, _PYTHON, _SUDO):
        if task not in tasks:
            late = f"Ansible was not done with it within {LIMIT_S} s"
            return HostResult(host, False, _way(task, late), "the host takes too long to answer")
        works, text = tasks[task]
        if not works:
            trouble = trouble_of(text, task)
            return HostResult(host, False, _way(trouble.step, trial.told(text)), trouble.cause)
    return HostResult(host, True, tuple(Step(name, True, "") for name in _WAY))


def _way(failed: str, text: str) -> tuple[Step, ...]:
    """Return the steps to one that failed: those before work."""
    before = _WAY[: _WAY.index(failed)]
    return (*(Step(name, True, "") for name in before), Step(failed, False, text))


def _common_cause(failed: list[HostResult]) -> str:
    """Return the causes, each with its hosts."""
    causes: dict[str, list[str]] = {}
    for each in failed:
        causes.setdefault(str(each.cause), []).append(each.host)
    return "; ".join(
        f"{', '.join(hosts[:_NAMED])}{' ...' if len(hosts) > _NAMED else ''}: {cause}"
        for cause, hosts in causes.items()
    )
