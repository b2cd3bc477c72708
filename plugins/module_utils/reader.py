# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""Reads a host's commands for the parsers and keeps account of what could not be read."""

from __future__ import annotations

import re
import shlex
from typing import Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple, Type, TypeVar

from . import values
from .runner import Result, Runner

Document = TypeVar("Document", list, dict)

_DETAIL_LIMIT = 300
_COMMAND_LIMIT = 200
_ALIKE_LIMIT = 10
"""Gaps of one part and reason that are told one by one."""

_LOG_STAMP = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z?\|\d+\|")
_FORBIDDEN = re.compile(
    r"permission denied|not permitted|must be root|access denied|not authorized|authentication", re.IGNORECASE
)
_UNSUPPORTED = re.compile(
    r"option \S+ is unknown|(unrecognized|unknown|invalid) option|unknown user-defined format", re.IGNORECASE
)
_NOT_INSTALLED = re.compile(r"^exec of \"?([^\s\"]+)\"? failed: No such file", re.IGNORECASE)


class Service(NamedTuple):
    """What a command asks; `runs`: whether processes show that it is there."""

    name: str
    runs: bool


class Reader:
    """A host as the parsers see it: commands in, output or a gap out.

    A gap is `{part, reason, command, detail}`, as the model of host facts has it.
    """

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._gaps: List[Dict[str, Optional[str]]] = []
        self._alike: Dict[Tuple[str, str], int] = {}

    @property
    def gaps(self) -> List[Dict[str, Optional[str]]]:
        """All gaps so far, in the order they were met; of many alike the last one counts the rest."""
        rest = [
            {"part": part, "reason": reason, "command": None, "detail": f"and {count - _ALIKE_LIMIT} more"}
            for (part, reason), count in self._alike.items()
            if count > _ALIKE_LIMIT
        ]
        return self._gaps + rest

    def gap(self, part: str, reason: str, detail: str, command: Optional[Sequence[str]] = None) -> None:
        """Note that `part` could not be read, or not wholly."""
        count = self._alike[part, reason] = self._alike.get((part, reason), 0) + 1
        if count <= _ALIKE_LIMIT:
            self._gaps.append(
                {
                    "part": part,
                    "reason": reason,
                    "command": values.text(_shorten(shlex.join(command), _COMMAND_LIMIT))
                    if command
                    else None,
                    "detail": values.text(_shorten(detail, _DETAIL_LIMIT)) or reason,
                }
            )

    def text(
        self,
        part: str,
        command: Sequence[str],
        accept: Sequence[int] = (0,),
        service: Optional[Service] = None,
        keep: Optional[Callable[[str], str]] = None,
    ) -> Optional[str]:
        """Return what `command` prints, or None and note a gap of `part`.

        `accept`: exit statuses that are no failure. `service`: where it does not run, a failure only means
        that there is nothing to read; where it does, a command that is not installed is a failure.
        `keep`: see `Runner.run`.
        """
        result = self._runner.run(command, keep)
        if result.error is None and result.rc in accept:
            return result.stdout
        reason, detail = _why(result)
        if service and not service.runs and reason in ("missing", "failed"):
            reason, detail = "missing", f"{service.name} does not run on this host: {detail}"
        elif service and service.runs and reason == "missing":
            reason, detail = "failed", f"{service.name} runs on this host, but {detail}"
        self.gap(part, reason, detail, command)
        return None

    def json(
        self,
        part: str,
        command: Sequence[str],
        shape: Type[Document],
        service: Optional[Service] = None,
        may_be_silent: bool = False,
    ) -> Document:
        """Return the JSON document that `command` prints, or an empty one and note a gap of `part`.

        `shape`: list or dict, what the document must be. `service`: see `text`. `may_be_silent`: whether
        the command prints nothing at all where it has nothing to tell.
        """
        output = self.text(part, command, service=service)
        if output is None or (may_be_silent and not output.strip()):
            return shape()
        try:
            document = values.parse_json(output)
        except ValueError as error:
            self.gap(part, "unreadable", f"no JSON: {error}", command)
            return shape()
        if not isinstance(document, shape):
            self.gap(part, "unreadable", f"JSON, but no {shape.__name__}", command)
            return shape()
        return document


def _why(result: Result) -> Tuple[str, str]:
    """Return the reason and the words for a command that gave no answer or failed."""
    if result.error is not None:
        return result.error, result.stderr
    lines = [line.strip() for line in _LOG_STAMP.sub("", result.stderr).splitlines() if line.strip()]
    detail = "; ".join(lines) or f"exit status {result.rc}"
    if _FORBIDDEN.search(detail):
        return "forbidden", detail
    if _UNSUPPORTED.search(detail):
        return "unsupported", detail
    if _NOT_INSTALLED.search(detail):
        return "missing", detail
    return "failed", detail


def _shorten(words: str, limit: int) -> str:
    return words if len(words) <= limit else words[: limit - 1] + "…"
