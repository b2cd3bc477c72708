"""Running a scan here: its playbook, by ansible-runner, in a directory of its own."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..model.topology import Level
from ..phases import BEGINNING, BUILDING, COLLECTION, HOSTS, phase_of
from .ansible import forget_old, last_lines, run_playbook
from .launcher import Ended, LaunchError, Task, Watch

_LONGEST_LINE = 1000
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
        place = self.home / f"{task.scan['id']}.{task.scan['attempt']}"
        try:
            place.mkdir(parents=True, mode=0o700, exist_ok=True)
            forget_old(self.home, self.kept)
        except OSError as error:
            raise LaunchError(f"the worker cannot keep its runs in {self.home}: {error.strerror}") from None
        watch.place(artifacts=f"{socket.gethostname()}:{place}")
        follower = Follower(watch)
        status, code = run_playbook(
            "scan",
            place,
            inventories=[each.format(environment=task.scan["environment"]) for each in self.inventories],
            variables=task.variables,
            extra=self.extra,
            event_handler=follower.event,
            must_stop=watch.must_stop,
        )
        if status == "canceled":
            return Ended("stopped")
        if code == 0:
            return Ended("done")
        return Ended("failed", follower.reasons() or last_lines(place))


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
