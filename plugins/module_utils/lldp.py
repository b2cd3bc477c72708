# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""The neighbours that lldpd has heard.

Its JSON varies: one neighbour is an object and several are a list; a chassis is keyed by its name, or
stands bare when it has none; and the regular form of `-f json0` wraps every value in a list.
"""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, Optional, Tuple

from .reader import Reader, Service
from .values import items, mapping, text, texts

_PART = "lldp"
_COMMAND = ["lldpctl", "-f", "json"]


def read_neighbours(reader: Reader, runs: bool) -> List[Dict[str, Any]]:
    """Return the LLDP neighbours by interface. `runs`: whether processes show that lldpd is there."""
    document = reader.json(_PART, _COMMAND, dict, service=Service("lldpd", runs))
    neighbours = []
    anonymous = 0
    for interface, heard in _by_interface(mapping(document.get("lldp")).get("interface")):
        neighbour = _neighbour(interface, heard)
        if neighbour["chassis_id"] and neighbour["port_id"]:
            neighbours.append(neighbour)
        else:
            anonymous += 1
    if anonymous:
        reader.gap(_PART, "unreadable", f"{anonymous} neighbours without chassis or port id", _COMMAND)
    return sorted(neighbours, key=lambda row: (row["interface"], row["chassis_id"], row["port_id"]))


def _by_interface(value: Any) -> Iterator[Tuple[str, Dict[str, Any]]]:
    for entry in map(mapping, items(value)):
        if isinstance(entry.get("name"), str):
            yield text(entry["name"]) or "", entry
        else:
            for name, heard in entry.items():
                for each in items(heard):
                    yield text(name) or "", mapping(each)


def _neighbour(interface: str, heard: Dict[str, Any]) -> Dict[str, Any]:
    name, chassis = _chassis(_first(heard.get("chassis")))
    port = _first(heard.get("port"))
    chassis_id, port_id = _first(chassis.get("id")), _first(port.get("id"))
    capabilities = map(mapping, items(chassis.get("capability")))
    return {
        "interface": interface,
        "chassis_id": text(chassis_id.get("value")) or "",
        "chassis_id_type": text(chassis_id.get("type")),
        "chassis_name": name,
        "chassis_description": _value(chassis.get("descr")),
        "management_addresses": [
            address for address in map(_value, items(chassis.get("mgmt-ip"))) if address
        ],
        "capabilities": sorted(
            {kind for row in capabilities if row.get("enabled") is True for kind in texts(row.get("type"))}
        ),
        "port_id": text(port_id.get("value")) or "",
        "port_id_type": text(port_id.get("type")),
        "port_description": _value(port.get("descr")),
    }


def _chassis(value: Dict[str, Any]) -> Tuple[Optional[str], Dict[str, Any]]:
    """Return a chassis' name and contents, whether it is keyed by the name, bare, or tells it inside."""
    if "value" in _first(value.get("id")):
        return _value(value.get("name")), value
    for name, chassis in value.items():
        return text(name), mapping(chassis)
    return None, {}


def _first(value: Any) -> Dict[str, Any]:
    return mapping(next(iter(items(value)), None))


def _value(value: Any) -> Optional[str]:
    return text(value) or text(_first(value).get("value"))
