"""A host for checks to look at: network namespaces of its own, with real devices in them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

SCRIPTS = Path(__file__).parents[3] / "sensu_checks"


class HostNamespace:
    """A namespace that is the host's own, and others, which are its services' (`service`)."""

    def __init__(self) -> None:
        self.name = f"calipso-{uuid4().hex[:8]}"
        self._services: list[str] = []
        run("ip", "netns", "add", self.name)
        self.run("ip", "link", "set", "lo", "up")

    def run(self, *command: str) -> str:
        """Run a command on the host."""
        return run("ip", "netns", "exec", self.name, *command)

    def service(self, name: str) -> str:
        """Make a service's namespace, and return its name."""
        whole = f"{self.name}-{name}"
        run("ip", "netns", "add", whole)
        self._services.append(whole)
        return whole

    def start(self, namespace: str, *command: str) -> subprocess.Popen[bytes]:
        """Start a process in a service's namespace."""
        return subprocess.Popen(["ip", "netns", "exec", namespace, *command], stdout=subprocess.DEVNULL)

    def check(self, name: str, *options: str) -> tuple[int, str]:
        """Run the script of a check on the host; return its exit status, and what it says."""
        return self.script(f"check_{name}.py", *options)

    def script(self, name: str, *options: str) -> tuple[int, str]:
        """Run a script on the host."""
        command = ["ip", "netns", "exec", self.name, sys.executable, str(SCRIPTS / name), *options]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert not done.stderr, done.stderr
        return done.returncode, done.stdout.strip()

    def remove(self) -> None:
        """Take the namespaces away."""
        for name in (*self._services, self.name):
            run("ip", "netns", "delete", name)


def run(*command: str) -> str:
    """Run a command; return what it prints."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def options(parameters: Mapping[str, Any]) -> list[str]:
    """Return parameters of a check as its script takes them."""
    found = []
    for name, value in parameters.items():
        option = "--" + name.replace("_", "-")
        found += [f"{option}={each}" for each in (value if isinstance(value, list) else [value])]
    return found


def plan(path: Path, checks: Mapping[str, tuple[str, Mapping[str, Any]]], **more: Any) -> Path:
    """Write a host's file: name of the check -> kind of check, and its parameters."""
    found = [
        {"name": name, "check": kind, "parameters": parameters, "interval": 15, "handlers": ["calipso"]}
        for name, (kind, parameters) in checks.items()
    ]
    path.write_text(json.dumps({"version": 1, "environment": "blue", "checks": found, **more}))
    return path


@contextmanager
def forwarded(host: HostNamespace, port: int) -> Iterator[None]:
    """Let programs on the host reach a port of this machine's loopback, by a Unix socket between the two."""
    path = f"/tmp/{host.name}.sock"  # noqa: S108 - a socket's path is short
    near = subprocess.Popen(["socat", f"UNIX-LISTEN:{path},fork", f"TCP:127.0.0.1:{port}"])
    far = host.start(
        host.name, "socat", f"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork", f"UNIX-CONNECT:{path}"
    )
    try:
        deadline = time.monotonic() + 10
        while f":{port:04X} " not in host.run("cat", "/proc/net/tcp") or not Path(path).exists():
            assert time.monotonic() < deadline, "socat listens"
            time.sleep(0.05)
        yield
    finally:
        for process in (far, near):
            process.terminate()
            process.wait()
        Path(path).unlink(missing_ok=True)
