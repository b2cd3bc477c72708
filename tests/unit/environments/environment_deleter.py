"""A process that deletes environments, and dies where it is told to.

It reads lines `URI ENVIRONMENT NUMBER` and answers each with `end`, or with `killed` where it died after that
number of commands that delete or update.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from pymongo import monitoring

from calipso.store import Store

_KILLED = 9


class Deleter:
    """The process, from the test's side."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def delete(self, uri: str, environment: str, number: int) -> str:
        """Delete an environment, and die after so many commands; return what came of it."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{uri} {environment} {number}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()


@contextmanager
def deleter_process() -> Iterator[Deleter]:
    """Start the process, and stop it in the end."""
    with subprocess.Popen(
        [sys.executable, __file__],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Deleter(process)
        assert process.stdin
        process.stdin.close()


class _Death(monitoring.CommandListener):
    """Ends the process after some commands."""

    def __init__(self, after: int) -> None:
        self.left = after

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name in ("delete", "update", "findAndModify", "insert"):
            if not self.left:
                os._exit(_KILLED)
            self.left -= 1

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Do nothing."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Do nothing."""


def _main() -> None:
    for line in sys.stdin:
        uri, environment, number = line.split()
        pid = os.fork()
        if not pid:
            monitoring.register(_Death(int(number)))
            with Store.open(uri) as store:
                store.delete_environment(environment, "delete")
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        print({0: "end", _KILLED: "killed"}.get(status, "failed"), flush=True)  # noqa: T201 - to the test


if __name__ == "__main__":
    _main()
