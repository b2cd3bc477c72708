"""The rest of a simulated cloud: projects, compute services, aggregates and server groups."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simulated_compute import STATE
from simulated_servers import Servers
from simulated_world import COMPUTES, CONTROLLER, NODES, PROJECT, REGION, Item

ZONES = ("az-edge", "az-core")


class Services(Servers):
    """What operators do to hosts and groups of them."""

    def add_services(self) -> None:
        """Add what was there before all else: the region, projects, and the services of hosts."""
        self.items["region"][REGION] = {"id": REGION, "description": "", "parent_region_id": None}
        self._project(PROJECT, "blue")
        for binary, host in (
            ("nova-scheduler", CONTROLLER),
            ("nova-conductor", CONTROLLER),
            *(("nova-compute", name) for name in COMPUTES),
        ):
            self.items["compute_service"][key] = {
                "id": (key := self.id()),
                "binary": binary,
                "host": host,
                "zone": "nova" if binary == "nova-compute" else "internal",
                "state": "up",
                "status": "enabled",
                "disabled_reason": None,
                "forced_down": False,
            }
        for name in COMPUTES:
            key = self.id()
            self.items["hypervisor"][key] = {
                "id": key,
                "hypervisor_hostname": name,
                "hypervisor_type": "QEMU",
                "hypervisor_version": 7002022,
                "host_ip": f"10.10.0.{self.hosts[name].number}",
                "service": {"host": name, "disabled_reason": None},
                "state": "up",
                "status": "enabled",
                "vcpus": 2,
                "memory_mb": 10073,
                "local_gb": 11,
            }
        for name in (*COMPUTES, *NODES):
            self._agent(name, "Open vSwitch agent", "neutron-openvswitch-agent", None, self._wiring(name))
        for name in NODES:
            self._agent(name, "DHCP agent", "neutron-dhcp-agent", "nova", {"dhcp_driver": "Dnsmasq"})
            self._agent(name, "L3 agent", "neutron-l3-agent", "nova", {"agent_mode": "legacy"})
        for resource in ("network", "router"):
            self.items["network_availability_zone"][resource] = {
                "name": "nova",
                "resource": resource,
                "state": "available",
            }
        self._list_zones()
        self.before_resize = {}

    def service_update(self) -> Iterator[str]:
        """Disable or enable a host's nova-compute."""
        found = self.pick(each["id"] for each in self.of("compute_service", binary="nova-compute"))
        if found is None:
            return
        service = self.items["compute_service"][found]
        service["status"] = "disabled" if service["status"] == "enabled" else "enabled"
        self._list_zones()
        payload = {
            "uuid": found,
            "host": service["host"],
            "binary": service["binary"],
            "disabled": service["status"] == "disabled",
            "disabled_reason": None,
            "forced_down": False,
        }
        yield self.tell("service.update", f"nova-compute:{service['host']}", payload)

    def aggregate_create(self) -> Iterator[str]:
        """Create an aggregate, which may be a zone."""
        number = self.number()
        item: Item = {
            "id": number,
            "uuid": self.id(),
            "name": self.name("agg"),
            "availability_zone": self.random.choice((None, *ZONES)),
            "hosts": [],
            "created_at": self.stamp,
        }
        self.items["aggregate"][str(number)] = item
        self.held.add(str(number))
        yield from self._aggregate(item, "create.end", "create.end")

    def aggregate_add_host(self) -> Iterator[str]:
        """Add a host to an aggregate, or take one out; a zone may only get or lose hosts that run nothing."""
        if (key := self.pick(self.items["aggregate"])) is None:
            return
        item = self.items["aggregate"][key]
        host = self.random.choice(COMPUTES)
        if item["availability_zone"] and self._runs_something(host):
            return
        if host in item["hosts"]:
            item["hosts"].remove(host)
            name, versioned = "removehost.end", "remove_host.end"
        elif item["availability_zone"] and self.zone_of(host) != "nova":
            return
        else:
            item["hosts"].append(host)
            name, versioned = "addhost.end", "add_host.end"
        self._list_zones()
        yield from self._aggregate(item, name, versioned, host_name=host)

    def aggregate_delete(self) -> Iterator[str]:
        """Delete an aggregate that has no hosts."""
        empty = (key for key, item in self.items["aggregate"].items() if not item["hosts"])
        if (key := self.pick(empty)) is None:
            return
        item = self.items["aggregate"].pop(key)
        yield from self._aggregate(item, "delete.end", "delete.end")

    def server_group(self) -> Iterator[str]:
        """Create a server group, or add a member to it, or delete it."""
        if not self._groups or self.random.random() < 0.4:
            group: Item = {"uuid": self.id(), "name": self.name("group"), "policy": "affinity", "members": []}
            self._groups.append(group)
            yield self._group("servergroup.create", {"server_group_id": group["uuid"], "name": group["name"]})
            yield self._group("server_group.create", group)
            return
        group = self.random.choice(self._groups)
        if self.items["server"] and self.random.random() < 0.5:
            member = self.random.choice(sorted(self.items["server"]))
            group["members"].append(member)
            told = {"server_group_id": group["uuid"], "instance_uuids": [member]}
            yield self._group("servergroup.addmember", told)
            yield self._group("server_group.add_member", group)
        else:
            self._groups.remove(group)
            yield self._group("servergroup.delete", {"server_group_id": group["uuid"]})
            yield self._group("server_group.delete", group)

    def project(self) -> Iterator[str]:
        """Create a project, or rename or delete one: Keystone tells which one it was, and no more."""
        others = [key for key in self.items["project"] if key != PROJECT]
        way = self.random.choice(("created", "updated", "deleted"))
        if way == "created" or (key := self.pick(others)) is None:
            key, way = self.id().replace("-", ""), "created"
            self._project(key, self.name("project"))
        elif way == "updated":
            self.items["project"][key]["name"] = self.name("project")
        else:
            del self.items["project"][key]
        told = {"resource_info": key, "typeURI": "http://schemas.dmtf.org/cloud/audit/1.0/event"}
        yield self.tell(f"identity.project.{way}", "identity.ctl1", told, recorded=False)

    _groups: list[Item]

    def _runs_something(self, host: str) -> bool:
        before = {source for source, _flavor, _state in self.before_resize.values()}
        return (
            bool(self.of("server", **{"OS-EXT-SRV-ATTR:host": host}))
            or host in before
            or any(server[STATE] == "building" for server in self.items["server"].values())
            or any(key in self.held for key in self.items["server"])
        )

    def _project(self, key: str, name: str) -> None:
        self.items["project"][key] = {
            "id": key,
            "name": name,
            "description": "",
            "domain_id": "default",
            "parent_id": "default",
            "enabled": True,
            "is_domain": False,
            "tags": [],
        }

    def _agent(self, host: str, kind: str, binary: str, zone: str | None, said: dict[str, Any]) -> None:
        key = self.id()
        self.items["agent"][key] = {
            "id": key,
            "agent_type": kind,
            "binary": binary,
            "host": host,
            "topic": "N/A",
            "availability_zone": zone,
            "admin_state_up": True,
            "alive": True,
            "description": None,
            "configurations": said,
        }

    def _wiring(self, name: str) -> dict[str, Any]:
        return {
            "bridge_mappings": {"physnet1": "br-ex"} if name in NODES else {},
            "integration_bridge": "br-int",
            "l2_population": self.populates,
            "ovs_hybrid_plug": True,
            "tunnel_types": ["vxlan"],
            "tunneling_ip": self.hosts[name].tunnel_ip,
        }

    def _list_zones(self) -> None:
        """Have zones listed as Nova does: one whose services are all disabled is there without hosts."""
        zones: dict[str, dict[str, Any] | None] = {}
        for service in self.items["compute_service"].values():
            if service["binary"] == "nova-compute":
                service["zone"] = self.zone_of(service["host"])
            if service["status"] == "enabled":
                hosts = zones.get(service["zone"]) or {}
                hosts.setdefault(service["host"], {})[service["binary"]] = {"active": True, "available": True}
                zones[service["zone"]] = hosts
            else:
                zones.setdefault(service["zone"], None)
        self.items["availability_zone"] = {
            zone: {"zoneName": zone, "zoneState": {"available": hosts is not None}, "hosts": hosts}
            for zone, hosts in zones.items()
        }

    def _aggregate(self, item: Item, name: str, versioned: str, **more: Any) -> Iterator[str]:
        told = {"aggregate_id": str(item["id"]), **more}
        event_type = f"aggregate.{name}"
        if event_type != f"aggregate.{versioned}":
            yield self.tell(event_type, f"aggregate.{item['id']}", told)
        else:
            told["name"] = item["name"]
            yield self.tell(event_type, f"aggregate.{item['id']}", told, recorded=False)
        zone = {"availability_zone": item["availability_zone"]} if item["availability_zone"] else {}
        known = {name: item[name] for name in ("id", "uuid", "name", "hosts")}
        yield self.tell(f"aggregate.{versioned}", "nova-api:ctl1", {**known, "metadata": zone})

    def _group(self, event_type: str, told: Item) -> str:
        return self.tell(event_type, "nova-api:ctl1", told, recorded=False)
