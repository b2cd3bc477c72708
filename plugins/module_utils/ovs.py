# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""Open vSwitch, out of its database: bridges, ports, interfaces, tunnels."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional

from .reader import Reader, Service
from .values import items, mapping, number, parse_json, text, texts

_PART = "ovs"
_TABLES = {
    "Open_vSwitch": ("_uuid", "ovs_version", "external_ids", "bridges"),
    "Bridge": ("_uuid", "name", "datapath_type", "fail_mode", "external_ids", "ports"),
    "Port": (
        "_uuid",
        "name",
        "tag",
        "trunks",
        "vlan_mode",
        "bond_mode",
        "lacp",
        "other_config",
        "interfaces",
    ),
    "Interface": (
        "_uuid",
        "name",
        "type",
        "ofport",
        "mac_in_use",
        "admin_state",
        "link_state",
        "mtu",
        "options",
        "external_ids",
    ),
}
_LISTS = [["--", "--columns=" + ",".join(columns), "list", table] for table, columns in _TABLES.items()]
_COMMAND = ["ovs-vsctl", "--format=json", *(word for words in _LISTS for word in words)]
"""Reads every table in one transaction and prints a JSON document for each."""

_TABLE_OF_COLUMNS = {frozenset(columns): table for table, columns in _TABLES.items()}

_VOLATILE_ID = re.compile(r"ovn-nb-cfg|.*-ts")
"""Keys under which OVN counts and keeps time."""

Table = Dict[str, Dict[str, Any]]


def read_ovs(reader: Reader, runs: bool) -> Optional[Dict[str, Any]]:
    """Return Open vSwitch's facts, or None where it is not or cannot be read.

    `runs`: whether processes show that it should be there.
    """
    output = reader.text(_PART, _COMMAND, service=Service("Open vSwitch", runs))
    if output is None:
        return None
    tables = _split(output)
    lacking = [table for table in _TABLES if table not in tables]
    if lacking:
        reader.gap(_PART, "unreadable", f"no JSON of the tables {', '.join(lacking)}", _COMMAND)
    root = next(iter(tables.get("Open_vSwitch", {}).values()), {})
    external_ids = _stable(root.get("external_ids"))
    return {
        "version": text(_scalar(root.get("ovs_version"))),
        "system_id": external_ids.get("system-id"),
        "hostname": external_ids.get("hostname"),
        "external_ids": external_ids,
        "bridges": _bridges(tables),
    }


def _split(output: str) -> Dict[str, Table]:
    """Return the documents of `output` as tables: name -> row id -> column -> value."""
    tables = {}
    for line in output.split("\n"):
        try:
            document = mapping(parse_json(line))
        except ValueError:
            continue
        headings, rows = texts(document.get("headings")), items(document.get("data"))
        name = _TABLE_OF_COLUMNS.get(frozenset(headings))
        if name and all(isinstance(row, list) and len(row) == len(headings) for row in rows):
            records = [{heading: row[at] for at, heading in enumerate(headings)} for row in rows]
            tables[name] = {
                _reference(record["_uuid"]) or str(at): record for at, record in enumerate(records)
            }
    return tables


def _bridges(tables: Dict[str, Table]) -> List[Dict[str, Any]]:
    interfaces = {key: _interface(row) for key, row in tables.get("Interface", {}).items()}
    ports = {key: _port(row, interfaces) for key, row in tables.get("Port", {}).items()}
    bridges = [
        {
            "name": text(row.get("name")) or "",
            "uuid": _reference(row.get("_uuid")) or "",
            "datapath_type": text(_scalar(row.get("datapath_type"))),
            "fail_mode": text(_scalar(row.get("fail_mode"))),
            "external_ids": _stable(row.get("external_ids")),
            "ports": _referred(row.get("ports"), ports),
        }
        for row in tables.get("Bridge", {}).values()
    ]
    return sorted(bridges, key=lambda bridge: (bridge["name"], bridge["uuid"]))


def _port(row: Dict[str, Any], interfaces: Dict[str, Dict[str, Any]]) -> Dict[str, Any]:
    trunks = [number(trunk) for trunk in _set(row.get("trunks"))]
    return {
        "name": text(row.get("name")) or "",
        "tag": number(_scalar(row.get("tag"))),
        "trunks": sorted(trunk for trunk in trunks if trunk is not None),
        "vlan_mode": text(_scalar(row.get("vlan_mode"))),
        "bond_mode": text(_scalar(row.get("bond_mode"))),
        "lacp": text(_scalar(row.get("lacp"))),
        "other_config": _map(row.get("other_config")),
        "interfaces": _referred(row.get("interfaces"), interfaces),
    }


def _interface(row: Dict[str, Any]) -> Dict[str, Any]:
    return {
        "name": text(row.get("name")) or "",
        "type": text(row.get("type")) or "",
        "ofport": number(_scalar(row.get("ofport"))),
        "mac": text(_scalar(row.get("mac_in_use"))),
        "admin_state": text(_scalar(row.get("admin_state"))),
        "link_state": text(_scalar(row.get("link_state"))),
        "mtu": number(_scalar(row.get("mtu"))),
        "options": _map(row.get("options")),
        "external_ids": _stable(row.get("external_ids")),
    }


def _referred(value: Any, rows: Dict[str, Dict[str, Any]]) -> List[Dict[str, Any]]:
    """Return the rows that a column of references names, by name."""
    keys = {_reference(item) for item in _set(value)}
    return sorted((rows[key] for key in keys if key in rows), key=lambda row: row["name"])


def _set(value: Any) -> List[Any]:
    """Return the members of OVSDB's JSON for a set, which a lone value also is."""
    members = _tagged(value, "set")
    return [value] if members is None else members


def _scalar(value: Any) -> Any:
    """Return the one value of an optional column, None where it is empty."""
    members = _set(value)
    return members[0] if len(members) == 1 else None


def _map(value: Any) -> Dict[str, str]:
    pairs = [[text(part) for part in items(pair)] for pair in _tagged(value, "map") or []]
    return dict(sorted((pair[0], pair[1] or "") for pair in pairs if len(pair) == 2 and pair[0]))


def _stable(value: Any) -> Dict[str, str]:
    return {key: entry for key, entry in _map(value).items() if not _VOLATILE_ID.fullmatch(key)}


def _reference(value: Any) -> Optional[str]:
    return text(value[1]) if _is_pair(value) and value[0] == "uuid" else None


def _tagged(value: Any, tag: str) -> Optional[List[Any]]:
    return items(value[1]) if _is_pair(value) and value[0] == tag else None


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2
