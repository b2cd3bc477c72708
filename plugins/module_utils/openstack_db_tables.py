# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""Which tables, and which of their columns, are read of OpenStack's databases: none that holds a secret."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping, Tuple

NEUTRON, NOVA, NOVA_API = "neutron", "nova", "nova_api"
DATABASES = (NEUTRON, NOVA, NOVA_API)

TUNNELS = ("vxlan", "gre", "geneve")

_AGENT_DOWN_SECONDS = 75
_SERVICE_DOWN_SECONDS = 60
"""What Neutron (agent_down_time) and Nova (service_down_time) hold for dead, unless told otherwise."""


@dataclass(frozen=True)
class Table:
    """A table of one of the databases.

    columns: those that are read, where the release has them
    computed: what the server works out, by name: an expression, and the column that it needs
    where: a condition
    optional: a release or plugin that has it not has nothing to tell
    """

    database: str
    name: str
    columns: Tuple[str, ...]
    computed: Mapping[str, Tuple[str, str]] = field(default_factory=dict)
    where: str = ""
    optional: bool = False

    @property
    def key(self) -> str:
        """Its name, less what its database is called here."""
        return f"{self.database}.{self.name}"


def _table(key: str, columns: str, **details) -> Table:
    database, _dot, name = key.partition(".")
    return Table(database, name, tuple(columns.split()), **details)


def _within(column: str, seconds: int) -> Tuple[str, str]:
    return f"{column} > UTC_TIMESTAMP() - INTERVAL {seconds} SECOND", column


NUMBERS = {"vxlan": "vxlan_vni", "gre": "gre_id", "geneve": "geneve_vni"}
"""The column with a tunnel's number, in the table of allocations of its type."""

TABLES = {
    table.key: table
    for table in (
        _table("neutron.networks", "id name project_id tenant_id status admin_state_up mtu"),
        _table(
            "neutron.networksegments",
            "id name network_id network_type physical_network segmentation_id segment_index is_dynamic",
        ),
        _table("neutron.externalnetworks", "network_id is_default"),
        _table(
            "neutron.ports",
            "id name project_id tenant_id network_id mac_address admin_state_up status device_id"
            " device_owner",
        ),
        _table("neutron.ipallocations", "port_id ip_address subnet_id"),
        _table(
            "neutron.ml2_port_bindings",
            "port_id host vif_type vnic_type profile vif_details status",
            optional=True,
        ),
        _table("neutron.ml2_port_binding_levels", "port_id host level driver segment_id", optional=True),
        _table(
            "neutron.agents",
            "id agent_type binary host topic availability_zone admin_state_up description configurations",
            computed={"alive": _within("heartbeat_timestamp", _AGENT_DOWN_SECONDS)},
        ),
        *(
            _table(f"neutron.ml2_{kind}_endpoints", "host ip_address udp_port", optional=True)
            for kind in TUNNELS
        ),
        *(
            _table(f"neutron.ml2_{kind}_allocations", number, where="allocated", optional=True)
            for kind, number in NUMBERS.items()
        ),
        _table(
            "nova.services",
            "id uuid binary host disabled disabled_reason forced_down",
            computed={"is_up": _within("last_seen_up", _SERVICE_DOWN_SECONDS)},
            where="deleted = 0",
        ),
        _table(
            "nova.compute_nodes",
            "id uuid host hypervisor_hostname hypervisor_type hypervisor_version host_ip vcpus memory_mb"
            " local_gb",
            where="deleted = 0",
        ),
        _table(
            "nova.instances",
            "id uuid display_name hostname project_id user_id host node availability_zone vm_state"
            " power_state task_state",
            where="deleted = 0",
        ),
        _table("nova_api.aggregate_hosts", "aggregate_id host", optional=True),
        _table(
            "nova_api.aggregate_metadata",
            "aggregate_id value",
            where="`key` = 'availability_zone'",
            optional=True,
        ),
    )
}
