"""Who holds a lease: which process, told so that another process can see whether it still runs."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def this_process() -> dict[str, Any]:
    """Return the identity of this process. `kernel` and `namespace` are None where there is no /proc."""
    kernel, namespace = _here()
    pid = os.getpid()
    return {
        "host": socket.gethostname(),
        "kernel": kernel,
        "namespace": namespace,
        "pid": pid,
        "started": _start_time(pid),
    }


def is_gone(owner: Mapping[str, Any]) -> bool:
    """Say whether `owner` is known to have ended: it ran here, and its process id is free or reused."""
    kernel, namespace = _here()
    if kernel is None or (owner["kernel"], owner["namespace"]) != (kernel, namespace):
        return False
    try:
        os.kill(owner["pid"], 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    started = _start_time(owner["pid"])
    return started is not None and started != owner["started"]


def _here() -> tuple[str | None, str | None]:
    """Return this run of this machine's kernel, and the pid namespace: where a pid means one process."""
    try:
        return (
            Path("/proc/sys/kernel/random/boot_id").read_text().strip(),
            str(Path("/proc/self/ns/pid").readlink()),
        )
    except OSError:
        return None, None


def _start_time(pid: int) -> str | None:
    """Return when a process began, in the kernel's ticks; None if that cannot be read; "" for a zombie."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return "" if state == "Z" else fields[18]
