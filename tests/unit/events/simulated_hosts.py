"""Hosts of a simulated cloud: what is plugged where, and the facts that their own tools would tell of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.cloud import interface, mac, ovs_bridge, ovs_port
from calipso.model.facts import HostFacts, validate_host_facts

DEAD_VLAN = 4095
"""The tag that the agent gives a port that is switched off."""

_OWNERS = {"network:dhcp": "tap", "network:router_interface": "qr-", "network:router_gateway": "qg-"}
"""How Neutron's own devices begin their names."""


@dataclass
class Plug:
    """A port's devices on a host. `tag`: None until the agent has wired it."""

    port: str
    mac: str
    network: str
    overlay: bool
    mtu: int
    owner: str
    device: str
    addresses: list[str]
    tag: int | None = None

    @property
    def name(self) -> str:
        """The name of an internal port's device."""
        return f"{_OWNERS[self.owner]}{self.port[:11]}"


@dataclass
class Domain:
    """An instance's domain. While it is off, its tap devices are gone."""

    uuid: str
    name: str
    nova_name: str
    state: str = "running"
    ports: list[str] = field(default_factory=list)


@dataclass
class SimulatedHost:
    """A host that OpenStack calls by its short name, and Ansible by its long one."""

    name: str
    number: int
    kind: str
    """controller, network or compute."""
    plugs: dict[str, Plug] = field(default_factory=dict)
    domains: dict[str, Domain] = field(default_factory=dict)
    namespaces: dict[str, dict[str, str]] = field(default_factory=dict)
    """Namespace to what it translates: floating IP to fixed IP."""
    served: dict[str, list[str]] = field(default_factory=dict)
    """Network to the ids of the subnets that its dnsmasq serves."""
    tags: dict[str, int] = field(default_factory=dict)

    @property
    def inventory_name(self) -> str:
        """What Ansible calls it."""
        return f"{self.name}.cloud.example"

    @property
    def tunnel_ip(self) -> str:
        """The address of its end of tunnels."""
        return f"10.20.0.{self.number}"

    def wire(self, port: str, *, alive: bool = True) -> None:
        """Tag a plugged port with its network's local VLAN, as the agent does; one that is off is dead."""
        plug = self.plugs[port]
        if plug.network not in self.tags:
            taken = set(self.tags.values())
            self.tags[plug.network] = next(tag for tag in range(1, DEAD_VLAN) if tag not in taken)
        plug.tag = self.tags[plug.network] if alive else DEAD_VLAN

    def unplug(self, port: str) -> None:
        """Take a port's devices away; with its network's last one the local VLAN goes."""
        plug = self.plugs.pop(port, None)
        if plug is not None and all(other.network != plug.network for other in self.plugs.values()):
            self.tags.pop(plug.network, None)

    def overlays(self) -> set[str]:
        """Return the overlay networks that it is wired into."""
        return {plug.network for plug in self.plugs.values() if plug.overlay and plug.tag is not None}

    def facts(self, peers: Iterable[SimulatedHost]) -> HostFacts:
        """Return what its tools tell, with tunnels to these peers."""
        number = self.number
        devices = [
            _nic("eth0", mac("52:54:00", number), f"10.10.0.{number}"),
            _nic("eth1", mac("52:54:01", number), self.tunnel_ip),
        ]
        if self.kind == "network":
            devices.append(_nic("eth2", mac("52:54:02", number), None))
        bridges: list[dict[str, Any]] = []
        for plug in self.plugs.values():
            if plug.owner not in _OWNERS:
                devices += self._hybrid(plug, bridges)
        devices.sort(key=lambda device: str(device["name"]))
        data = {
            "version": 1,
            "hostname": self.name,
            "fqdn": self.inventory_name,
            "os": {
                "id": "debian",
                "name": "Debian GNU/Linux",
                "version": "12",
                "kernel": "6.1.0",
                "architecture": "x86_64",
            },
            "interfaces": devices,
            "bonds": [],
            "bridges": sorted(bridges, key=lambda bridge: str(bridge["name"])),
            "ovs": None if self.kind == "controller" else self._switch(peers),
            "vpp": None,
            "domains": [self._domain(self.domains[key]) for key in sorted(self.domains)],
            "namespaces": [self._namespace(name) for name in sorted(self.namespaces)],
            "lldp": [],
            "processes": self._processes(),
            "gaps": [],
        }
        return validate_host_facts(data)

    def _hybrid(self, plug: Plug, bridges: list[dict[str, Any]]) -> Iterable[dict[str, Any]]:
        """Yield a vNIC's devices: its bridge, the pair to Open vSwitch, and the tap of one that is on."""
        tap, qvb, qvo, qbr = (f"{prefix}{plug.port[:11]}" for prefix in ("tap", "qvb", "qvo", "qbr"))
        domain = self.domains.get(plug.device)
        is_on = domain is not None and domain.state != "shut off" and plug.port in domain.ports
        own = plug.mac.replace("fa:", "0a:", 1)
        yield interface(qbr, kind="bridge", mac=own, mtu=plug.mtu)
        yield interface(qvb, kind="veth", mac=own, mtu=plug.mtu, master=qbr, peer=qvo)
        yield interface(qvo, kind="veth", mac=plug.mac.replace("fa:", "0e:", 1), mtu=plug.mtu, peer=qvb)
        if is_on:
            yield interface(tap, kind="tun", mac=plug.mac.replace("fa:", "fe:", 1), mtu=plug.mtu, master=qbr)
        members = [qvb, tap] if is_on else [qvb]
        bridges.append(
            {"name": qbr, "id": f"8000.{own.replace(':', '')}", "stp": False, "interfaces": members}
        )

    def _domain(self, domain: Domain) -> dict[str, Any]:
        nics = [
            {
                "type": "bridge",
                "mac": self.plugs[port].mac,
                "target": f"tap{port[:11]}",
                "source": f"qbr{port[:11]}",
                "model": "virtio",
                "link_up": None,
                "mtu": self.plugs[port].mtu,
                "port_id": None,
                "alias": f"net{number}" if domain.state != "shut off" else None,
            }
            for number, port in enumerate(domain.ports)
            if port in self.plugs
        ]
        return {
            "uuid": domain.uuid,
            "name": domain.name,
            "state": domain.state,
            "nova_name": domain.nova_name,
            "interfaces": nics,
        }

    def _switch(self, peers: Iterable[SimulatedHost]) -> dict[str, Any]:
        ports = [ovs_port("patch-tun", "patch", options={"peer": "patch-int"})]
        for plug in sorted(self.plugs.values(), key=lambda plug: plug.port):
            known = {"attached-mac": plug.mac, "iface-id": plug.port, "iface-status": "active"}
            if plug.owner in _OWNERS:
                ports.append(ovs_port(plug.name, "internal", plug.tag, external_ids=known))
            else:
                known["vm-uuid"] = plug.device
                ports.append(ovs_port(f"qvo{plug.port[:11]}", "", plug.tag, external_ids=known))
        tunnels = [
            ovs_port(
                f"vxlan-0a1400{peer.number:02x}",
                "vxlan",
                options={"local_ip": self.tunnel_ip, "remote_ip": peer.tunnel_ip, "in_key": "flow"},
            )
            for peer in sorted(peers, key=lambda peer: peer.number)
        ]
        back = ovs_port("patch-int", "patch", options={"peer": "patch-tun"})
        bridges = [ovs_bridge("br-int", ports), ovs_bridge("br-tun", [back, *tunnels])]
        if self.kind == "network":
            ports.append(ovs_port("int-br-ex", "patch", options={"peer": "phy-br-ex"}))
            out = ovs_port("phy-br-ex", "patch", options={"peer": "int-br-ex"})
            bridges = [
                ovs_bridge("br-ex", [ovs_port("eth2"), out]),
                ovs_bridge("br-int", ports),
                bridges[1],
            ]
        return {
            "version": "3.1.0",
            "system_id": self.name,
            "hostname": self.name,
            "external_ids": {"hostname": self.name},
            "bridges": bridges,
        }

    def _namespace(self, name: str) -> dict[str, Any]:
        owner = name.partition("-")[2]
        inside = [
            plug
            for plug in self.plugs.values()
            if plug.owner in _OWNERS
            and (owner == plug.network if name.startswith("qdhcp-") else owner == plug.device)
            and plug.owner.startswith("network:dhcp") == name.startswith("qdhcp-")
        ]
        nat = self.namespaces[name]
        return {
            "name": name,
            "interfaces": [
                interface(
                    plug.name,
                    kind="tun",
                    mac=plug.mac,
                    mtu=plug.mtu,
                    addresses=[
                        *(_address(address, 24) for address in plug.addresses),
                        *(_address(ip, 32) for ip in sorted(nat) if plug.owner == "network:router_gateway"),
                    ],
                )
                for plug in sorted(inside, key=lambda plug: plug.name)
            ],
            "routes": [
                {
                    "destination": f"{address.rpartition('.')[0]}.0/24",
                    "gateway": None,
                    "device": plug.name,
                }
                for plug in sorted(inside, key=lambda plug: plug.name)
                for address in sorted(plug.addresses)
            ],
            "nat": [{"floating_ip": ip, "fixed_ip": nat[ip]} for ip in sorted(nat)],
        }

    def _processes(self) -> list[dict[str, Any]]:
        return [
            {
                "name": "dnsmasq",
                "args": f"dnsmasq --pid-file={network}/pid {' '.join(sorted(subnets))}",
                "namespace": f"qdhcp-{network}",
            }
            for network, subnets in sorted(self.served.items())
        ]


def _nic(name: str, address: str, ip: str | None) -> dict[str, Any]:
    return interface(
        name,
        mac=address,
        physical=True,
        speed=10000,
        driver="ixgbe",
        addresses=[_address(ip, 24)] if ip else [],
    )


def _address(ip: str, prefix: int) -> dict[str, Any]:
    return {"address": ip, "prefix": prefix, "family": "inet", "scope": "global"}
