"""What OpenStack's APIs answer of a hand-made cloud."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .host import identifier

CATALOG = Path(__file__).parents[1] / "recordings" / "change" / "before" / "openstack"
"""A recording of a real cloud, whose service catalog and list of extensions serve here, too."""

AT = "2026-11-23T09:00:00Z"
PROJECT, USER = "cb602ac488e541bebfc33416516cc899", "2bc74e12451547c08dbb1a9bc9e4627b"


@dataclass
class MadeCloud:
    """OpenStack's own resources, by name of their collection."""

    name: str
    networks: list[dict[str, Any]] = field(default_factory=list)
    subnets: list[dict[str, Any]] = field(default_factory=list)
    ports: list[dict[str, Any]] = field(default_factory=list)
    servers: list[dict[str, Any]] = field(default_factory=list)
    agents: list[dict[str, Any]] = field(default_factory=list)
    computes: list[str] = field(default_factory=list)
    controllers: list[str] = field(default_factory=list)

    def id(self, *parts: object) -> str:
        """Return the id of something of this cloud."""
        return identifier(self.name, *parts)

    def network(
        self, name: str, kind: str, segment: int | None, physical: str | None, cidr: str, *, dhcp: bool
    ) -> str:
        """Add a network with its one subnet; return its id."""
        key = self.id("network", name)
        self.networks.append(
            {
                "id": key,
                "name": name,
                "tenant_id": PROJECT,
                "project_id": PROJECT,
                "admin_state_up": True,
                "status": "ACTIVE",
                "mtu": 1450 if kind == "vxlan" else 1500,
                "shared": False,
                "router:external": False,
                "provider:network_type": kind,
                "provider:physical_network": physical,
                "provider:segmentation_id": segment,
                "subnets": [self.id("subnet", name)],
                "port_security_enabled": True,
                "created_at": AT,
                "updated_at": AT,
            }
        )
        self.subnets.append(
            {
                "id": self.id("subnet", name),
                "name": f"{name}-v4",
                "network_id": key,
                "tenant_id": PROJECT,
                "project_id": PROJECT,
                "ip_version": 4,
                "cidr": cidr,
                "gateway_ip": None,
                "enable_dhcp": dhcp,
                "allocation_pools": [],
                "created_at": AT,
                "updated_at": AT,
            }
        )
        return key

    def port(
        self, name: str, network: str, owner: str, device: str, host: str, address: str, **more: Any
    ) -> dict[str, Any]:
        """Add a port and return it; its MAC address follows from its name."""
        key = self.id("port", name)
        row = {
            "id": key,
            "name": name,
            "network_id": self.id("network", network),
            "tenant_id": PROJECT,
            "project_id": PROJECT,
            "mac_address": f"fa:16:3e:{key[:2]}:{key[2:4]}:{key[4:6]}",
            "admin_state_up": True,
            "status": "ACTIVE",
            "device_id": device,
            "device_owner": owner,
            "fixed_ips": [{"subnet_id": self.id("subnet", network), "ip_address": address}],
            "binding:host_id": host,
            "binding:vif_type": "ovs",
            "binding:vnic_type": "normal",
            "binding:vif_details": {},
            "binding:profile": {},
            "port_security_enabled": True,
            "security_groups": [],
            "allowed_address_pairs": [],
            "created_at": AT,
            "updated_at": AT,
            **more,
        }
        self.ports.append(row)
        return row

    def server(self, name: str, host: str) -> str:
        """Add an instance; return its id."""
        key = self.id("server", name)
        self.servers.append(
            {
                "id": key,
                "name": name,
                "tenant_id": PROJECT,
                "user_id": USER,
                "status": "ACTIVE",
                "OS-EXT-STS:power_state": 1,
                "OS-EXT-STS:vm_state": "active",
                "OS-EXT-STS:task_state": None,
                "OS-EXT-AZ:availability_zone": "nova",
                "OS-EXT-SRV-ATTR:host": host,
                "OS-EXT-SRV-ATTR:hypervisor_hostname": host,
                "OS-EXT-SRV-ATTR:instance_name": f"instance-{len(self.servers) + 1:08x}",
                "addresses": {},
                "flavor": {"original_name": "m1.small", "vcpus": 1, "ram": 512, "disk": 1},
                "image": {"id": identifier("image")},
                "created": AT,
                "updated": AT,
            }
        )
        return key

    def agent(self, host: str, kind: str, binary: str, **configurations: Any) -> None:
        """Add a Neutron agent."""
        self.agents.append(
            {
                "id": self.id("agent", host, binary),
                "agent_type": kind,
                "binary": binary,
                "host": host,
                "alive": True,
                "admin_state_up": True,
                "availability_zone": "nova" if kind == "DHCP agent" else None,
                "topic": "N/A",
                "configurations": configurations,
                "created_at": AT,
            }
        )

    def write(self, directory: Path) -> None:
        """Write the answers as a recording of the collector has them."""
        shutil.copytree(CATALOG, directory)
        for path in sorted(directory.glob("[0-9]*.json")):
            answer = json.loads(path.read_text("utf-8"))
            listing = answer["url"].partition("?")[0].rpartition("9696/v2.0/")[2].rpartition("8774/v2.1/")[2]
            if (bodies := self._bodies().get(listing)) is not None:
                answer["body"] = bodies
            path.write_text(json.dumps(answer, indent=1, sort_keys=True) + "\n", "utf-8")

    def _bodies(self) -> dict[str, dict[str, Any]]:
        active = {"active": True, "available": True, "updated_at": AT}
        return {
            "os-aggregates": {"aggregates": []},
            "os-availability-zone/detail": {
                "availabilityZoneInfo": [
                    {
                        "zoneName": "nova",
                        "zoneState": {"available": True},
                        "hosts": {host: {"nova-compute": active} for host in self.computes},
                    }
                ]
            },
            "os-hypervisors/detail": {
                "hypervisors": [
                    {
                        "id": self.id("hypervisor", host),
                        "hypervisor_hostname": host,
                        "hypervisor_type": "QEMU",
                        "host_ip": f"10.10.0.{at}",
                        "state": "up",
                        "status": "enabled",
                        "service": {"host": host, "id": self.id("compute", host), "disabled_reason": None},
                    }
                    for at, host in enumerate(self.computes, 21)
                ]
            },
            "os-services": {
                "services": [
                    {
                        "id": self.id("service", host, binary),
                        "binary": binary,
                        "host": host,
                        "state": "up",
                        "status": "enabled",
                        "zone": "nova" if binary == "nova-compute" else "internal",
                        "forced_down": False,
                        "disabled_reason": None,
                    }
                    for binary, hosts in (
                        ("nova-compute", self.computes),
                        ("nova-scheduler", self.controllers),
                    )
                    for host in hosts
                ]
            },
            "servers/detail": {"servers": self.servers},
            "agents": {"agents": self.agents},
            "floatingips": {"floatingips": []},
            "routers": {"routers": []},
            "networks": {"networks": self.networks},
            "ports": {"ports": self.ports},
            "subnets": {"subnets": self.subnets},
        }
