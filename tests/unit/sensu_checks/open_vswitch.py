"""A real Open vSwitch of a test's own, in userspace, on a host that is a network namespace."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from host_namespace import HostNamespace

SCHEMA = Path("/usr/share/openvswitch/vswitch.ovsschema")
_STARTS_WITHIN_S = 60


class OpenVSwitch:
    """Its database server and its switch; both are found by what runs with the environment OVS_RUNDIR."""

    def __init__(self, host: HostNamespace) -> None:
        self._host = host
        self.home = Path(tempfile.mkdtemp(prefix="ovs-"))  # a socket's path is short
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Start both, and wait until they answer."""
        database = self.home / "conf.db"
        subprocess.run(["ovsdb-tool", "create", database, SCHEMA], check=True)
        remote = f"--remote=punix:{self.home}/db.sock"
        self._start("ovsdb-server", str(database), remote)
        self._wait("ovs-vsctl", "--no-wait", "--timeout=2", "init")
        self.start_switch()

    def start_switch(self) -> None:
        """Start the switch alone."""
        self._start("ovs-vswitchd", "--disable-system", f"unix:{self.home}/db.sock")
        self._wait("ovs-vsctl", "--timeout=2", "set", "Open_vSwitch", ".", "external-ids:is=there")

    def signal(self, program: str, number: signal.Signals) -> None:
        """Send a signal to ovsdb-server or ovs-vswitchd; wait for its end if that is what it means."""
        process = self._running[program]
        process.send_signal(number)
        if number == signal.SIGTERM:
            process.wait()

    def vsctl(self, *command: str) -> str:
        """Run ovs-vsctl."""
        return self._host.run("ovs-vsctl", "--timeout=10", *command)

    def remove(self) -> None:
        """Stop both for good."""
        for process in reversed(self._running.values()):
            process.send_signal(signal.SIGCONT)
            process.terminate()
            process.wait()
        shutil.rmtree(self.home)

    def _start(self, program: str, *arguments: str) -> None:
        options = [
            f"--pidfile={self.home}/{program}.pid",
            f"--log-file={self.home}/{program}.log",
            "-vconsole:off",
        ]
        self._running[program] = self._host.start(self._host.name, program, *arguments, *options)

    def _wait(self, *command: str) -> None:
        deadline = time.monotonic() + _STARTS_WITHIN_S
        while True:
            try:
                self._host.run(*command)
            except subprocess.CalledProcessError:
                assert time.monotonic() < deadline, "Open vSwitch starts"
                time.sleep(0.1)
            else:
                return


@contextmanager
def open_vswitch(host: HostNamespace) -> Iterator[OpenVSwitch]:
    """Run an Open vSwitch on a host; what is started meanwhile finds it."""
    switch = OpenVSwitch(host)
    before = os.environ.get("OVS_RUNDIR")
    os.environ["OVS_RUNDIR"] = str(switch.home)
    try:
        switch.start()
        yield switch
    finally:
        switch.remove()
        if before is None:
            del os.environ["OVS_RUNDIR"]
        else:
            os.environ["OVS_RUNDIR"] = before
