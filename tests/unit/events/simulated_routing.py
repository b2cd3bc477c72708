"""Routers and floating IPs of a simulated cloud."""

from __future__ import annotations

from collections.abc import Iterator

from simulated_network import SERVER, Network
from simulated_world import NODES, Item

INTERFACE, GATEWAY = "network:router_interface", "network:router_gateway"


class Routing(Network):
    """Routers, each in one network node, and floating IPs."""

    def add_outside(self) -> None:
        """Add the external network, that was there before all else."""
        network = self.new(
            "network",
            name="public",
            admin_state_up=True,
            status="ACTIVE",
            mtu=1500,
            subnets=[],
            shared=False,
            availability_zones=[],
            availability_zone_hints=[],
            port_security_enabled=True,
            **{
                "router:external": True,
                "provider:network_type": "flat",
                "provider:physical_network": "physnet1",
                "provider:segmentation_id": None,
            },
        )
        self.outside = network["id"]
        subnet = self.new(
            "subnet",
            name="outside",
            network_id=self.outside,
            ip_version=4,
            cidr="203.0.113.0/24",
            gateway_ip="203.0.113.1",
            enable_dhcp=False,
            allocation_pools=[{"start": "203.0.113.100", "end": "203.0.113.200"}],
            dns_nameservers=[],
            host_routes=[],
            ipv6_address_mode=None,
            ipv6_ra_mode=None,
            service_types=[],
            subnetpool_id=None,
        )
        network["subnets"].append(subnet["id"])

    def router_create(self) -> Iterator[str]:
        """Create a router; no host has it yet."""
        item = self.new(
            "router",
            name=self.name("router"),
            admin_state_up=True,
            status="ACTIVE",
            external_gateway_info=None,
            availability_zones=[],
            availability_zone_hints=[],
            distributed=False,
            ha=False,
            routes=[],
            flavor_id=None,
        )
        self.held.add(item["id"])
        yield self.neutron("router.create.end", "router", item)

    def router_rename(self) -> Iterator[str]:
        """Rename a router."""
        if (key := self.pick(self.items["router"])) is None:
            return
        item = self.items["router"][key]
        item["name"] = self.name("router")
        self.changed(item)
        yield self.neutron("router.update.end", "router", item)

    def router_gateway(self) -> Iterator[str]:
        """Set a router's gateway, or clear it where no floating IP needs it: its port is not told of."""
        leading = {ip["router_id"] for ip in self.items["floating_ip"].values()}
        if (key := self.pick(key for key in self.items["router"] if key not in leading)) is None:
            return
        item = self.items["router"][key]
        if item["external_gateway_info"]:
            item["external_gateway_info"] = None
            for port in self.of("port", device_id=key, device_owner=GATEWAY):
                self.remove_port(port)
        else:
            port = self.new_port(self.outside, owner=GATEWAY, device=key, project_id="", tenant_id="")
            item["external_gateway_info"] = {
                "network_id": self.outside,
                "enable_snat": True,
                "external_fixed_ips": list(port["fixed_ips"]),
            }
        self.changed(item)
        self.later(0.3, 2, lambda: self._route(key))
        yield self.neutron("router.update.end", "router", item)

    def router_interface_add(self) -> Iterator[str]:
        """Add a subnet's gateway to a router."""
        taken = {ip["ip_address"] for port in self.items["port"].values() for ip in port["fixed_ips"]}
        free = [
            key
            for key, item in self.items["subnet"].items()
            if item["gateway_ip"] not in taken and item["network_id"] != self.outside
        ]
        router, subnet = self.pick(self.items["router"]), self.pick(free)
        if router is None or subnet is None or self.items["subnet"][subnet]["network_id"] in self.held:
            return
        item = self.items["subnet"][subnet]
        port = self.new_port(
            item["network_id"],
            owner=INTERFACE,
            device=router,
            fixed_ips=[{"subnet_id": subnet, "ip_address": item["gateway_ip"]}],
        )
        self.later(0.3, 2, lambda: self._route(router))
        yield self._interface("router.interface.create", router, port)

    def router_interface_remove(self) -> Iterator[str]:
        """Remove a router's interface that no floating IP needs."""
        leading = {ip["router_id"] for ip in self.items["floating_ip"].values()}
        found = [port for port in self.of("port", device_owner=INTERFACE) if port["device_id"] not in leading]
        if (key := self.pick(port["id"] for port in found)) is None:
            return
        port = self.items["port"][key]
        router = port["device_id"]
        if router in self.held:
            return
        self.remove_port(port)
        self.later(0.3, 2, lambda: self._route(router))
        yield self._interface("router.interface.delete", router, port)

    def router_delete(self) -> Iterator[str]:
        """Delete a router without interfaces; its gateway port goes without a word."""
        used = {port["device_id"] for port in self.of("port", device_owner=INTERFACE)}
        if (key := self.pick(key for key in self.items["router"] if key not in used)) is None:
            return
        item = self.items["router"].pop(key)
        for port in self.of("port", device_id=key):
            self.remove_port(port)
        self.later(0.3, 4, lambda: self._route(key))
        yield self.neutron("router.delete.end", "router", item, gone=True)

    def floating_ip_create(self) -> Iterator[str]:
        """Create a floating IP; the port that holds its address is not told of."""
        key = self.id()
        port = self.new_port(
            self.outside, owner="network:floatingip", device=key, project_id="", tenant_id=""
        )
        port["status"] = "N/A"
        item = self.new(
            "floating_ip",
            id=key,
            floating_ip_address=port["fixed_ips"][0]["ip_address"],
            floating_network_id=self.outside,
            router_id=None,
            port_id=None,
            fixed_ip_address=None,
            port_details=None,
            status="DOWN",
        )
        self.held.add(key)
        yield self.neutron("floatingip.create.end", "floatingip", item)

    def floating_ip_associate(self) -> Iterator[str]:
        """Lead a floating IP to an instance's port, or away from one."""
        if (key := self.pick(self.items["floating_ip"])) is None:
            return
        ip = self.items["floating_ip"][key]
        if ip["port_id"]:
            before = ip["status"]
            self.lead_nowhere(ip)
            yield self.neutron("floatingip.update.end", "floatingip", {**ip, "status": before})
            return
        led = {other["port_id"] for other in self.items["floating_ip"].values()}
        found = [
            (port, router)
            for port in self.items["port"].values()
            if str(port["device_owner"]).startswith("compute:")
            and port["id"] not in led | self.held
            and port["device_id"] not in self.held
            and (router := self._way_out(port))
        ]
        if not found:
            return
        port, router = self.random.choice(found)
        self.held.update((port["id"], router))
        ip |= {
            "port_id": port["id"],
            "router_id": router,
            "fixed_ip_address": port["fixed_ips"][0]["ip_address"],
        }
        self.changed(ip)
        self.later(0.5, 4, lambda: self._translate(ip, router))
        yield self.neutron("floatingip.update.end", "floatingip", ip)

    def floating_ip_delete(self) -> Iterator[str]:
        """Delete a floating IP; its own port goes without a word."""
        if (key := self.pick(self.items["floating_ip"])) is None:
            return
        ip = self.items["floating_ip"][key]
        was = dict(ip)
        if ip["port_id"]:
            self.lead_nowhere(ip)
        del self.items["floating_ip"][key]
        for port in self.of("port", device_id=key):
            self.remove_port(port)
        yield self.neutron("floatingip.delete.end", "floatingip", was, gone=True)

    def _interface(self, event_type: str, router: str, port: Item) -> str:
        subnet = port["fixed_ips"][0]["subnet_id"]
        told = {
            "id": router,
            "tenant_id": port["tenant_id"],
            "port_id": port["id"],
            "network_id": port["network_id"],
            "subnet_id": subnet,
            "subnet_ids": [subnet],
        }
        return self.tell(event_type, SERVER, {"router_interface": told}, within_s=0.9)

    def _way_out(self, port: Item) -> str | None:
        """Return the router with a gateway by which a port is reached from outside."""
        subnet = port["fixed_ips"][0]["subnet_id"]
        for other in self.of("port", device_owner=INTERFACE, network_id=port["network_id"]):
            router = self.items["router"][other["device_id"]]
            if (
                router["external_gateway_info"]
                and router["id"] not in self.held
                and other["fixed_ips"][0]["subnet_id"] == subnet
            ):
                return str(router["id"])
        return None

    def _translate(self, ip: Item, router: str) -> None:
        """Do what an L3 agent does for a floating IP: that it is ACTIVE then is not told."""
        if ip["router_id"] != router or ip["id"] not in self.items["floating_ip"]:
            return
        for host in self.hosts.values():
            if f"qrouter-{router}" in host.namespaces:
                nat = host.namespaces[f"qrouter-{router}"]
                nat[ip["floating_ip_address"]] = ip["fixed_ip_address"]
                ip["status"] = "ACTIVE"

    def _route(self, router: str) -> None:
        """Do what an L3 agent does when its router changed: nobody is notified of its ports."""
        name = f"qrouter-{router}"
        at = next((host for host in self.hosts.values() if name in host.namespaces), None)
        ports = {port["id"]: port for port in self.of("port", device_id=router)}
        if at is not None:
            for key in [plug.port for plug in at.plugs.values() if plug.device == router]:
                if key not in ports:
                    at.unplug(key)
        if router not in self.items["router"]:
            if at is not None:
                del at.namespaces[name]
            return
        if not ports and at is None:
            return
        host = at or self.hosts[self.random.choice(NODES)]
        host.namespaces.setdefault(name, {})
        self.items["router"][router]["availability_zones"] = ["nova"]
        for port in ports.values():
            if port["id"] not in host.plugs:
                self.bind(port, host.name)
                self.plug(port, host.name)
                self.wire_later(host.name, port["id"])
