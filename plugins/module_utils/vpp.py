# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""VPP, out of what its command line prints: interfaces, bridge domains, VXLAN tunnels."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional

from .reader import Reader
from .values import number, text

_PART = "vpp"
_VERSION = re.compile(r"\bvpp\s+(v\S+)")
_INTERFACE = re.compile(r"^(\S+)\s+([0-9]+)\s+(up|down)\b(?:\s+([0-9]+)/)?", re.MULTILINE)
_HEADLINE = re.compile(r"^(\S+)(?:\s+\((?:up|dn)\):)?")
_MAC = re.compile(r"^\s+Ethernet address ([0-9a-f:]{17})\b", re.IGNORECASE)
_BRIDGE_DOMAIN = re.compile(r"^[ \t]*([0-9]+)[ \t]+[0-9]+\s", re.MULTILINE)
_IN_BRIDGE_DOMAIN = re.compile(r"\bL2 bridge bd-id ([0-9]+)")
_ADDRESS = re.compile(r"(?:^|\s)L3 (\S+/[0-9]+)")


def read_vpp(reader: Reader) -> Optional[Dict[str, Any]]:
    """Return VPP's facts, or None where its command line does not answer."""
    version = reader.text(_PART, ["vppctl", "show", "version"])
    if version is None:
        return None
    found = _VERSION.search(version)
    macs = _by_interface(_show(reader, "hardware-interfaces"), _MAC)
    addressing = _show(reader, "interface", "address")
    domains, addresses = _by_interface(addressing, _IN_BRIDGE_DOMAIN), _by_interface(addressing, _ADDRESS)
    tunnels = _tunnels(_show(reader, "vxlan", "tunnel"))
    interfaces = [
        {
            "name": text(name),
            "index": number(index),
            "up": state == "up",
            "mac": next(iter(macs.get(name, [])), None),
            "mtu": number(mtu),
            "addresses": addresses.get(name, []),
            "bridge_domain": number(next(iter(domains.get(name, [])), None)),
            "tunnel": tunnels.get(number(index) or 0),
        }
        for name, index, state, mtu in _INTERFACE.findall(_show(reader, "interface"))
    ]
    bridge_domains = {number(key) for key in _BRIDGE_DOMAIN.findall(_show(reader, "bridge-domain"))}
    return {
        "version": text(found.group(1)) if found else None,
        "interfaces": sorted(interfaces, key=lambda interface: interface["name"]),
        "bridge_domains": sorted(key for key in bridge_domains if key),
    }


def _show(reader: Reader, *what: str) -> str:
    output = reader.text(_PART, ["vppctl", "show", *what]) or ""
    return output.replace("\r\n", "\n")


def _by_interface(output: str, wanted: re.Pattern) -> Dict[str, List[str]]:
    """Return what `wanted` finds below, or beside, each line that begins with an interface's name."""
    found: Dict[str, List[str]] = {}
    name = None
    for line in output.split("\n"):
        headline = _HEADLINE.match(line)
        if headline:
            name = headline.group(1)
        match = wanted.search(line)
        if name and match:
            found.setdefault(name, []).append(match.group(1))
    return found


def _tunnels(output: str) -> Dict[int, Dict[str, Any]]:
    """Return the VXLAN tunnels by the index of their interface.

    A line is an ordinal in brackets, then names and values in turn.
    """
    tunnels = {}
    for line in output.split("\n"):
        words = line.split()
        fields = {words[at]: words[at + 1] for at in range(1, len(words) - 1, 2)}
        index = number(fields.get("sw-if-idx") or fields.get("sw_if_index"))
        if index is not None and "vni" in fields:
            tunnels[index] = {
                "kind": "vxlan",
                "id": number(fields["vni"]),
                "local": text(fields.get("src")),
                "remote": text(fields.get("dst")),
                "port": number(fields.get("dst_port")),
            }
    return tunnels
