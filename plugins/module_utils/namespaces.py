# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""The host's named network namespaces: their devices, routes, and floating IPs in force."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

from .links import interfaces, read_links, read_routes
from .reader import Reader
from .values import mapping, number, text

_PART = "namespaces"
_LIST = ["ip", "-j", "netns", "list"]
_FOLDER = "/run/netns/"
_SOME_GONE = (0, 1)
"""Exit statuses of stat, which still tells of the other files when one is gone."""

_TRANSLATING = ("qrouter-", "snat-")
"""How Neutron begins the names of a router's namespaces, where floating IPs are translated."""


def read_names(reader: Reader) -> List[str]:
    """Return the names of the host's named namespaces."""
    rows = map(mapping, reader.json(_PART, _LIST, list, may_be_silent=True))
    return sorted({row["name"] for row in rows if text(row.get("name"))})


def read_inodes(reader: Reader, names: List[str]) -> Dict[int, str]:
    """Return the namespaces `names` by inode, which is how processes know them."""
    if not names:
        return {}
    command = ["stat", "-c", "%i %n", "--", *(_FOLDER + name for name in names)]
    listing = reader.text(_PART, command, accept=_SOME_GONE) or ""
    entries = [line.partition(" " + _FOLDER) for line in listing.split("\n")]
    inodes = {number(inode): text(name) for inode, _folder, name in entries}
    return {inode: name for inode, name in inodes.items() if inode is not None and name}


def read_namespaces(reader: Reader, names: List[str]) -> List[Dict[str, Any]]:
    """Return the facts of the namespaces `names`, in their order."""
    links = {name: read_links(reader, _PART, name) for name in names}
    answering = [name for name in names if links[name]]
    routes = {name: read_routes(reader, _PART, name, links[name]) for name in answering}
    routers = [name for name in answering if name.startswith(_TRANSLATING)]
    nat = {name: _read_floating_ips(reader, name) for name in routers}
    return [
        {
            "name": text(name),
            "interfaces": interfaces(links[name]),
            "routes": routes.get(name, []),
            "nat": nat.get(name, []),
        }
        for name in names
    ]


def _read_floating_ips(reader: Reader, namespace: str) -> List[Dict[str, str]]:
    command = ["ip", "netns", "exec", namespace, "iptables-save", "-t", "nat"]
    rules = map(_translation, (reader.text(_PART, command) or "").split("\n"))
    pairs = sorted({pair for pair in rules if pair})
    return [{"floating_ip": floating, "fixed_ip": fixed} for floating, fixed in pairs]


def _translation(rule: str) -> Optional[Tuple[str, str]]:
    """Return (floating IP, fixed IP) of a rule that translates an address, or a port of it."""
    words = rule.split()
    following = {words[at]: words[at + 1] for at in range(len(words) - 1)}
    floating, fixed = following.get("-d", ""), following.get("--to-destination", "")
    if following.get("-j") != "DNAT" or not floating or not fixed:
        return None
    return floating.partition("/")[0], fixed.partition(":")[0]
