# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""The networking processes of a host, and which services its processes show to be there."""

from __future__ import annotations

import re
from typing import Any, Dict, List, NamedTuple, Optional, Set, Tuple

from .reader import Reader
from .values import number, text

_PART = "processes"
_COMMAND = ["ps", "-e", "-ww", "-o", "netns=,args="]
_LINE = re.compile(r"\s*(\S+)\s(.*)$")
_INTERPRETER = re.compile(r"python[\d.]*$")
_NETWORKING = re.compile(
    r"""dnsmasq|haproxy|keepalived|radvd|conntrackd|dhclient|dhcpcd|dibbler-client
    |ovs-vswitchd|ovsdb-server|ovn-controller|ovn-northd|vpp|vpp_main|lldpd
    |bird6?|zebra|bgpd|ospfd|frr|ipsec|charon|pluto
    |neutron-(?!rootwrap).+|ovn-bgp-agent|networking-.+""",
    re.VERBOSE,
)
_HOSTING = re.compile(r"libvirtd|virtqemud|nova-compute")
_TITLE = re.compile(r"([\w.-]+):")


class Processes(NamedTuple):
    """`networking`: facts; `names`: the names of all processes that tell of a service."""

    networking: List[Dict[str, Any]]
    names: Set[str]


def read_processes(reader: Reader, namespaces: Dict[int, str]) -> Processes:
    """Return the networking processes, each once, by name; workers alike count as one.

    `namespaces`: the named namespaces by inode.
    """
    output = reader.text(_PART, _COMMAND, keep=_relevant) or ""
    found = set()
    names = set()
    hidden = 0
    for line in output.split("\n"):
        parsed = _parse(line)
        if parsed:
            inode, name, args = parsed
            names.add(name)
            if _NETWORKING.fullmatch(name):
                hidden += inode == "-"
                found.add((name, args, namespaces.get(number(inode) or 0)))
    if hidden:
        reader.gap(_PART, "forbidden", f"{hidden} processes do not tell their namespace", _COMMAND)
    networking = [
        {"name": text(name), "args": text(args) or "", "namespace": namespace}
        for name, args, namespace in sorted(found, key=lambda row: (row[0], row[1], row[2] or ""))
    ]
    return Processes(networking, names)


def _relevant(output: str) -> str:
    """Keep the lines of `ps` that name a known service: other programs' arguments are not ours to take."""
    return "".join(line + "\n" for line in output.split("\n") if _parse(line))


def _parse(line: str) -> Optional[Tuple[str, str, str]]:
    """Return (namespace inode, program, arguments) of a known service's line."""
    match = _LINE.match(line)
    if not match:
        return None
    inode, args = match.group(1), match.group(2).strip()
    words = args.split()
    if not words:
        return None
    title = _TITLE.match(args)
    name = title.group(1) if title else words[0].rpartition("/")[2]
    if _INTERPRETER.match(name):
        name = next((word for word in words[1:] if not word.startswith("-")), "").rpartition("/")[2]
    if name == "lldpd":
        args = name  # its title counts its neighbours
    known = _NETWORKING.fullmatch(name) or _HOSTING.fullmatch(name)
    return (inode, name, args) if known else None
