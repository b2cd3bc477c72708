# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""From tables of OpenStack's database to rows of facts, in the API's words where the API has such rows."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from .openstack_db import LiveDatabase, read_tables
from .openstack_db_tables import NUMBERS, TUNNELS
from .openstack_kinds import LISTINGS
from .row_recording import Kind, answer_of, opened

Tables = dict  # {"neutron.ports": [{column: value}]}

_HIDDEN_SERVICES = frozenset({"nova-osapi_compute", "nova-metadata"})
"""Services that Nova's API does not list."""

_STATUS = {
    "active": "ACTIVE",
    "building": "BUILD",
    "error": "ERROR",
    "paused": "PAUSED",
    "rescued": "RESCUE",
    "resized": "VERIFY_RESIZE",
    "shelved": "SHELVED",
    "shelved_offloaded": "SHELVED_OFFLOADED",
    "soft-delete": "SOFT_DELETED",
    "stopped": "SHUTOFF",
    "suspended": "SUSPENDED",
}
"""An instance's status in Nova's API, by its state in the database."""

_LISTED = {listing.kind: listing for listing in LISTINGS}


def gather(options: dict[str, Any]) -> dict[str, Any]:
    """Return {rows, kinds, gaps} of the database that the module's `options` name, as `answer_of` does.

    Data bears no region, since a database does not know it. Raise `DatabaseError` or `RecordingError` where
    nothing can be read at all.
    """
    database = opened(options, "openstack_db", "OpenStack's database", LiveDatabase)
    try:
        tables, unread = read_tables(database)
    finally:
        database.close()
    answer = answer_of(KINDS, tables, unread, lambda table: f"SELECT FROM {table}")
    for row in answer["rows"]:
        row["data"]["region"] = None
    return answer


def _flag(value: Any) -> bool | None:
    return None if value is None else bool(value)


def _object(text: Any) -> Any:
    """What a column holds as JSON; what is none holds nothing."""
    try:
        found = json.loads(text) if text else {}
    except (TypeError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _by(rows: list[dict[str, Any]], column: str) -> dict[Any, list[dict[str, Any]]]:
    found = defaultdict(list)
    for row in rows:
        found[row.get(column)].append(row)
    return found


def _some(row: dict[str, Any], names: str) -> dict[str, Any]:
    return {name: row[name] for name in names.split() if name in row}


def _owned(row: dict[str, Any], names: str) -> dict[str, Any]:
    owner = row.get("project_id", row.get("tenant_id"))
    return {
        **_some(row, names),
        "project_id": owner,
        "admin_state_up": _flag(row.get("admin_state_up")),
    }


_SEGMENT = "network_type physical_network segmentation_id"


def _networks(tables: Tables):
    segments = _by(tables["neutron.networksegments"], "network_id")
    external = {row["network_id"] for row in tables["neutron.externalnetworks"]}
    for row in tables["neutron.networks"]:
        own = sorted(
            (segment for segment in segments[row["id"]] if not segment.get("is_dynamic")),
            key=lambda segment: segment.get("segment_index") or 0,
        )
        told = [
            {f"provider:{name}": value for name, value in _some(segment, _SEGMENT).items()} for segment in own
        ]
        carried = {"segments": told} if len(told) > 1 else told[0] if told else {}
        yield (
            row["id"],
            {**_owned(row, "id name status mtu"), "router:external": row["id"] in external, **carried},
        )


def _segments(tables: Tables, dynamic: bool):
    for row in tables["neutron.networksegments"]:
        if bool(row.get("is_dynamic")) == dynamic:
            yield row["id"], _some(row, f"id name network_id {_SEGMENT}")


def _ports(tables: Tables):
    addresses = _by(tables["neutron.ipallocations"], "port_id")
    bindings = _by(tables["neutron.ml2_port_bindings"], "port_id")
    levels = _by(tables["neutron.ml2_port_binding_levels"], "port_id")
    for row in tables["neutron.ports"]:
        data = _owned(row, "id name network_id mac_address status device_id device_owner")
        fixed = [_some(address, "ip_address subnet_id") for address in addresses[row["id"]]]
        data["fixed_ips"] = sorted(fixed, key=lambda address: address["ip_address"])
        active = [binding for binding in bindings[row["id"]] if binding.get("status", "ACTIVE") == "ACTIVE"]
        if len(active) == 1:
            data["binding:host_id"] = active[0]["host"]
            data["binding:vif_type"] = active[0]["vif_type"]
            data["binding:vnic_type"] = active[0]["vnic_type"]
            data["binding:profile"] = _object(active[0].get("profile"))
            drivers = {
                str(level["level"]): level["driver"]
                for level in levels[row["id"]]
                if level["host"] == active[0]["host"]
            }
            details = {"bound_drivers": drivers} if drivers else {}
            data["binding:vif_details"] = {**_object(active[0].get("vif_details")), **details}
        yield row["id"], data


def _binding_levels(tables: Tables):
    for row in tables["neutron.ml2_port_binding_levels"]:
        key = f"{row['port_id']}:{row['host']}:{row['level']}"
        yield key, {"id": key, **_some(row, "port_id host level driver segment_id")}


def _agents(tables: Tables):
    trim = _LISTED["agent"].trim
    for row in tables["neutron.agents"]:
        data = _some(row, "id agent_type binary host topic availability_zone description")
        data["admin_state_up"] = _flag(row.get("admin_state_up"))
        data["alive"] = _flag(row.get("alive"))
        data["configurations"] = _object(row.get("configurations"))
        yield row["id"], trim(data)


def _tunnel_endpoints(tables: Tables):
    for kind in TUNNELS:
        for row in tables[f"neutron.ml2_{kind}_endpoints"]:
            key = f"{kind}:{row['host']}:{row['ip_address']}"
            yield (
                key,
                {"id": key, "type": kind, "udp_port": None, **_some(row, "host ip_address udp_port")},
            )


def _tunnel_allocations(tables: Tables):
    for kind, number in NUMBERS.items():
        for row in tables[f"neutron.ml2_{kind}_allocations"]:
            key = f"{kind}:{row[number]}"
            yield key, {"id": key, "type": kind, "segmentation_id": row[number]}


def _zones(tables: Tables) -> dict[str, str]:
    """Return the availability zone of each host that an aggregate puts into one."""
    zones = {row["aggregate_id"]: row["value"] for row in tables["nova_api.aggregate_metadata"]}
    return {
        row["host"]: zones[row["aggregate_id"]]
        for row in tables["nova_api.aggregate_hosts"]
        if row["aggregate_id"] in zones
    }


def _compute_services(tables: Tables):
    zones = _zones(tables)
    for row in tables["nova.services"]:
        if row["binary"] in _HIDDEN_SERVICES or not row["host"]:
            continue
        compute = row["binary"] == "nova-compute"
        up = row.get("is_up") and not row.get("forced_down")
        yield (
            f"{row['host']}:{row['binary']}",
            {
                **_some(row, "binary host disabled_reason"),
                "id": row.get("uuid", row["id"]),
                "zone": zones.get(row["host"], "nova") if compute else "internal",
                "state": "up" if up else "down",
                "status": "disabled" if row.get("disabled") else "enabled",
                "forced_down": _flag(row.get("forced_down")),
            },
        )


def _hypervisors(tables: Tables):
    names = "hypervisor_hostname hypervisor_type hypervisor_version host_ip vcpus memory_mb local_gb"
    for row in tables["nova.compute_nodes"]:
        yield (
            row["hypervisor_hostname"],
            {
                **_some(row, names),
                "id": row.get("uuid", row["id"]),
                "service": {"host": row["host"]},
            },
        )


def _servers(tables: Tables):
    for row in tables["nova.instances"]:
        yield (
            row["uuid"],
            {
                "id": row["uuid"],
                "name": row["display_name"],
                "status": _STATUS.get(row["vm_state"], "UNKNOWN"),
                "tenant_id": row["project_id"],
                "user_id": row["user_id"],
                "OS-EXT-AZ:availability_zone": row["availability_zone"],
                "OS-EXT-SRV-ATTR:host": row["host"],
                "OS-EXT-SRV-ATTR:hostname": row["hostname"],
                "OS-EXT-SRV-ATTR:hypervisor_hostname": row["node"],
                "OS-EXT-STS:power_state": row["power_state"],
                "OS-EXT-STS:task_state": row["task_state"],
                "OS-EXT-STS:vm_state": row["vm_state"],
            },
        )


KINDS = (
    Kind("network", ("neutron.networks", "neutron.networksegments", "neutron.externalnetworks"), _networks),
    Kind("segment", ("neutron.networksegments",), lambda tables: _segments(tables, False)),
    Kind("dynamic_segment", ("neutron.networksegments",), lambda tables: _segments(tables, True)),
    Kind(
        "port",
        (
            "neutron.ports",
            "neutron.ipallocations",
            "neutron.ml2_port_bindings",
            "neutron.ml2_port_binding_levels",
        ),
        _ports,
    ),
    Kind("binding_level", ("neutron.ml2_port_binding_levels",), _binding_levels),
    Kind("agent", ("neutron.agents",), _agents),
    Kind("tunnel_endpoint", tuple(f"neutron.ml2_{kind}_endpoints" for kind in TUNNELS), _tunnel_endpoints),
    Kind(
        "tunnel_allocation",
        tuple(f"neutron.ml2_{kind}_allocations" for kind in TUNNELS),
        _tunnel_allocations,
    ),
    Kind(
        "compute_service",
        ("nova.services", "nova_api.aggregate_hosts", "nova_api.aggregate_metadata"),
        _compute_services,
    ),
    Kind("hypervisor", ("nova.compute_nodes",), _hypervisors),
    Kind("server", ("nova.instances",), _servers),
)
