# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""From what an APIC lists to rows: switches, their ports, cables, LLDP neighbours and end points."""

from __future__ import annotations

import re
from typing import Any, Dict, Iterator, List, Tuple

from .aci import ApicError, LiveApic
from .aci_classes import CLASSES
from .row_recording import Kind, UnreadError, answer_of, opened

Objects = Dict[str, List[Dict[str, Any]]]
Told = Iterator[Tuple[str, Dict[str, Any]]]

SWITCHES = frozenset({"leaf", "spine"})
"""The roles of nodes that are switches."""

_NODE = re.compile(r"topology/pod-(\d+)/node-(\d+)(?:/|$)")
_INTERFACE = re.compile(r"/(?:phys|if)-\[([^\]]+)\]")
_ENCAPSULATION = re.compile(r"/((?:vlan|vxlan)-\[(?:vlan|vxlan)-\d+\])/db-ep/")
_GROUP = re.compile(r"uni/tn-([^/]+)/ap-([^/]+)/epg-([^/]+)/cep-")
_MAC = re.compile(r"(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}")
_SPEED = re.compile(r"(\d+)([MG])")
_NO_ADDRESS = frozenset({None, "", "0.0.0.0", "::"})  # noqa: S104 - what an APIC says for none


def gather(options: dict[str, Any]) -> dict[str, Any]:
    """Return {rows, kinds, gaps} of the fabric whose APIC the module's `options` name, as `answer_of` does.

    Raise `ApicError` or `RecordingError` where nothing can be read at all.
    """
    apic = opened(options, "aci", "an ACI fabric", LiveApic)
    found: Objects = {}
    unread = {}
    try:
        for name, known in CLASSES.items():
            try:
                found[name] = [_texts(told) for told in apic.rows(known)]
            except UnreadError as error:
                found[name], unread[name] = [], error
    finally:
        apic.close()
    if not found["fabricNode"] and "fabricNode" not in unread:
        raise ApicError(
            "The APIC shows no node of its fabric: its user may see none (give it the role admin with read"
            " privilege, in security domain all), or no switch is registered yet."
        )
    return answer_of(KINDS, found, unread, lambda name: f"GET /api/class/{name}.json")


def _texts(told: dict[str, Any]) -> dict[str, str]:
    """Return the attributes of an object: an APIC has nothing but texts."""
    return {"dn": "", **{name: text for name, text in told.items() if isinstance(text, str)}}


def _node(told: dict[str, Any]) -> str | None:
    """Return the number of the node that an object is in."""
    found = _NODE.match(told["dn"])
    return found.group(2) if found else None


def _port(told: dict[str, Any]) -> tuple[str, str] | None:
    """Return the node and the interface that an object is about."""
    node, interface = _node(told), _INTERFACE.search(told["dn"])
    return (node, interface.group(1)) if node and interface else None


def _text(told: dict[str, Any], name: str) -> str | None:
    return told.get(name) or None


def _switches(objects: Objects) -> Told:
    systems = {_node(told): told for told in objects["topSystem"]}
    for told in objects["fabricNode"]:
        found = _NODE.match(told["dn"])
        if not found or told.get("role") not in SWITCHES:
            continue
        pod, node = found.groups()
        system = systems.get(node, {})
        addresses = [system.get(name) for name in ("oobMgmtAddr", "inbMgmtAddr")]
        yield (
            node,
            {
                "id": node,
                "pod": pod,
                **{name: _text(told, name) for name in ("dn", "name", "role", "model", "serial", "vendor")},
                "version": _text(told, "version"),
                "state": _text(told, "fabricSt"),
                "addresses": [address for address in addresses if address not in _NO_ADDRESS],
            },
        )


def _ports(objects: Objects) -> Told:
    switches = {key for key, _data in _switches(objects)}
    lines = {_port(told): told for told in objects["ethpmPhysIf"]}
    channels = {}
    for told in objects["pcRsMbrIfs"]:
        channel = re.search(r"/aggr-\[([^\]]+)\]", told["dn"])
        member = re.search(r"/phys-\[([^\]]+)\]", told.get("tDn") or "")
        if channel and member:
            channels[_node(told), member.group(1)] = channel.group(1)
    for told in objects["l1PhysIf"]:
        place = _port(told)
        if place is None or place[0] not in switches:
            continue
        line = lines.get(place, {})
        speed = _SPEED.fullmatch(line.get("operSpeed") or "")
        mac, mtu = line.get("backplaneMac") or "", told.get("mtu") or ""
        yield (
            ":".join(place),
            {
                "id": ":".join(place),
                "switch": place[0],
                "name": place[1],
                "usage": _text(told, "usage"),
                "description": _text(told, "descr"),
                "admin_state": _text(told, "adminSt"),
                "state": _text(line, "operSt"),
                "speed": int(speed.group(1)) * (1000 if speed.group(2) == "G" else 1) if speed else None,
                "duplex": _text(line, "operDuplex"),
                "mtu": int(mtu) if mtu.isdigit() else None,
                "mac": mac.lower() if _MAC.fullmatch(mac) else None,
                "channel": channels.get(place),
            },
        )


def _cables(objects: Objects) -> Told:
    switches = {key for key, _data in _switches(objects)}
    for told in objects["fabricLink"]:
        ends = [(told.get(f"n{end}"), f"eth{told.get(f's{end}')}/{told.get(f'p{end}')}") for end in (1, 2)]
        if all(node in switches for node, _port_name in ends):
            yield told["dn"], {"id": told["dn"], "ends": sorted(f"{node}:{name}" for node, name in ends)}


def _neighbours(objects: Objects) -> Told:
    switches = {key for key, _data in _switches(objects)}
    for told in objects["lldpAdjEp"]:
        place = _port(told)
        if place and place[0] in switches:
            yield (
                told["dn"],
                {
                    "id": told["dn"],
                    "port": ":".join(place),
                    "chassis_id_type": _text(told, "chassisIdT"),
                    "chassis_id": _text(told, "chassisIdV"),
                    "chassis_name": _text(told, "sysName"),
                    "chassis_description": _text(told, "sysDesc"),
                    "port_id_type": _text(told, "portIdT"),
                    "port_id": _text(told, "portIdV"),
                    "port_description": _text(told, "portDesc"),
                },
            )


def _end_points(objects: Objects) -> Told:
    """Yield each address that a leaf learned at an interface of its own."""
    groups = {}
    for told in objects["fvCEp"]:
        group = _GROUP.match(told["dn"])
        if group:
            groups[(told.get("mac") or "").lower(), told.get("encap")] = "/".join(group.groups())
    for told in objects["epmMacEp"]:
        node, mac, interface = _node(told), (told.get("addr") or "").lower(), told.get("ifId")
        if not (node and interface and _MAC.fullmatch(mac)) or interface.startswith("tunnel"):
            continue
        found = _ENCAPSULATION.search(told["dn"])
        encapsulation = found.group(1).partition("[")[2].rstrip("]") if found else None
        yield (
            told["dn"],
            {
                "id": told["dn"],
                "switch": node,
                "interface": interface,
                "mac": mac,
                "encapsulation": encapsulation,
                "group": groups.get((mac, encapsulation)),
            },
        )


KINDS = (
    Kind("fabric_switch", ("fabricNode", "topSystem"), _switches),
    Kind("fabric_port", ("fabricNode", "l1PhysIf", "ethpmPhysIf", "pcRsMbrIfs"), _ports),
    Kind("fabric_cable", ("fabricNode", "fabricLink"), _cables),
    Kind("fabric_neighbour", ("fabricNode", "lldpAdjEp"), _neighbours),
    Kind("fabric_end_point", ("epmMacEp", "fvCEp"), _end_points),
)
