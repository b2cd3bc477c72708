"""Facts of a cloud of any size, as the collectors would return them.

An Open vSwitch cloud with VXLAN tenant networks and hybrid plugs: pods of ten compute hosts share five
networks, a router and their instances; a network node serves five pods, with L2 population, so that a
host has tunnels to those alone that it shares networks with. Two switches serve twenty hosts.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from calipso.model.facts import HOST, Row, validate_host_facts
from calipso.model.source import OPENSTACK, Facts, Source, host_source

POD, NETWORKS, PODS_PER_NODE, HOSTS_PER_SWITCH = 10, 5, 5, 20
REGION = "RegionOne"
AT = datetime(2026, 1, 1, tzinfo=UTC)


def identifier(*parts: object) -> str:
    """Return a UUID that is always the same for the same parts."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, "/".join(map(str, parts))))


def mac(prefix: str, number: int) -> str:
    """Return the numbered address of a range."""
    return ":".join([prefix, *(f"{number >> shift & 255:02x}" for shift in (16, 8, 0))])


def tunnel_ip(index: int) -> str:
    """Return the tunnel address of a host by its number."""
    return f"10.{100 + (index >> 16)}.{index >> 8 & 255}.{index & 255}"


def interface(name: str, **known: Any) -> dict[str, Any]:
    """Return an interface that is up."""
    return {
        "name": name,
        "index": 1,
        "kind": None,
        "mac": None,
        "mtu": 1500,
        "up": True,
        "carrier": True,
        "master": None,
        "peer": None,
        "parent": None,
        "vlan": None,
        "tunnel": None,
        "addresses": [],
        "physical": False,
        "speed": None,
        "duplex": None,
        "driver": None,
        "bus": None,
        "virtual_functions": [],
        **known,
    }


def ovs_port(name: str, kind: str = "", tag: int | None = None, **known: Any) -> dict[str, Any]:
    """Return a port of an OVS bridge with its one interface."""
    one = {
        "name": name,
        "type": kind,
        "ofport": 1,
        "mac": None,
        "admin_state": "up",
        "link_state": "up",
        "mtu": 1500,
        "options": {},
        "external_ids": {},
        **known,
    }
    return {
        "name": name,
        "tag": tag,
        "trunks": [],
        "vlan_mode": None,
        "bond_mode": None,
        "lacp": None,
        "other_config": {},
        "interfaces": [one],
    }


def ovs_bridge(name: str, ports: list[dict[str, Any]]) -> dict[str, Any]:
    """Return an OVS bridge, with the port of its own name."""
    return {
        "name": name,
        "uuid": identifier("bridge", name),
        "datapath_type": "system",
        "fail_mode": "secure",
        "external_ids": {},
        "ports": [ovs_port(name, "internal"), *ports],
    }


class GeneratedCloud:
    """The facts of `hosts` compute hosts with `instances` instances each."""

    def __init__(self, hosts: int, instances: int) -> None:
        """Lay the cloud out."""
        self.hosts, self.instances = hosts, instances
        self.nodes = -(-hosts // (POD * PODS_PER_NODE))

    def facts(self) -> Facts:
        """Return all facts; hosts' are checked against the schema, as they are when staged."""
        rows = [*self.openstack(), *self.computes(), *self.network_nodes()]
        sources = {
            host_source(row["key"]): Source(host_source(row["key"]), AT)
            for row in rows
            if row["kind"] == HOST
        }
        return Facts({OPENSTACK: Source(OPENSTACK, AT), **sources}, rows)

    def node_of(self, host: int) -> int:
        """Return the network node that serves a compute host."""
        return host // (POD * PODS_PER_NODE)

    def network_of(self, host: int, instance: int) -> str:
        """Return the network of an instance."""
        return identifier("network", host // POD, instance % NETWORKS)

    def openstack(self) -> Iterator[Row]:
        """Yield what the OpenStack API says."""

        def row(kind: str, key: str, **data: Any) -> Row:
            return {"kind": kind, "key": key, "data": {"id": key, "region": REGION, **data}}

        yield row("region", REGION)
        computes = [f"compute-{host}" for host in range(self.hosts)]
        yield row("availability_zone", f"{REGION}:nova", zoneName="nova", zoneState={"available": True})
        for host, name in enumerate(computes):
            yield row(
                "compute_service",
                identifier("service", name),
                host=name,
                binary="nova-compute",
                zone="nova",
                state="up",
                status="enabled",
            )
            yield row(
                "hypervisor",
                identifier("hypervisor", name),
                hypervisor_hostname=name,
                host_ip=tunnel_ip(host),
                hypervisor_type="QEMU",
                service={"host": name},
            )
            yield self._agent(name, "neutron-openvswitch-agent", "Open vSwitch agent", tunnel_ip(host))
            for instance in range(self.instances):
                yield from self._server(host, instance)
        for node in range(self.nodes):
            name = f"network-{node}"
            yield self._agent(
                name, "neutron-openvswitch-agent", "Open vSwitch agent", tunnel_ip(self.hosts + node)
            )
            yield self._agent(name, "neutron-dhcp-agent", "DHCP agent", None)
        for pod in range(-(-self.hosts // POD)):
            project = identifier("project", pod)
            yield row("project", project, name=f"project-{pod}", enabled=True)
            for number in range(NETWORKS):
                key = identifier("network", pod, number)
                yield row(
                    "network",
                    key,
                    name=f"net-{pod}-{number}",
                    project_id=project,
                    mtu=1450,
                    status="ACTIVE",
                    admin_state_up=True,
                    shared=False,
                    **{
                        "provider:network_type": "vxlan",
                        "provider:physical_network": None,
                        "provider:segmentation_id": 1000 + pod * NETWORKS + number,
                        "router:external": False,
                    },
                )
                yield row(
                    "subnet",
                    identifier("subnet", key),
                    name="",
                    network_id=key,
                    cidr="10.0.0.0/24",
                    ip_version=4,
                    gateway_ip="10.0.0.1",
                    enable_dhcp=True,
                )
                yield self._port(
                    identifier("dhcp", key),
                    key,
                    "network:dhcp",
                    f"dhcp-{key}",
                    f"network-{self.node_of(pod * POD)}",
                    pod * NETWORKS + number,
                    "fa:16:3f",
                )

    def _agent(self, host: str, binary: str, agent_type: str, tunneling_ip: str | None) -> Row:
        key = identifier("agent", host, binary)
        configurations = {
            "tunneling_ip": tunneling_ip,
            "tunnel_types": ["vxlan"],
            "integration_bridge": "br-int",
        }
        data = {
            "id": key,
            "region": REGION,
            "host": host,
            "binary": binary,
            "agent_type": agent_type,
            "alive": True,
            "admin_state_up": True,
            "configurations": configurations if tunneling_ip else {},
        }
        return {"kind": "agent", "key": key, "data": data}

    def _port(
        self, key: str, network: str, owner: str, device: str, host: str, number: int, prefix: str
    ) -> Row:
        data = {
            "id": key,
            "region": REGION,
            "network_id": network,
            "device_owner": owner,
            "device_id": device,
            "name": "",
            "mac_address": mac(prefix, number),
            "status": "ACTIVE",
            "admin_state_up": True,
            "fixed_ips": [
                {
                    "ip_address": f"10.0.{number >> 8 & 255}.{number & 255}",
                    "subnet_id": identifier("subnet", network),
                }
            ],
            "binding:host_id": host,
            "binding:vif_type": "ovs",
            "binding:vnic_type": "normal",
        }
        return {"kind": "port", "key": key, "data": data}

    def _server(self, host: int, instance: int) -> Iterator[Row]:
        key, number = identifier("server", host, instance), host * self.instances + instance
        name = f"compute-{host}"
        data = {
            "id": key,
            "region": REGION,
            "name": f"vm-{host}-{instance}",
            "status": "ACTIVE",
            "tenant_id": identifier("project", host // POD),
            "flavor": {"original_name": "m1.small"},
            "image": {"id": identifier("image")},
            "OS-EXT-SRV-ATTR:host": name,
            "OS-EXT-SRV-ATTR:instance_name": f"instance-{number:08x}",
            "OS-EXT-AZ:availability_zone": "nova",
            "OS-EXT-STS:power_state": 1,
            "OS-EXT-STS:task_state": None,
            "created": "2026-01-01T00:00:00Z",
        }
        yield {"kind": "server", "key": key, "data": data}
        yield self._port(
            identifier("port", host, instance),
            self.network_of(host, instance),
            "compute:nova",
            key,
            name,
            number,
            "fa:16:3e",
        )

    def _host(self, name: str, index: int, **known: Any) -> Row:
        switch = index // HOSTS_PER_SWITCH
        nics = [
            interface("eth0", mac=mac("52:54:00", index), physical=True, speed=10000, driver="ixgbe"),
            interface(
                "eth1",
                mac=mac("52:54:01", index),
                physical=True,
                speed=10000,
                driver="ixgbe",
                addresses=[{"address": tunnel_ip(index), "prefix": 8, "family": "inet", "scope": "global"}],
            ),
        ]
        lldp = [
            {
                "interface": nic["name"],
                "chassis_id": mac(f"02:00:0{side}", switch),
                "chassis_id_type": "mac",
                "chassis_name": f"tor-{switch}-{side}",
                "chassis_description": None,
                "management_addresses": [],
                "capabilities": ["Bridge"],
                "port_id": f"swp{index % HOSTS_PER_SWITCH + 1}",
                "port_id_type": "ifname",
                "port_description": None,
            }
            for side, nic in enumerate(nics)
        ]
        known["interfaces"] = [*nics, *known["interfaces"]]
        data = {
            "version": 1,
            "hostname": name,
            "fqdn": name,
            "bonds": [],
            "bridges": [],
            "vpp": None,
            "domains": [],
            "namespaces": [],
            "processes": [],
            "gaps": [],
            "lldp": lldp,
            "os": {
                "id": "debian",
                "name": "Debian GNU/Linux 12",
                "version": "12",
                "kernel": "6.1.0",
                "architecture": "x86_64",
            },
            **known,
        }
        return {"kind": HOST, "key": name, "data": dict(validate_host_facts(data))}

    def _switch(self, ports: list[dict[str, Any]], local: str, peers: list[str]) -> dict[str, Any]:
        tunnels = [
            ovs_port(
                f"vxlan-{number}", "vxlan", options={"local_ip": local, "remote_ip": peer, "in_key": "flow"}
            )
            for number, peer in enumerate(peers)
        ]
        patch = ovs_port("patch-tun", "patch", options={"peer": "patch-int"})
        back = ovs_port("patch-int", "patch", options={"peer": "patch-tun"})
        bridges = [ovs_bridge("br-int", [patch, *ports]), ovs_bridge("br-tun", [back, *tunnels])]
        return {
            "version": "3.1.0",
            "system_id": local,
            "hostname": None,
            "external_ids": {},
            "bridges": bridges,
        }

    def computes(self) -> Iterator[Row]:
        """Yield what each compute host says."""
        for host in range(self.hosts):
            interfaces, bridges, domains, ports = [], [], [], []
            for instance in range(self.instances):
                port, key = identifier("port", host, instance), identifier("server", host, instance)
                short, address = port[:11], mac("fa:16:3e", host * self.instances + instance)
                tap, qvb, qvo, qbr = (f"{prefix}{short}" for prefix in ("tap", "qvb", "qvo", "qbr"))
                interfaces += [
                    interface(tap, kind="tun", mac=address.replace("fa", "fe", 1), master=qbr),
                    interface(qbr, kind="bridge", mac=address),
                    interface(qvb, kind="veth", mac=address, peer=qvo, master=qbr),
                    interface(qvo, kind="veth", mac=address, peer=qvb),
                ]
                bridges.append({"name": qbr, "id": f"8000.{short}", "stp": False, "interfaces": [qvb, tap]})
                ports.append(ovs_port(qvo, tag=instance % NETWORKS + 1, external_ids={"iface-id": port}))
                nic = {
                    "type": "bridge",
                    "mac": address,
                    "target": tap,
                    "source": qbr,
                    "model": "virtio",
                    "link_up": None,
                    "mtu": 1450,
                    "port_id": None,
                    "alias": "net0",
                }
                domains.append(
                    {
                        "uuid": key,
                        "name": f"instance-{host * self.instances + instance:08x}",
                        "state": "running",
                        "nova_name": None,
                        "interfaces": [nic],
                    }
                )
            pod = range(host // POD * POD, min(self.hosts, host // POD * POD + POD))
            peers = [tunnel_ip(other) for other in pod if other != host] + [
                tunnel_ip(self.hosts + self.node_of(host))
            ]
            yield self._host(
                f"compute-{host}",
                host,
                interfaces=interfaces,
                bridges=bridges,
                domains=domains,
                ovs=self._switch(ports, tunnel_ip(host), peers),
            )

    def network_nodes(self) -> Iterator[Row]:
        """Yield what each network node says."""
        for node in range(self.nodes):
            served = [host for host in range(self.hosts) if self.node_of(host) == node]
            namespaces, processes, ports = [], [], []
            for pod in sorted({host // POD for host in served}):
                for number in range(NETWORKS):
                    network = identifier("network", pod, number)
                    port = identifier("dhcp", network)
                    tap, name = f"tap{port[:11]}", f"qdhcp-{network}"
                    own = {"address": "10.0.0.2", "prefix": 24, "family": "inet", "scope": "global"}
                    inside = interface(
                        tap, kind="tun", mac=mac("fa:16:3f", pod * NETWORKS + number), addresses=[own]
                    )
                    namespaces.append({"name": name, "interfaces": [inside], "routes": [], "nat": []})
                    processes.append(
                        {"name": "dnsmasq", "args": f"dnsmasq --pid-file={network}/pid", "namespace": name}
                    )
                    ports.append(ovs_port(tap, "internal", number + 1, external_ids={"iface-id": port}))
            index = self.hosts + node
            peers = [tunnel_ip(host) for host in served]
            yield self._host(
                f"network-{node}",
                index,
                interfaces=[],
                namespaces=namespaces,
                processes=processes,
                ovs=self._switch(ports, tunnel_ip(index), peers),
            )
