# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""To whom the kernel's VXLAN devices send: their forwarding tables, out of iproute2's JSON."""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

from .reader import Reader
from .values import mapping, text

_PART = "interfaces"
_COMMAND = ["bridge", "-j", "fdb", "show"]
_KEPT = ("permanent", "static")
"""The states of entries that somebody made; those that the kernel learned come and go by themselves."""


def complete_forwarding(reader: Reader, interfaces: List[Dict[str, Any]]) -> None:
    """Fill in, in place, `forwarding` of the VXLAN devices: `{mac, dst}`, sorted."""
    devices = {interface["name"]: interface for interface in interfaces if interface["kind"] == "vxlan"}
    if not devices:
        return
    entries: Dict[str, List[Tuple[str, str]]] = {name: [] for name in devices}
    for row in map(mapping, reader.json(_PART, _COMMAND, list)):
        name, mac, peer = text(row.get("ifname")), text(row.get("mac")), text(row.get("dst"))
        if name in entries and mac and peer and row.get("state") in _KEPT:
            entries[name].append((mac, peer))
    for name, device in devices.items():
        device["forwarding"] = [{"mac": mac, "dst": peer} for mac, peer in sorted(set(entries[name]))]
