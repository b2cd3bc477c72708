# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""Open vSwitch, out of its database: bridges, ports, interfaces, tunnels."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional

from .ovsdb import Table, list_tables, members, pairs, reference, references, scalar, split
from .reader import Reader, Service
from .values import number, text

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
_COMMAND = ["ovs-vsctl", "--format=json", *list_tables(_TABLES)]
"""Reads every table in one transaction and prints a JSON document for each."""

_VOLATILE_ID = re.compile(r"ovn-nb-cfg|.*-ts")
"""Keys under which OVN counts and keeps time."""


def read_ovs(reader: Reader, runs: bool) -> Optional[Dict[str, Any]]:
    """Return Open vSwitch's facts, or None where it is not or cannot be read.

    `runs`: whether processes show that it should be there.
    """
    output = reader.text(_PART, _COMMAND, service=Service("Open vSwitch", runs))
    if output is None:
        return None
    tables = split(output, _TABLES)
    lacking = [table for table in _TABLES if table not in tables]
    if lacking:
        reader.gap(_PART, "unreadable", f"no JSON of the tables {', '.join(lacking)}", _COMMAND)
    root = next(iter(tables.get("Open_vSwitch", {}).values()), {})
    external_ids = _stable(root.get("external_ids"))
    return {
        "version": text(scalar(root.get("ovs_version"))),
        "system_id": external_ids.get("system-id"),
        "hostname": external_ids.get("hostname"),
        "external_ids": external_ids,
        "bridges": _bridges(tables),
    }


def _bridges(tables: Dict[str, Table]) -> List[Dict[str, Any]]:
    interfaces = {key: _interface(row) for key, row in tables.get("Interface", {}).items()}
    ports = {key: _port(row, interfaces) for key, row in tables.get("Port", {}).items()}
    bridges = [
        {
            "name": text(row.get("name")) or "",
            "uuid": reference(row.get("_uuid")) or "",
            "datapath_type": text(scalar(row.get("datapath_type"))),
            "fail_mode": text(scalar(row.get("fail_mode"))),
            "external_ids": _stable(row.get("external_ids")),
            "ports": _referred(row.get("ports"), ports),
        }
        for row in tables.get("Bridge", {}).values()
    ]
    return sorted(bridges, key=lambda bridge: (bridge["name"], bridge["uuid"]))


def _port(row: Dict[str, Any], interfaces: Dict[str, Dict[str, Any]]) -> Dict[str, Any]:
    trunks = [number(trunk) for trunk in members(row.get("trunks"))]
    return {
        "name": text(row.get("name")) or "",
        "tag": number(scalar(row.get("tag"))),
        "trunks": sorted(trunk for trunk in trunks if trunk is not None),
        "vlan_mode": text(scalar(row.get("vlan_mode"))),
        "bond_mode": text(scalar(row.get("bond_mode"))),
        "lacp": text(scalar(row.get("lacp"))),
        "other_config": pairs(row.get("other_config")),
        "interfaces": _referred(row.get("interfaces"), interfaces),
    }


def _interface(row: Dict[str, Any]) -> Dict[str, Any]:
    return {
        "name": text(row.get("name")) or "",
        "type": text(row.get("type")) or "",
        "ofport": number(scalar(row.get("ofport"))),
        "mac": text(scalar(row.get("mac_in_use"))),
        "admin_state": text(scalar(row.get("admin_state"))),
        "link_state": text(scalar(row.get("link_state"))),
        "mtu": number(scalar(row.get("mtu"))),
        "options": pairs(row.get("options")),
        "external_ids": _stable(row.get("external_ids")),
    }


def _referred(value: Any, rows: Dict[str, Dict[str, Any]]) -> List[Dict[str, Any]]:
    """Return the rows that a column of references names, by name."""
    keys = set(references(value))
    return sorted((rows[key] for key in keys if key in rows), key=lambda row: row["name"])


def _stable(value: Any) -> Dict[str, str]:
    return {key: entry for key, entry in pairs(value).items() if not _VOLATILE_ID.fullmatch(key)}
