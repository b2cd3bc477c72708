# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""VPP, out of what its command line prints: interfaces, bonds, bridge domains, VXLAN tunnels.

Its words changed over the years; those of 16.09 and of all later releases are read.
"""

from __future__ import annotations

import re
from typing import Any, Dict, Iterator, List, Optional, Tuple

from .reader import Reader
from .values import number, text

_PART = "vpp"
_VERSION = re.compile(r"\bvpp\s+(v\S+)")
_INTERFACE = re.compile(
    r"^(\S+)[ \t]+([0-9]+)[ \t]+(up|down|bond-slave|error)\b\S*(?:[ \t]+([0-9]+)/)?", re.MULTILINE
)
_HEADLINE = re.compile(r"^(\S+)(.*)")
_HARDWARE = re.compile(r"\s+[0-9]+\s+(up|down|slave|active|member)\b")
_MAC = re.compile(r"^\s+Ethernet address ([0-9a-f:]{17})\b", re.IGNORECASE)
_SPEED = re.compile(r"^\s+Link speed: ([0-9.]+) ([KMG])bps")
_BUS = re.compile(
    r"\b(?:pci:.* address|pci address:?) ([0-9a-f]+:[0-9a-f]+:[0-9a-f]+)\.([0-9a-f]+)", re.IGNORECASE
)
_BRIDGE_DOMAIN = re.compile(r"^[ \t]*([0-9]+)[ \t]+[0-9]+[ \t]", re.MULTILINE)
_IN_BRIDGE_DOMAIN = re.compile(r"^\s+L2 bridge bd[-_]id ([0-9]+)(.*)", re.IGNORECASE)
_ADDRESS = re.compile(r"^\s+(?:L3 )?([0-9a-f.:]+/[0-9]+)", re.IGNORECASE)
_LISTED = re.compile(r"^Interface: (\S+) \(ifindex [0-9]+\)")
_SOCKET = re.compile(r"^\s*socket filename (\S+) type ")
_HOST_DEVICE = re.compile(r'^\s*name "([^"]+)"')
_SUB_INTERFACE = re.compile(r"(\S+)\.([0-9]+)")
_BOND_MODE = re.compile(r"^\s+mode: (\S+)")
_BOND_COUNT = re.compile(r"^\s+number of (active )?(?:members|slaves): ")
_BOND_MEMBER = re.compile(r"^\s+(\S+)\s*$")
_SPEEDS = {"K": 0.001, "M": 1, "G": 1000}
_KINDS = (
    ("local", re.compile(r"local[0-9]+")),
    ("loopback", re.compile(r"(?:loop|bvi)[0-9]+")),
    ("vhost-user", re.compile(r"VirtualEthernet[0-9/]+")),
    ("bond", re.compile(r"BondEthernet[0-9]+")),
    ("tap", re.compile(r"(?:tap|tapcli-|tun)[0-9]+")),
    ("host", re.compile(r"host-\S+")),
    ("tunnel", re.compile(r"(?:vxlan|gre|geneve|ipip)\S*?[0-9]+")),
    (
        "hardware",
        re.compile(r"\w*Ethernet[0-9a-f]+/[0-9a-f]+/[0-9a-f]+|(?:avf|rdma|vmxnet3|virtio|ena)-[0-9a-f/]+"),
    ),
)
"""What an interface is, by the names that VPP gives; one with a PCI address is hardware under any name."""

Sections = Dict[str, List[str]]


def read_vpp(reader: Reader) -> Optional[Dict[str, Any]]:
    """Return VPP's facts, or None where its command line does not answer."""
    version = reader.text(_PART, ["vppctl", "show", "version"])
    if version is None:
        return None
    found = _VERSION.search(version)
    rows = _INTERFACE.findall(_show(reader, "interface"))
    hardware = _sections(_show(reader, "hardware-interfaces"), _HEADLINE)
    addressing = _sections(_show(reader, "interface", "address"), _HEADLINE)
    sockets = _sections(_show(reader, "vhost-user"), _LISTED)
    taps = _sections(_show(reader, "tap"), _LISTED)
    tunnels = _tunnels(_show(reader, "vxlan", "tunnel"))
    names = {name for name, _index, _state, _mtu in rows}
    interfaces = [
        {
            "name": text(name),
            "index": number(index),
            "up": state in ("up", "bond-slave"),
            "mtu": number(mtu),
            **_hardware(name, hardware.get(name, [])),
            **_addressing(addressing.get(name, [])),
            "tunnel": tunnels.get(number(index) or 0),
            "socket": _first(_SOCKET, sockets.get(name, [])),
            "host_device": _first(_HOST_DEVICE, taps.get(name, [])) or _packet_device(name),
            **_sub_interface(name, names),
        }
        for name, index, state, mtu in rows
    ]
    bridge_domains = {number(key) for key in _BRIDGE_DOMAIN.findall(_show(reader, "bridge-domain"))}
    return {
        "version": text(found.group(1)) if found else None,
        "interfaces": sorted(interfaces, key=lambda interface: interface["name"]),
        "bridge_domains": sorted(key for key in bridge_domains if key),
        "bonds": _bonds(_show(reader, "bond", "details")),
    }


def _show(reader: Reader, *what: str) -> str:
    output = reader.text(_PART, ["vppctl", "show", *what]) or ""
    return output.replace("\r\n", "\n")


def _sections(output: str, headline: "re.Pattern[str]") -> Sections:
    """Return the lines of each interface, its headline first."""
    found: Sections = {}
    name = None
    for line in output.split("\n"):
        begun = headline.match(line)
        if begun:
            name = begun.group(1).rstrip(":")
            found[name] = []
        if name is not None:
            found[name].append(line)
    return found


def _first(wanted: "re.Pattern[str]", lines: List[str]) -> Optional[str]:
    return next((text(match.group(1)) for match in map(wanted.match, lines) if match), None)


def _hardware(name: str, lines: List[str]) -> Dict[str, Any]:
    """Return what `show hardware-interfaces` tells of an interface; its speed in Mb/s."""
    bus = next((match for match in map(_BUS.search, lines) if match), None)
    state = _HARDWARE.match(lines[0][len(name) :]) if lines else None
    speed = next((match for match in map(_SPEED.match, lines) if match), None)
    kind = next((kind for kind, pattern in _KINDS if pattern.fullmatch(name)), None)
    return {
        "kind": "hardware" if bus else kind,
        "mac": (_first(_MAC, lines) or "").lower() or None,
        "bus": f"{bus.group(1)}.{int(bus.group(2), 16):x}" if bus else None,
        "link_up": None if state is None else state.group(1) != "down",
        "speed": _speed(*speed.groups()) if speed else None,
    }


def _speed(amount: str, unit: str) -> Optional[int]:
    try:
        return round(float(amount) * _SPEEDS[unit]) or None
    except (ValueError, OverflowError):
        return None


def _addressing(lines: List[str]) -> Dict[str, Any]:
    """Return what `show interface address` tells of an interface: bridge domain, addresses."""
    domain = next((match for match in map(_IN_BRIDGE_DOMAIN.match, lines) if match), None)
    return {
        "bridge_domain": number(domain.group(1)) if domain else None,
        "bvi": bool(domain) and "bvi" in domain.group(2).lower().split(),
        "addresses": [match.group(1) for match in map(_ADDRESS.match, lines) if match],
    }


def _packet_device(name: str) -> Optional[str]:
    """Return the kernel's device of an interface on AF_PACKET, which is named after it."""
    return text(name[len("host-") :]) if name.startswith("host-") and "." not in name else None


def _sub_interface(name: str, names: "set[str]") -> Dict[str, Any]:
    found = _SUB_INTERFACE.fullmatch(name)
    if not found or found.group(1) not in names:
        return {"parent": None, "vlan": None}
    return {"parent": text(found.group(1)), "vlan": number(found.group(2))}


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


def _bonds(output: str) -> List[Dict[str, Any]]:
    """Return the bonds; those of their members that carry packets are active."""
    bonds = []
    for name, lines in sorted(_sections(output, _HEADLINE).items()):
        mode = _first(_BOND_MODE, lines)
        if mode is None:
            continue
        members: Dict[str, bool] = {}
        for active, member in _bond_members(lines):
            members[member] = members.get(member, False) or active
        bonds.append(
            {
                "name": text(name),
                "mode": mode,
                "members": sorted(members),
                "active_member": None,
                "lacp_partner": None,
                "member_details": [
                    {
                        "name": member,
                        "state": "active" if active else "backup",
                        "link": None,
                        "aggregator": None,
                        "mac": None,
                    }
                    for member, active in sorted(members.items())
                ],
            }
        )
    return bonds


def _bond_members(lines: List[str]) -> Iterator[Tuple[bool, str]]:
    """Yield a bond's members, as they stand below their number: whether active, and name."""
    active = None
    for line in lines[1:]:
        count = _BOND_COUNT.match(line)
        member = _BOND_MEMBER.match(line)
        if count:
            active = bool(count.group(1))
        elif member and active is not None and text(member.group(1)):
            yield active, member.group(1)
        else:
            active = None
