"""What runs a scan for a worker: Ansible here, or a job of AWX."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from ..model.topology import Document, Level

Result = Literal["done", "failed", "stopped"]


class LaunchError(Exception):
    """A scan that could not be started at all; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Task:
    """A scan to run. `variables` are those of playbooks/scan.yml, without secrets."""

    scan: Document
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended. The scan itself may have ended before, with a status of its own: that counts.

    `reasons`: what went wrong, for people. "stopped": since `Watch.must_stop` said so.
    """

    result: Result
    reasons: tuple[str, ...] = ()


class Watch(Protocol):
    """To whom a launcher tells how a run goes; from any thread."""

    def phase(self, name: str, *, total: int = 0, done: int = 0, failed: int = 0) -> None:
        """Tell in what phase the run is, and of its hosts how many there are, are done, and failed."""

    def say(self, level: Level, text: str) -> None:
        """Tell a line for the scan's log."""

    def place(self, artifacts: str | None = None, job: str | None = None) -> None:
        """Tell where the run's artifacts are (HOST:/path), or its job (an address)."""

    def must_stop(self) -> bool:
        """Say whether the run must end now. Ask every few seconds: it also keeps the claim."""


class Launcher(Protocol):
    """Runs a scan to its end."""

    def run(self, task: Task, watch: Watch) -> Ended:
        """Run it; return how it ended. Raises LaunchError."""
