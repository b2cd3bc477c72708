"""Neutron of a simulated cloud: networks, subnets, ports, and the agents that wire them on hosts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simulated_hosts import Plug
from simulated_world import NODES, PROJECT, Item, World

SERVER = "network.ctl1"
"""Who sends Neutron's notifications."""

DETAILS = {
    "bound_drivers": {"0": "openvswitch"},
    "bridge_name": "br-int",
    "connectivity": "l2",
    "datapath_type": "system",
    "ovs_hybrid_plug": True,
    "port_filter": True,
}


class Network(World):
    """Networks, subnets and ports, with DHCP."""

    def changed(self, item: Item) -> None:
        """Note that a resource was changed."""
        item["updated_at"] = self.stamp
        item["revision_number"] = item.get("revision_number", 0) + 1

    def neutron(self, event_type: str, name: str, item: Item, *, gone: bool = False) -> str:
        """Return Neutron's notification of a resource."""
        payload: dict[str, Any] = {name: item}
        if gone:
            payload[f"{name}_id"] = item["id"]
        return self.tell(event_type, SERVER, payload)

    def new(self, kind: str, **attributes: Any) -> Item:
        """Add a resource."""
        item = {
            "id": self.id(),
            "tenant_id": PROJECT,
            "project_id": PROJECT,
            "description": "",
            "tags": [],
            "created_at": self.stamp,
            "updated_at": self.stamp,
            "revision_number": 1,
            **attributes,
        }
        self.items[kind][item["id"]] = item
        return item

    def network_create(self) -> Iterator[str]:
        """Create a network."""
        item = self.new(
            "network",
            name=self.name("net"),
            admin_state_up=True,
            status="ACTIVE",
            mtu=1450,
            subnets=[],
            shared=False,
            availability_zones=[],
            availability_zone_hints=[],
            ipv4_address_scope=None,
            ipv6_address_scope=None,
            port_security_enabled=True,
            **{
                "router:external": False,
                "provider:network_type": "vxlan",
                "provider:physical_network": None,
                "provider:segmentation_id": 1000 + self.number(),
            },
        )
        self.held.add(item["id"])
        yield self.neutron("network.create.end", "network", item)

    def network_rename(self) -> Iterator[str]:
        """Rename a network."""
        if (key := self.pick(self.items["network"])) is None:
            return
        item = self.items["network"][key]
        item["name"] = self.name("net")
        self.changed(item)
        yield self.neutron("network.update.end", "network", item)

    def network_delete(self) -> Iterator[str]:
        """Delete a network that nothing but DHCP uses: its subnets and DHCP ports go without a word."""
        candidates = [key for key, item in self.items["network"].items() if not item["router:external"]]
        if (key := self.pick(key for key in candidates if not self._used(network_id=key))) is None:
            return
        item = self.items["network"].pop(key)
        for subnet in self.of("subnet", network_id=key):
            del self.items["subnet"][subnet["id"]]
        for port in self.of("port", network_id=key):
            self.remove_port(port)
        self.later(0.5, 4, lambda: self._serve_dhcp(key))
        yield self.neutron("network.delete.end", "network", item, gone=True)

    def subnet_create(self) -> Iterator[str]:
        """Create a subnet; with DHCP its server follows."""
        inner = [key for key, item in self.items["network"].items() if not item["router:external"]]
        if (key := self.pick(inner)) is None:
            return
        number = self.number()
        prefix = f"10.{number // 250}.{number % 250}"
        item = self.new(
            "subnet",
            name=self.name("sub"),
            network_id=key,
            ip_version=4,
            cidr=f"{prefix}.0/24",
            gateway_ip=f"{prefix}.1",
            enable_dhcp=self.random.random() < 0.7,
            allocation_pools=[{"start": f"{prefix}.2", "end": f"{prefix}.254"}],
            dns_nameservers=[],
            host_routes=[],
            ipv6_address_mode=None,
            ipv6_ra_mode=None,
            service_types=[],
            subnetpool_id=None,
        )
        self.items["network"][key]["subnets"].append(item["id"])
        self.changed(self.items["network"][key])
        self.held.add(item["id"])
        self.later(0.5, 5, lambda: self._serve_dhcp(key))
        yield self.neutron("subnet.create.end", "subnet", item)

    def subnet_update(self) -> Iterator[str]:
        """Rename a subnet, or turn DHCP on or off there."""
        inner = [key for key, item in self.items["subnet"].items() if item["name"] != "outside"]
        if (key := self.pick(inner)) is None:
            return
        item = self.items["subnet"][key]
        if self.random.random() < 0.4:
            item["name"] = self.name("sub")
        else:
            item["enable_dhcp"] = not item["enable_dhcp"]
            self.later(0.5, 5, lambda: self._serve_dhcp(item["network_id"]))
        self.changed(item)
        yield self.neutron("subnet.update.end", "subnet", item)

    def subnet_delete(self) -> Iterator[str]:
        """Delete a subnet in which no port but DHCP's has an address."""
        free = (
            key
            for key, item in self.items["subnet"].items()
            if item["name"] != "outside"
            and item["network_id"] not in self.held
            and not self._used(network_id=item["network_id"], subnet=key)
        )
        if (key := self.pick(free)) is None:
            return
        item = self.items["subnet"].pop(key)
        network = item["network_id"]
        self.held.add(network)
        self.items["network"][network]["subnets"].remove(key)
        for port in self.of("port", network_id=network):
            port["fixed_ips"] = [ip for ip in port["fixed_ips"] if ip["subnet_id"] != key]
        self.later(0.5, 5, lambda: self._serve_dhcp(network))
        yield self.neutron("subnet.delete.end", "subnet", item, gone=True)

    def port_create(self) -> Iterator[str]:
        """Create a port that nothing uses yet."""
        if (network := self.pick(self.usable_networks())) is None:
            return
        port = self.new_port(network, name=self.name("port"))
        self.held.add(port["id"])
        yield self.neutron("port.create.end", "port", port)

    def port_update(self) -> Iterator[str]:
        """Rename a port, or switch an instance's off or on."""
        own = [key for key, port in self.items["port"].items() if not _is_neutrons(port)]
        if (key := self.pick(own)) is None:
            return
        port = self.items["port"][key]
        if port["device_id"] and (not port["name"] or self.random.random() < 0.5):
            if port["device_id"] in self.held or not port["binding:host_id"]:
                return
            port["admin_state_up"] = not port["admin_state_up"]
            self.wire_later(port["binding:host_id"], key)
        else:
            port["name"] = self.name("port")
        self.changed(port)
        yield self.neutron("port.update.end", "port", port)

    def port_delete(self) -> Iterator[str]:
        """Delete a port that nothing uses."""
        unused = [
            key
            for key, port in self.items["port"].items()
            if not port["device_id"] and not _is_neutrons(port)
        ]
        if (key := self.pick(unused)) is None:
            return
        port = self.items["port"][key]
        self.remove_port(port)
        yield self.neutron("port.delete.end", "port", port, gone=True)

    def agent_update(self) -> Iterator[str]:
        """Disable or enable an agent that wires ports: it goes on."""
        wiring = [agent["id"] for agent in self.of("agent", binary="neutron-openvswitch-agent")]
        if (key := self.pick(wiring)) is None:
            return
        agent = self.items["agent"][key]
        agent["admin_state_up"] = not agent["admin_state_up"]
        yield self.neutron("agent.update.end", "agent", agent)

    def usable_networks(self) -> list[str]:
        """Return the networks that instances can be plugged into."""
        return [
            key
            for key, item in self.items["network"].items()
            if item["subnets"] and not item["router:external"]
        ]

    def new_port(
        self,
        network: str,
        *,
        name: str = "",
        owner: str = "",
        device: str = "",
        fixed_ips: list[dict[str, str]] | None = None,
        **more: Any,
    ) -> Item:
        """Add a port with an address in one of the network's subnets; no host has it yet."""
        if fixed_ips is None:
            fixed_ips = [self.address_in(self.random.choice(self.items["network"][network]["subnets"]))]
        return self.new(
            "port",
            name=name,
            network_id=network,
            mac_address=self.mac(),
            admin_state_up=True,
            status="DOWN",
            device_id=device,
            device_owner=owner,
            fixed_ips=fixed_ips,
            allowed_address_pairs=[],
            extra_dhcp_opts=[],
            port_security_enabled=not owner.startswith("network:"),
            security_groups=[] if owner.startswith("network:") else ["260c8f89-da19-4846-aaa8-41fe35b088e2"],
            **{
                "binding:host_id": "",
                "binding:profile": {},
                "binding:vif_details": {},
                "binding:vif_type": "unbound",
                "binding:vnic_type": "normal",
                **more,
            },
        )

    def address_in(self, subnet: str) -> dict[str, str]:
        """Return a new address in a subnet."""
        taken = {
            ip["ip_address"]
            for port in self.items["port"].values()
            for ip in port["fixed_ips"]
            if ip["subnet_id"] == subnet
        }
        prefix = self.items["subnet"][subnet]["cidr"].rpartition(".")[0]
        free = [address for last in range(2, 255) if (address := f"{prefix}.{last}") not in taken]
        return {"subnet_id": subnet, "ip_address": self.random.choice(free)}

    def bind(self, port: Item, host: str) -> None:
        """Bind a port to a host."""
        port |= {
            "binding:host_id": host,
            "binding:vif_type": "ovs",
            "binding:vif_details": dict(DETAILS),
            "status": "DOWN",
        }
        self.changed(port)

    def plug(self, port: Item, host: str) -> None:
        """Make a port's devices on a host."""
        network = self.items["network"][port["network_id"]]
        self.hosts[host].plugs[port["id"]] = Plug(
            port["id"],
            port["mac_address"],
            network["id"],
            network["provider:network_type"] == "vxlan",
            network["mtu"],
            port["device_owner"],
            port["device_id"],
            [ip["ip_address"] for ip in port["fixed_ips"]],
        )

    def wire_later(self, host: str, port: str) -> None:
        """Have the host's agent see to a port, and Neutron hear of it: nobody is notified."""

        def wire() -> None:
            item, own = self.items["port"].get(port), self.hosts[host]
            if item is None or port not in own.plugs:
                return
            own.wire(port, alive=item["admin_state_up"])
            self.later(0.1, 1, report)

        def report() -> None:
            item = self.items["port"].get(port)
            if item and item["binding:host_id"] == host and port in self.hosts[host].plugs:
                item["status"] = "ACTIVE" if item["admin_state_up"] else "DOWN"

        self.later(0.5, 4, wire)

    def unplug_later(self, host: str, port: str) -> None:
        """Have a port's devices go, after a moment."""
        self.later(0.2, 3, lambda: self.hosts[host].unplug(port))

    def remove_port(self, port: Item) -> None:
        """Delete a port; floating IPs that lead to it lead nowhere from then on, without a word."""
        del self.items["port"][port["id"]]
        for ip in self.of("floating_ip", port_id=port["id"]):
            self.lead_nowhere(ip)

    def lead_nowhere(self, ip: Item) -> None:
        """Have a floating IP lead to no port any more; its router stops to translate it, soon."""
        router, address = ip["router_id"], ip["floating_ip_address"]
        ip |= {"port_id": None, "router_id": None, "fixed_ip_address": None, "port_details": None}
        self.changed(ip)

        def stop() -> None:
            for host in self.hosts.values():
                if f"qrouter-{router}" in host.namespaces and ip["router_id"] != router:
                    host.namespaces[f"qrouter-{router}"].pop(address, None)
            if ip["router_id"] is None:
                ip["status"] = "DOWN"

        self.later(0.5, 4, stop)

    def _used(self, *, network_id: str, subnet: str | None = None) -> bool:
        return any(
            port["device_owner"] != "network:dhcp"
            and (subnet is None or any(ip["subnet_id"] == subnet for ip in port["fixed_ips"]))
            for port in self.of("port", network_id=network_id)
        )

    def _serve_dhcp(self, network: str) -> None:
        """Do what a DHCP agent does when its network changed: nobody is notified of its port."""
        served = sorted(
            subnet["id"] for subnet in self.of("subnet", network_id=network) if subnet["enable_dhcp"]
        )
        ports = self.of("port", network_id=network, device_owner="network:dhcp")
        at = next((host for host in self.hosts.values() if network in host.served), None)
        if not served:
            for port in ports:
                self.remove_port(port)
            if at is not None:
                del at.served[network], at.namespaces[f"qdhcp-{network}"]
                for plug in [each for each in at.plugs.values() if each.owner == "network:dhcp"]:
                    if plug.network == network:
                        at.unplug(plug.port)
            return
        host = at or self.hosts[self.random.choice(NODES)]
        fixed_ips = [ip for port in ports for ip in port["fixed_ips"] if ip["subnet_id"] in served]
        had = {ip["subnet_id"] for ip in fixed_ips}
        fixed_ips += [self.address_in(subnet) for subnet in served if subnet not in had]
        if ports:
            port = ports[0]
            port["fixed_ips"] = fixed_ips
            self.changed(port)
        else:
            device = f"dhcp-{host.name}-{network}"
            port = self.new_port(network, owner="network:dhcp", device=device, fixed_ips=fixed_ips)
            self.bind(port, host.name)
        known = host.plugs.get(port["id"])
        tag = known.tag if known else None
        self.plug(port, host.name)
        host.plugs[port["id"]].tag = tag
        host.namespaces.setdefault(f"qdhcp-{network}", {})
        host.served[network] = served
        self.items["network"][network]["availability_zones"] = ["nova"]
        if tag is None:
            self.wire_later(host.name, port["id"])


def _is_neutrons(port: Item) -> bool:
    return str(port["device_owner"]).startswith("network:")
