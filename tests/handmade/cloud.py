"""What hand-made clouds share: how they are written down, and what OpenStack's own records say is true."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.calipso.topology.plugins.module_utils.aci_classes import CLASSES
from ansible_collections.calipso.topology.plugins.module_utils.host import collect
from ansible_collections.calipso.topology.plugins.module_utils.recording import to_entry, write_host
from ansible_collections.calipso.topology.plugins.module_utils.row_recording import RecordingRows
from ansible_collections.calipso.topology.plugins.module_utils.runner import RecordingRunner

from .fabric import MadeFabric
from .host import MadeHost
from .openstack import CATALOG, MadeCloud

Truth = dict[str, Any]


@dataclass(frozen=True)
class Made:
    """A cloud with its hosts, and the truth about them in the shape of the lab's."""

    cloud: MadeCloud
    hosts: list[MadeHost]
    truth: Truth
    fabric: MadeFabric | None = None

    def write(self, directory: Path) -> None:
        """Write `scan` and `truth.json` into a directory; the hosts are recorded by the real collector."""
        scan = directory / "scan"
        shutil.rmtree(scan, ignore_errors=True)
        scan.mkdir(parents=True)
        self.cloud.write(scan / "openstack")
        for host in self.hosts:
            runner = RecordingRunner(host)
            collect(runner)
            write_host(scan, host.name, [to_entry(result) for result in runner.results])
        if self.fabric:
            told = RecordingRows(self.fabric, str(scan), "aci")
            for known in CLASSES.values():
                told.rows(known)
        names = "".join(f"- {host.name}\n" for host in sorted(self.hosts, key=lambda host: host.name))
        (scan / "meta.yml").write_text(
            f"version: 1\nmade_at: '2026-11-23T09:00:00+00:00'\nmade_by: hand\nhosts:\n{names}", "utf-8"
        )
        text = json.dumps(self.truth, indent=1, sort_keys=True) + "\n"
        (directory / "truth.json").write_text(text, "utf-8")


def controller(name: str) -> MadeHost:
    """Return a host that only runs OpenStack's services."""
    host = MadeHost(name, processes=["lldpd: 1 neighbor."])
    host.nic("eno1", "3c:fd:fe:00:11:00", "0000:01:00.0", "tg3", 1000, address="10.10.0.11/24")
    host.neighbours = {"eno1": ("tor1", "00:1c:73:00:00:01", "Ethernet11")}
    return host


CONTROLLER = {"nics": {"eno1": ("3c:fd:fe:00:11:00", "tor1", "Ethernet11")}}
"""The truth about `controller`: see `true_host`."""


def member(state: str, mac: str, aggregator: int | None = None) -> dict[str, Any]:
    """Return what a bond of the kernel says of a member."""
    said = {"state": state, "mii_status": "UP", "link_failure_count": 0, "perm_hwaddr": mac, "queue_id": 0}
    return said if aggregator is None else {**said, "ad_aggregator_id": aggregator}


def true_host(nics: dict[str, tuple[str | None, ...]], **more: Any) -> Truth:
    """Return the truth about a host; a NIC is its address, and its cable's switch and port if it has one."""
    names = ("mac", "switch", "switch_port")
    return {
        "bridge_mappings": {},
        "tunnel": None,
        "ovs_bridges": {},
        "ovs_ports": {},
        "linux_bridges": {},
        "namespaces": {},
        "domains": {},
        **more,
        "nics": {name: dict(zip(names, known, strict=False)) for name, known in nics.items()},
    }


def true_cloud(
    cloud: MadeCloud, hosts: dict[str, Truth], tags: dict[str, dict[str, int]], devices: dict[str, str]
) -> Truth:
    """Return the truth: OpenStack's own records, and what is so of each host.

    `tags`: network to host to the local tag that it has there. `devices`: the name of a port to what its vNIC
    is known by on its host, its device or else its address.
    """
    names = {network["id"]: network["name"] for network in cloud.networks}

    def row(port: dict[str, Any]) -> Truth:
        return {
            "port_id": port["id"],
            "mac": port["mac_address"],
            "network_id": port["network_id"],
            "network": names[port["network_id"]],
            "fixed_ips": [ip["ip_address"] for ip in port["fixed_ips"]],
            "tap": devices[port["name"]],
        }

    projects = json.loads((CATALOG / "004-get-ctl1-5000-v3-projects.json").read_text("utf-8"))["body"][
        "projects"
    ]
    return {
        "variant": cloud.name,
        "region": "RegionOne",
        "projects": {project["id"]: project["name"] for project in projects},
        "hosts": hosts,
        "instances": {
            server["id"]: {
                "name": server["name"],
                "host": server["OS-EXT-SRV-ATTR:host"],
                "state": server["status"],
                "project_id": server["tenant_id"],
                "availability_zone": "nova",
                "vnics": [row(port) for port in cloud.ports if port["device_id"] == server["id"]],
            }
            for server in cloud.servers
        },
        "networks": {
            network["id"]: {
                "name": network["name"],
                "type": network["provider:network_type"],
                "segmentation_id": network["provider:segmentation_id"],
                "physical_network": network["provider:physical_network"],
                "subnets": {
                    subnet["id"]: {"cidr": subnet["cidr"]}
                    for subnet in cloud.subnets
                    if subnet["network_id"] == network["id"]
                },
                "port_ids": [port["id"] for port in cloud.ports if port["network_id"] == network["id"]],
                "local_vlan_by_host": tags.get(network["name"], {}),
            }
            for network in cloud.networks
        },
        "routers": {},
        "dhcp": [row(port) for port in cloud.ports if port["device_owner"] == "network:dhcp"],
        "metadata": [],
        "floating_ips": {},
        "aggregates": {},
        "agents": [{"id": agent["id"], "host": agent["host"]} for agent in cloud.agents],
    }
