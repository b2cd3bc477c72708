"""Running a scan here: its playbook, by ansible-runner, in a directory of its own."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..model.topology import Level
from ..phases import BEGINNING, BUILDING, COLLECTION, HOSTS, phase_of
from .launcher import Ended, LaunchError, Task, Watch

PLAYBOOK = f"{COLLECTION}scan"
"""The playbook of a scan, where the collection is installed."""

_LONGEST_LINE = 1000
_POLLED_S = 1.0
_LAST_FAULTS = 20


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs playbooks with Ansible, as the user who runs the worker.

    `home`: where each run gets a directory. `inventories`: sources of the inventory, in which
    `{environment}` stands for the environment's name. `extra`: what `ansible-playbook -e` takes besides.
    `kept`: as many runs' directories stay, for debugging.
    """

    home: Path
    inventories: Sequence[str] = ()
    extra: Sequence[str] = ()
    kept: int = 50

    def run(self, task: Task, watch: Watch) -> Ended:
        """Run the scan's playbook to its end."""
        import ansible_runner

        place = self.home / f"{task.scan['id']}.{task.scan['attempt']}"
        try:
            place.mkdir(parents=True, mode=0o700, exist_ok=True)
            self._forget_old()
        except OSError as error:
            raise LaunchError(f"the worker cannot keep its runs in {self.home}: {error.strerror}") from None
        watch.place(artifacts=f"{socket.gethostname()}:{place}")
        project, playbook = _playbook()
        follower = Follower(watch)
        options = [word for each in self.extra for word in ("-e", each)]
        done = ansible_runner.run(
            private_data_dir=str(place),
            project_dir=str(project or place),
            playbook=playbook,
            inventory=[each.format(environment=task.scan["environment"]) for each in self.inventories],
            extravars=dict(task.variables),
            cmdline=shlex.join(options) or None,
            envvars={"ANSIBLE_HOST_KEY_CHECKING": "True", **_ansible(), "PATH": _path()},
            settings={"pexpect_timeout": _POLLED_S},
            ident="run",
            quiet=True,
            event_handler=follower.event,
            cancel_callback=watch.must_stop,
        )
        _without_environment(place / "artifacts" / "run" / "command")
        if done.status == "canceled":
            return Ended("stopped")
        if done.rc == 0:
            return Ended("done")
        return Ended("failed", follower.reasons() or _last_lines(place / "artifacts" / "run" / "stdout"))

    def _forget_old(self) -> None:
        """Drop the directories of all runs but the newest."""
        runs = sorted(
            (path for path in self.home.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime
        )
        for path in runs[: -self.kept]:
            shutil.rmtree(path, ignore_errors=True)


class Follower:
    """Makes of a playbook's events the phases and the log of its scan."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._phase = ""
        self._counts = {"total": 0, "done": 0, "failed": 0}
        self._faults: list[str] = []

    def event(self, event: Mapping[str, Any]) -> bool:
        """Take an event of ansible-runner; return True, to have its file kept."""
        data = event.get("event_data") or {}
        action = str(data.get("resolved_action") or data.get("task_action") or "").removeprefix(COLLECTION)
        match event.get("event"):
            case "playbook_on_task_start":
                if phase := phase_of(action, _state(data)):
                    self._enter(phase)
            case "runner_on_ok":
                self._ok(action, data.get("res") or {})
            case "runner_on_failed" | "runner_on_unreachable" if not data.get("ignore_errors"):
                self._failed(action, data)
        return True

    def reasons(self) -> tuple[str, ...]:
        """Return what failed, the last of it."""
        return tuple(dict.fromkeys(self._faults[-_LAST_FAULTS:]))

    def _ok(self, action: str, result: Mapping[str, Any]) -> None:
        if action == "host_facts":
            self._count("done")
        elif action == "topology" and "hosts" in result:
            self._counts["total"] = len(result["hosts"])
            self._enter(BEGINNING)
        elif action == "topology" and "summary" in result:
            self._enter(BUILDING)
            for line in result["summary"]:
                self._say("info", line)

    def _failed(self, action: str, data: Mapping[str, Any]) -> None:
        result = data.get("res") or {}
        text = str(result.get("msg") or result.get("reason") or "it failed without a word")
        where = "" if data.get("host") in (None, "localhost") else f"{data['host']}: "
        self._say("error", f"{where}{text}")
        if action == "host_facts":
            self._count("failed")
        else:
            self._faults.append(f"{where}{text}")

    def _count(self, what: str) -> None:
        self._counts[what] += 1
        self._enter(HOSTS)

    def _enter(self, phase: str) -> None:
        if phase != self._phase:
            self._say("info", phase)
        self._phase = phase
        self._watch.phase(phase, **self._counts)

    def _say(self, level: Level, text: str) -> None:
        self._watch.say(level, text[:_LONGEST_LINE])


def _state(data: Mapping[str, Any]) -> str:
    """Return the `state` that a task asks for, of what ansible-runner tells of its arguments."""
    return next(
        (
            part.partition("=")[2]
            for part in str(data.get("task_args") or "").split(", ")
            if part.startswith("state=")
        ),
        "",
    )


def _playbook() -> tuple[Path | None, str]:
    """Return where the playbook of a scan is: the checkout that this is part of, or the collection."""
    root = Path(__file__).resolve().parents[2]
    if (root / "galaxy.yml").is_file() or (root / "MANIFEST.json").is_file():
        return root, "playbooks/scan.yml"
    return None, PLAYBOOK


def _ansible() -> dict[str, str]:
    """Return the worker's own settings of Ansible, which count where ansible-runner would have others.

    Unless it is told otherwise, ansible-runner has Ansible talk to hosts whose keys it does not know.
    """
    own = {name: value for name, value in os.environ.items() if name.startswith("ANSIBLE_")}
    return {**own, "ANSIBLE_FORCE_COLOR": "0", "ANSIBLE_NOCOLOR": "1"}


def _path() -> str:
    """Return the path on which this Python's own Ansible comes first."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def _without_environment(command: Path) -> None:
    """Drop from a run's files the worker's environment, which may hold passwords."""
    try:
        known = json.loads(command.read_text())
    except (OSError, ValueError):
        return
    command.write_text(json.dumps({name: value for name, value in known.items() if name != "env"}))


def _last_lines(output: Path, most: int = 5) -> tuple[str, ...]:
    """Return the end of what a playbook printed, for one that failed before any task."""
    try:
        lines = [line.strip() for line in output.read_text(errors="replace").splitlines()]
    except OSError:
        lines = []
    said = " ".join([line for line in lines if line][-most:])
    return (said[-_LONGEST_LINE:] or "the playbook ended without a word",)
