# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""OVN, out of its databases on the hosts that run them: logical switches and routers, chassis, bindings."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Match, Optional

from .ovsdb import Columns, Table, list_tables, members, pairs, reference, references, scalar, split
from .reader import Reader
from .values import number, text, texts

_PART = "ovn"
_SOCKET = re.compile(r"--remote=punix:(\S*ovn(nb|sb)\S*\.sock)")
"""How the arguments of a database's server name it: where it listens, and which of the two it is."""

_NORTHBOUND: Columns = {
    "Logical_Switch": ("_uuid", "name", "ports"),
    "Logical_Switch_Port": ("_uuid", "name", "type", "options", "tag", "parent_name"),
    "Logical_Router": ("_uuid", "name", "ports", "nat"),
    "Logical_Router_Port": ("_uuid", "name", "mac", "networks", "gateway_chassis", "ha_chassis_group"),
    "Gateway_Chassis": ("_uuid", "name", "chassis_name", "priority"),
    "HA_Chassis_Group": ("_uuid", "name", "ha_chassis"),
    "HA_Chassis": ("_uuid", "chassis_name", "priority"),
    "NAT": ("_uuid", "type", "external_ip", "external_mac", "logical_ip", "logical_port"),
}
_SOUTHBOUND: Columns = {
    "Chassis": ("_uuid", "name", "hostname", "external_ids", "other_config", "encaps"),
    "Encap": ("_uuid", "type", "ip"),
    "Port_Binding": ("_uuid", "logical_port", "type", "chassis"),
}
_TOOLS = {"nb": ("ovn-nbctl", _NORTHBOUND), "sb": ("ovn-sbctl", _SOUTHBOUND)}

_MAPPINGS, _OPTIONS = "ovn-bridge-mappings", "ovn-cms-options"
_GATEWAY = "enable-chassis-as-gw"

Row = Dict[str, Any]


def read_ovn(reader: Reader, processes: List[Dict[str, Any]]) -> Optional[Dict[str, Any]]:
    """Return what OVN's databases say, or None where none is.

    `processes`: those of the host, which tell of the databases' servers and their sockets. A server that
    is one of a cluster is asked even if another leads.
    """
    found = map(_socket, processes)
    sockets = {match.group(2): match.group(1) for match in found if match}
    if not sockets:
        return None
    tables: Dict[str, Table] = {}
    for database, socket in sorted(sockets.items()):
        tables.update(_read(reader, database, socket))
    return {
        "switches": _switches(tables),
        "routers": _routers(tables),
        "chassis": _chassis(tables),
        "bindings": _bindings(tables),
    }


def is_of_ovn(process: Dict[str, Any]) -> bool:
    """Say whether a process is the server of one of OVN's databases."""
    return _socket(process) is not None


def _socket(process: Dict[str, Any]) -> Optional[Match[str]]:
    return _SOCKET.search(process["args"]) if process["name"] == "ovsdb-server" else None


def _read(reader: Reader, database: str, socket: str) -> Dict[str, Table]:
    tool, wanted = _TOOLS[database]
    command = [tool, "--no-leader-only", f"--db=unix:{socket}", "--format=json", *list_tables(wanted)]
    output = reader.text(_PART, command)
    if output is None:
        return {}
    tables = split(output, wanted)
    lacking = [table for table in wanted if table not in tables]
    if lacking:
        reader.gap(_PART, "unreadable", f"no JSON of the tables {', '.join(lacking)}", command)
    return tables


def _rows(tables: Dict[str, Table], table: str) -> List[Row]:
    return list(tables.get(table, {}).values())


def _referred(tables: Dict[str, Table], table: str, value: Any) -> List[Row]:
    """Return the rows of a table that a column names."""
    rows = tables.get(table, {})
    return [rows[key] for key in references(value) if key in rows]


def _name(row: Row) -> str:
    return text(row.get("name")) or ""


def _by_name(rows: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
    return sorted(rows, key=lambda row: str(row["name"]))


def _switches(tables: Dict[str, Table]) -> List[Dict[str, Any]]:
    return _by_name(
        [
            {
                "name": _name(row),
                "ports": _by_name(
                    [_switch_port(port) for port in _referred(tables, "Logical_Switch_Port", row["ports"])]
                ),
            }
            for row in _rows(tables, "Logical_Switch")
        ]
    )


def _switch_port(row: Row) -> Dict[str, Any]:
    localnet = row.get("type") == "localnet"
    return {
        "name": _name(row),
        "type": text(row.get("type")) or "",
        "physical_network": pairs(row.get("options")).get("network_name") if localnet else None,
        "tag": number(scalar(row.get("tag"))),
        "parent": text(scalar(row.get("parent_name"))),
    }


def _routers(tables: Dict[str, Table]) -> List[Dict[str, Any]]:
    return _by_name(
        [
            {
                "name": _name(row),
                "ports": _by_name(
                    [
                        _router_port(tables, port)
                        for port in _referred(tables, "Logical_Router_Port", row["ports"])
                    ]
                ),
                "nat": _translations(_referred(tables, "NAT", row["nat"])),
            }
            for row in _rows(tables, "Logical_Router")
        ]
    )


def _router_port(tables: Dict[str, Table], row: Row) -> Dict[str, Any]:
    groups = _referred(tables, "HA_Chassis_Group", row["ha_chassis_group"])
    gateways = [
        *_referred(tables, "Gateway_Chassis", row["gateway_chassis"]),
        *(chassis for group in groups for chassis in _referred(tables, "HA_Chassis", group["ha_chassis"])),
    ]
    found = {text(chassis.get("chassis_name")): number(chassis.get("priority")) for chassis in gateways}
    return {
        "name": _name(row),
        "mac": text(row.get("mac")),
        "networks": sorted(texts(members(row["networks"]))),
        "gateways": [{"chassis": name, "priority": found[name]} for name in sorted(filter(None, found))],
    }


def _translations(rows: List[Row]) -> List[Dict[str, Any]]:
    found = [
        {
            "type": text(row.get("type")) or "",
            "external_ip": text(row.get("external_ip")) or "",
            "logical_ip": text(row.get("logical_ip")) or "",
            "external_mac": text(scalar(row.get("external_mac"))),
            "logical_port": text(scalar(row.get("logical_port"))),
        }
        for row in rows
    ]
    return sorted(found, key=lambda entry: [value or "" for value in entry.values()])


def _chassis(tables: Dict[str, Table]) -> List[Dict[str, Any]]:
    found = []
    for row in _rows(tables, "Chassis"):
        said = {**pairs(row.get("external_ids")), **pairs(row.get("other_config"))}
        ways = [
            {"type": text(encap.get("type")) or "", "ip": text(encap.get("ip")) or ""}
            for encap in _referred(tables, "Encap", row["encaps"])
        ]
        mappings = [pair.partition(":") for pair in said.get(_MAPPINGS, "").split(",")]
        found.append(
            {
                "name": _name(row),
                "hostname": text(row.get("hostname")),
                "bridge_mappings": {network: bridge for network, colon, bridge in sorted(mappings) if colon},
                "gateway": _GATEWAY in said.get(_OPTIONS, "").split(","),
                "encapsulations": sorted(ways, key=lambda way: (way["type"], way["ip"])),
            }
        )
    return _by_name(found)


def _bindings(tables: Dict[str, Table]) -> List[Dict[str, Any]]:
    """Return where the logical ports are, less those that are nowhere or everywhere."""
    chassis = tables.get("Chassis", {})
    found = []
    for row in _rows(tables, "Port_Binding"):
        place = chassis.get(reference(scalar(row.get("chassis"))) or "")
        if place:
            found.append(
                {
                    "port": text(row.get("logical_port")) or "",
                    "type": text(row.get("type")) or "",
                    "chassis": _name(place),
                }
            )
    return sorted(found, key=lambda binding: binding["port"])
