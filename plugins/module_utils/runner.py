# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""Runs a host's own commands: live, recording what they say, or replaying a recording."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from typing import Callable, Dict, List, NamedTuple, Optional, Protocol, Sequence, Set, Tuple

from .redaction import redact

_SYSTEM_PATH = "/usr/local/sbin:/usr/sbin:/sbin"
_CHUNK = 65536
_STDERR_LIMIT = 65536
_SETTLE = 0.5
"""Seconds that output may stay silent after its command ended, and between looks at the clock."""


class Result(NamedTuple):
    """What came of a command.

    `error` is None for a command that ran to its end, with exit status `rc`. Else the command said
    nothing of use, `rc` is None, `stderr` tells why in words, and `error` is the reason of the gap:
    missing, forbidden, failed, timeout or truncated.
    """

    command: List[str]
    rc: Optional[int]
    stdout: str
    stderr: str
    error: Optional[str] = None


class Runner(Protocol):
    """Whatever can answer a command."""

    def run(self, command: Sequence[str], keep: Optional[Callable[[str], str]] = None) -> Result:
        """Answer `command`, an argument list. Never raises for what the command does.

        `keep` reduces standard output to what may leave the host; it is applied where the command
        really runs, so a recording holds only what `keep` let through.
        """


class LiveRunner:
    """Runs commands on this host, each within `timeout` seconds and `output_limit` bytes of output.

    A program that did not answer once is not asked again, so one hung service costs one time limit.
    """

    def __init__(self, timeout: float, output_limit: int) -> None:
        self._timeout = timeout
        self._output_limit = output_limit
        self._hung: Set[str] = set()
        self._environment = dict(os.environ, LC_ALL="C", LANGUAGE="C")
        self._environment["PATH"] = os.environ.get("PATH", os.defpath) + ":" + _SYSTEM_PATH

    def run(self, command: Sequence[str], keep: Optional[Callable[[str], str]] = None) -> Result:
        program = command[0]
        if program in self._hung:
            return _unanswered(command, "timeout", f"not run, since {program} did not answer before")
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self._environment,
                start_new_session=True,
            )
        except FileNotFoundError:
            return _unanswered(command, "missing", f"{program} is not installed")
        except PermissionError:
            return _unanswered(command, "forbidden", f"{program} may not be run by this user")
        except (OSError, ValueError) as error:
            return _unanswered(command, "failed", f"{program} could not be run: {error}")
        stdout, stderr, error = self._communicate(process)
        if error == "timeout":
            self._hung.add(program)
            return _unanswered(command, error, f"no answer within {self._timeout:g} s")
        if error == "truncated":
            return _unanswered(command, error, f"more than {self._output_limit} bytes of output")
        printed = _decode(stdout)
        return Result(
            command=list(command),
            rc=process.returncode,
            stdout=redact(keep(printed) if keep else printed),
            stderr=redact(_decode(stderr)),
        )

    def _communicate(self, process: subprocess.Popen) -> Tuple[bytes, bytes, Optional[str]]:
        """Return what `process` prints and complains of, and the limit that it met, if any.

        What is then left of its process group is killed.
        """
        deadline = time.monotonic() + self._timeout
        output = {process.stdout: bytearray(), process.stderr: bytearray()}
        with selectors.DefaultSelector() as selector:
            for stream in output:
                selector.register(stream, selectors.EVENT_READ)
            error = None
            while selector.get_map() and not error:
                events = selector.select(_SETTLE)
                for key, _mask in events:
                    chunk = os.read(key.fd, _CHUNK)
                    if not chunk:
                        selector.unregister(key.fileobj)
                    output[key.fileobj] += chunk
                del output[process.stderr][_STDERR_LIMIT:]
                if not events and process.poll() is not None:
                    break
                error = self._limit_met(len(output[process.stdout]), deadline)
            outlived = bool(selector.get_map())
        if not error and not _ended(process, deadline - time.monotonic()):
            error = "timeout"
        if error or outlived:
            _kill_group(process)
        for stream in output:
            stream.close()
        return bytes(output[process.stdout]), bytes(output[process.stderr]), error

    def _limit_met(self, printed: int, deadline: float) -> Optional[str]:
        if printed > self._output_limit:
            return "truncated"
        return "timeout" if time.monotonic() > deadline else None


class RecordingRunner:
    """Passes commands on to another runner and keeps its answers, in order, in `results`."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self.results: List[Result] = []

    def run(self, command: Sequence[str], keep: Optional[Callable[[str], str]] = None) -> Result:
        result = self._runner.run(command, keep)
        self.results.append(result)
        return result


class ReplayingRunner:
    """Answers from recorded results and runs nothing; what was not recorded is missing."""

    def __init__(self, results: Sequence[Result]) -> None:
        self._results: Dict[Tuple[str, ...], Result] = {tuple(result.command): result for result in results}

    def run(self, command: Sequence[str], keep: Optional[Callable[[str], str]] = None) -> Result:  # noqa: ARG002
        recorded = self._results.get(tuple(command))
        return recorded or _unanswered(command, "missing", "the recording does not hold this command")


def _unanswered(command: Sequence[str], error: str, why: str) -> Result:
    return Result(command=list(command), rc=None, stdout="", stderr=why, error=error)


def _decode(output: bytes) -> str:
    return output.decode("utf-8", "backslashreplace")


def _ended(process: subprocess.Popen, timeout: float) -> bool:
    try:
        process.wait(max(timeout, 0))
    except subprocess.TimeoutExpired:
        return False
    return True


def _kill_group(process: subprocess.Popen) -> None:
    """Kill what still runs of the session that `process` leads.

    A process that the kernel does not let die is left behind rather than waited for.
    """
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
    _ended(process, _SETTLE)
