"""A process that publishes what it is told to, each time in a fork that a test may kill or stop.

It reads lines `URI ENVIRONMENT SEED SIZE` and answers, for each, with the fork's process id, `begin` when
the fork starts to publish, and `end` with the generation, or the error's class, when it has.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from calipso.model.topology import COLLECTIONS, Document, Topology
from calipso.store import Store, StoreError


def topology(environment: str, seed: int, size: int) -> Topology:
    """Return a topology in which about a third differs from that of any other seed."""
    draw = random.Random(seed)  # noqa: S311 - test data

    def documents(name: str) -> list[Document]:
        return [
            {
                "environment": environment,
                "id": f"{name} {number}",
                "seed": seed if draw.random() < 0.2 else 0,
                "text": "x" * 300,
            }
            for number in range(size)
            if draw.random() < 0.9
        ] + [{"environment": environment, "id": "seed", "seed": seed}]

    return Topology(**{name: documents(name) for name in COLLECTIONS})


class PublisherProcess:
    """The process, from the test's side."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def publish(self, uri: str, environment: str, seed: int, size: int) -> int:
        """Begin to publish; return the process id of the fork, which is about to."""
        assert self._process.stdin
        self._process.stdin.write(f"{uri} {environment} {seed} {size}\n")
        self._process.stdin.flush()
        pid = int(self._line())
        assert self._line() == "begin"
        return pid

    def result(self) -> str:
        """Wait for the fork's end; return its last word, "killed" if it had none."""
        return self._line()

    def _line(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().strip()


@contextmanager
def publisher_process() -> Iterator[PublisherProcess]:
    """Run the process."""
    with subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:
        yield PublisherProcess(process)


def _main() -> None:
    for line in sys.stdin:
        uri, environment, seed, size = line.split()
        pid = os.fork()
        if not pid:
            made = topology(environment, int(seed), int(size))
            with Store.open(uri) as store:
                _say("begin")
                try:
                    _say(f"end {store.publish(environment, made).generation}")
                except StoreError as error:
                    _say(f"end {type(error).__name__}")
            os._exit(0)
        _say(str(pid))
        if os.waitpid(pid, 0)[1]:
            _say("killed")


def _say(word: str) -> None:
    os.write(1, f"{word}\n".encode())


if __name__ == "__main__":
    _main()
