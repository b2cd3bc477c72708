"""What comes of a test: its steps, and the likely cause if one of them fails."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

HIDDEN = "***"

_LONGEST_TEXT = 500
_CREDENTIALS = re.compile(r"(://)[^/\s@]*@")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was tried, and what came of it."""

    step: str
    works: bool
    text: str


@dataclass(frozen=True, slots=True)
class HostResult:
    """What came of the test of one host's command line."""

    host: str
    works: bool
    steps: tuple[Step, ...]
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a test of one target.

    `cause`: the likely cause in plain words, and what to do; None if it works. `hosts`: for CLI, each host.
    """

    works: bool
    took_ms: int
    steps: tuple[Step, ...]
    cause: str | None = None
    hosts: tuple[HostResult, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return it as a connection test keeps it: lists and mappings."""
        shown = asdict(self)
        shown["steps"] = list(shown["steps"])
        hosts = [{**host, "steps": list(host["steps"])} for host in shown.pop("hosts")]
        return {**shown, "hosts": hosts} if hosts else shown


class StepError(Exception):
    """A step that failed: what happened; and its likely cause, with what to do."""

    def __init__(self, text: str, cause: str) -> None:
        super().__init__(text)
        self.text = text
        self.cause = cause


class Trial:
    """A test that is being made: its steps so far, and the secrets that it must not tell."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.hosts: list[HostResult] = []
        self._secrets: list[str] = []

    def hide(self, secret: str) -> str:
        """Return a secret, which nothing tells from now on."""
        if secret:
            self._secrets.append(secret)
        return secret

    @contextmanager
    def step(self, name: str) -> Iterator[Callable[[str], None]]:
        """Note a step: it works unless it raises a StepError. Call what it yields with what came of it."""
        said = ""

        def say(text: str) -> None:
            nonlocal said
            said = text

        try:
            yield say
        except StepError as fault:
            self.steps.append(Step(name, False, self.told(fault.text)))
            raise
        self.steps.append(Step(name, True, self.told(said)))

    def told(self, text: str) -> str:
        """Return a text as it may be told: on one line, not too long, without secrets."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        text = " ".join(_CREDENTIALS.sub(rf"\1{HIDDEN}@", text).split())
        return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"
