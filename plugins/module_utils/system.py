# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""Who the host is, and what it runs."""

from __future__ import annotations

from typing import Any, Dict, Optional

from .reader import Reader
from .values import text


def read_system(reader: Reader) -> Dict[str, Any]:
    """Return the facts `hostname`, `fqdn` and `os`."""
    command = ["uname", "-n", "-r", "-m"]
    output = reader.text("hostname", command)
    words = (output or "").split()
    if output is not None and len(words) != 3:
        reader.gap("hostname", "unreadable", "no host name, kernel and architecture", command)
    hostname, kernel, architecture = (words + [""] * 3)[:3]
    release = _read_os_release(reader)
    ask = ["hostname", "--fqdn"]
    fqdn = reader.text("fqdn", ask, accept=(0, 1))
    if fqdn is not None and not fqdn.strip():
        reader.gap("fqdn", "missing", "the host's name does not resolve", ask)
    return {
        "hostname": text(hostname) or "",
        "fqdn": text((fqdn or "").strip()),
        "os": {
            "id": release.get("ID"),
            "name": release.get("NAME"),
            "version": release.get("VERSION_ID"),
            "kernel": text(kernel),
            "architecture": text(architecture),
        },
    }


def _read_os_release(reader: Reader) -> Dict[str, Optional[str]]:
    output = reader.text("os", ["cat", "/etc/os-release"]) or ""
    pairs = [line.partition("=") for line in output.split("\n")]
    return {key.strip(): text(value.strip().strip("\"'")) for key, equals, value in pairs if equals}
