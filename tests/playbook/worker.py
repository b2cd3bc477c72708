"""Workers as users start them: `calipso work`, each a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from controller import DEMO, ROOT

from calipso.store import Store

PATIENCE_S = 120


class Worker:
    """`calipso work`, which scans the recording that ships, whatever environment it is asked for."""

    def __init__(self, uri: str, directory: Path, name: str, *options: str) -> None:
        self.directory = directory
        self.name = name
        self.log = directory / f"{name}.log"
        environment = {key: value for key, value in os.environ.items() if not key.startswith("OS_")}
        # one host after the other: there is time to kill a worker while it asks them
        environment |= {
            "CALIPSO_MONGO_URI": uri,
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_FORKS": "1",
        }
        command = [sys.executable, "-m", "calipso", "work", "--name", name, "--home", str(directory / "runs")]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "-e", f"calipso_recording={DEMO}", *options],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
            )

    def end(self, how: int = signal.SIGTERM) -> int:
        """Send a signal and wait; return how it ended."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(PATIENCE_S)


def eventually(found: Callable[[], Any], what: str, *, within_s: float = PATIENCE_S) -> Any:
    """Ask until the answer is true, and return it; AssertionError says `what` did not come."""
    deadline = time.monotonic() + within_s
    while not (answer := found()):
        assert time.monotonic() < deadline, f"{what}, within {within_s} s"
        time.sleep(0.05)
    return answer


def scan(store: Store, id_: str) -> dict[str, Any]:
    """Return a scan that is there."""
    found = store.scan(id_)
    assert found is not None
    return found
