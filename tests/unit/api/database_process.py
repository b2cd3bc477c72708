"""A database of a test's own, which can be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

from calipso.store import embedded


class Database:
    """A mongod that can be killed and started again at the same place."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.uri = embedded.start(home)
        self.command = Path(f"/proc/{self.pid}/cmdline").read_text().split("\0")[:-1]

    @property
    def pid(self) -> int:
        """Its process."""
        pid = embedded.status(self.home).pid
        assert pid
        return pid

    def kill(self) -> None:
        """Kill it, and wait until it is gone."""
        pid = self.pid
        os.kill(pid, signal.SIGKILL)
        while embedded.status(self.home).pid:
            time.sleep(0.01)

    def start(self) -> None:
        """Start it again; it answers then."""
        subprocess.run(self.command, check=True, stdout=subprocess.DEVNULL, cwd="/")
