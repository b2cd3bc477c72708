# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""What sysfs knows of a host's network devices: which are hardware, their speed, driver and bus."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, Tuple

from .links import BONDS, read_virtual_functions
from .reader import Reader
from .values import number, text

_PART = "interfaces"
_ROOT = "/sys/class/net"
_SETTING = re.compile(_ROOT + r"/([^/]+)/(speed|duplex|device/sriov_numvfs):(.*)$")
_PCI_ADDRESS = re.compile(r"[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-9a-f]", re.IGNORECASE)
_SOME_MISSING = (0, 1, 2)
"""Exit statuses of ls and grep when a device lacks one of the files, or is too far down to tell."""


def complete(reader: Reader, interfaces: List[Dict[str, Any]]) -> None:
    """Fill in, in place, what sysfs says of the interfaces of the host's own namespace."""
    devices = _links(reader.text(_PART, ["ls", "-l", _ROOT]))
    for interface in interfaces:
        target = devices.get(interface["name"], "/virtual/")
        if "/virtual/" not in target:
            interface["physical"] = True
            interface["bus"] = _bus(target) or interface["bus"]
    cards = {interface["name"]: interface for interface in interfaces if _may_be_card(interface)}
    if not cards:
        return
    settings = _read_settings(reader, sorted(cards))
    for name, interface in cards.items():
        speed = number(settings.get((name, "speed")))
        interface["speed"] = speed if speed and 0 < speed < 0xFFFFFFFF else None
        duplex = settings.get((name, "duplex"))
        interface["duplex"] = duplex if duplex in ("full", "half") else None
        if number(settings.get((name, "device/sriov_numvfs"))):
            interface["virtual_functions"] = read_virtual_functions(reader, _PART, name)
    _complete_functions(reader, cards)
    _complete_drivers(reader, [interface for interface in cards.values() if interface["physical"]])


def _may_be_card(interface: Dict[str, Any]) -> bool:
    """Hardware, what bundles it, or the near end of a cable that leaves this namespace."""
    name, kind = interface["name"], interface["kind"]
    if "/" in name or "\0" in name or name in (".", ".."):
        return False
    return interface["physical"] or kind in BONDS or (kind == "veth" and not interface["peer"])


def _links(listing: Optional[str]) -> Dict[str, str]:
    """Return the symbolic links that an `ls -l` printed: name -> target."""
    lines = [line.partition(" -> ") for line in (listing or "").split("\n")]
    return {before.rpartition(" ")[2]: target for before, arrow, target in lines if arrow}


def _read_settings(reader: Reader, names: List[str]) -> Dict[Tuple[str, str], Optional[str]]:
    files = [
        f"{_ROOT}/{name}/{setting}"
        for name in names
        for setting in ("speed", "duplex", "device/sriov_numvfs")
    ]
    output = reader.text(_PART, ["grep", "-s", "-H", "", *files], accept=_SOME_MISSING) or ""
    matches = map(_SETTING.match, output.split("\n"))
    return {(match.group(1), match.group(2)): text(match.group(3).strip()) for match in matches if match}


def _complete_drivers(reader: Reader, cards: List[Dict[str, Any]]) -> None:
    if cards:
        files = {f"{_ROOT}/{card['name']}/device/driver": card for card in cards}
        listing = reader.text(_PART, ["ls", "-l", *sorted(files)], accept=_SOME_MISSING)
        for file, target in _links(listing).items():
            if file in files:
                files[file]["driver"] = text(target.rpartition("/")[2])


def _complete_functions(reader: Reader, cards: Dict[str, Dict[str, Any]]) -> None:
    """Fill in the bus addresses of virtual functions, by which hypervisors name them."""
    files = {
        f"{_ROOT}/{name}/device/virtfn{function['index']}": function
        for name, card in cards.items()
        for function in card["virtual_functions"]
        if function["index"] is not None
    }
    if files:
        listing = reader.text(_PART, ["ls", "-l", *sorted(files)], accept=_SOME_MISSING)
        for file, target in _links(listing).items():
            if file in files:
                files[file]["bus"] = text(target.rpartition("/")[2])


def _bus(target: str) -> Optional[str]:
    """Return the bus address in a device's path: its PCI address, or what stands before `/net/`."""
    device = target.partition("/net/")[0]
    addresses = _PCI_ADDRESS.findall(device)
    return text(addresses[-1] if addresses else device.rpartition("/")[2])
