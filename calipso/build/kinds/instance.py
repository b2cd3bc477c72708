"""Instances: servers of Nova."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...model.kind import Field, Kind
from ...model.topology import Document
from ..cloud import Cloud, Data

KIND = Kind(
    type="instance",
    label="Instance",
    doc="A Nova server. One that no host runs is shown under its project.",
    parent="host",
    folder="Instances",
    fields=(
        Field("uuid", "Nova's id of it."),
        Field("local_name", "Its name on the host: the libvirt domain.", search=True),
        Field("host", "The host that runs it.", hover=True),
        Field("availability_zone", "The zone that it is in."),
        Field("project", "The name of the project that owns it.", hover=True),
        Field("project_id", "That project's id."),
        Field("flavor", "Its size, by the flavor's name or id."),
        Field("image", "The id of the image that it was made of."),
        Field("network", "The ids of its networks: what constrains cliques around it."),
        Field("networks", "The names of its networks.", hover=True),
        Field(
            "network_info",
            "Its ports, and its trunks' subports: id, network, address, fixed and floating IPs, plug, VLAN.",
        ),
        Field("mac_address", "The address of its first port.", search=True),
        Field("mac_addresses", "The addresses of all its ports.", search=True),
        Field("addresses", "All its IP addresses, fixed and floating.", search=True, hover=True),
        Field("state", "Nova's status.", hover=True),
        Field("power_state", "Nova's power state, by number."),
        Field("task_state", "What Nova is doing with it."),
        Field("created", "When it was made."),
    ),
    state="state",
    states={
        "ACTIVE": "ok",
        "BUILD": "warning",
        "HARD_REBOOT": "warning",
        "MIGRATING": "warning",
        "PASSWORD": "warning",
        "PAUSED": "warning",
        "REBOOT": "warning",
        "REBUILD": "warning",
        "RESCUE": "warning",
        "RESIZE": "warning",
        "REVERT_RESIZE": "warning",
        "SHELVED": "warning",
        "SHELVED_OFFLOADED": "warning",
        "SHUTOFF": "warning",
        "SUSPENDED": "warning",
        "VERIFY_RESIZE": "warning",
        "ERROR": "error",
        "DELETED": "error",
        "SOFT_DELETED": "error",
    },
)


def _port_info(cloud: Cloud, port: Data) -> dict[str, Any]:
    floating = cloud.rows_by("floating_ip", "port_id", port["id"])
    return {
        "port_id": str(port["id"]),
        "network_id": port.get("network_id"),
        "network": cloud.name_of("network", port.get("network_id")),
        "mac_address": port.get("mac_address"),
        "fixed_ips": [ip.get("ip_address") for ip in port.get("fixed_ips") or []],
        "floating_ips": [ip.get("floating_ip_address") for ip in floating],
        "vif_type": port.get("binding:vif_type"),
        "status": port.get("status"),
        "segmentation_id": port.get("segmentation_id"),
    }


EACH = "server"


def build(cloud: Cloud, row: Data) -> Iterator[Document]:
    """Yield one of Nova's servers, of whatever project."""
    key, host, project = str(row["id"]), row.get("OS-EXT-SRV-ATTR:host"), row.get("tenant_id")
    plugged = cloud.ports_by_device.of(key)
    ports = [each for port in plugged for each in (port, *cloud.subports(port))]
    info = [_port_info(cloud, port) for port in ports]
    macs = list(dict.fromkeys(str(entry["mac_address"]) for entry in info if entry["mac_address"]))
    flavor, image = row.get("flavor") or {}, row.get("image") or {}
    yield {
        "id": key,
        "name": str(row.get("name") or key),
        "parent_id": str(host or project or cloud.environment.name),
        "parent_type": "host" if host else "project",
        "uuid": key,
        "local_name": row.get("OS-EXT-SRV-ATTR:instance_name"),
        "host": host,
        "region": cloud.region_of(row),
        "availability_zone": row.get("OS-EXT-AZ:availability_zone"),
        "project": cloud.name_of("project", project),
        "project_id": project,
        "flavor": flavor.get("original_name") or flavor.get("id"),
        "image": image.get("id"),
        "network": sorted({str(entry["network_id"]) for entry in info if entry["network_id"]}),
        "networks": sorted({str(entry["network"] or entry["network_id"]) for entry in info}),
        "network_info": info,
        "mac_address": macs[0] if macs else None,
        "mac_addresses": macs,
        "addresses": [ip for entry in info for ip in (*entry["fixed_ips"], *entry["floating_ips"]) if ip],
        "state": row.get("status"),
        "power_state": row.get("OS-EXT-STS:power_state"),
        "task_state": row.get("OS-EXT-STS:task_state"),
        "created": row.get("created"),
    }
