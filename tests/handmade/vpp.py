"""A cloud on VPP, of two releases of it.

net1   VPP on the kernel's eth1; a DHCP server behind a Linux bridge and a tap
cmp1   VPP 22.10: VLANs over a bond, tunnels from the address of a NIC
cmp2   VPP 17.10: VLANs over a NIC, tunnels from the address of a bridge domain on another NIC's VLAN
"""

from __future__ import annotations

from typing import Any

from . import domain
from .cloud import Made, controller
from .host import MadeHost, as_told
from .openstack import MadeCloud
from .vpp_truth import truth
from .vpp_words import Interface, then, today

VNI, VLAN = 666, 2043
TUNNELS = {"net1": "10.20.0.12", "cmp1": "10.20.0.31", "cmp2": "10.20.0.32"}
Ports = dict[str, dict[str, Any]]


def make() -> Made:
    """Return the cloud, its hosts, and what is so."""
    cloud = MadeCloud("vpp", computes=["cmp1", "cmp2"], controllers=["ctl1"])
    cloud.network("web", "vlan", VLAN, "physnet1", "10.1.0.0/24", dhcp=False)
    db = cloud.network("db", "vxlan", VNI, None, "10.2.0.0/24", dhcp=True)
    servers = {
        name: cloud.server(name, host)
        for host in cloud.computes
        for name in (f"web-{host[-1]}", f"db-{host[-1]}")
    }
    ports: Ports = {
        "dhcp-db": cloud.port(
            "dhcp-db",
            "db",
            "network:dhcp",
            f"dhcp-{db}",
            "net1",
            "10.2.0.2",
            **{"binding:vif_type": "plugtap"},
        )
    }
    for name, server in servers.items():
        network, number = name.split("-")
        address = f"10.{1 if network == 'web' else 2}.0.1{number}"
        port = cloud.port(name, network, "compute:nova", server, f"cmp{number}", address)
        port["binding:vif_type"] = "vhostuser"
        port["binding:vif_details"] = {"vhostuser_socket": socket(port), "vhostuser_mode": "server"}
        ports[name] = port
    for host in TUNNELS:
        cloud.agent(host, "VPP agent", "neutron-agent-vpp")
    cloud.agent("net1", "DHCP agent", "neutron-dhcp-agent")
    hosts = [controller("ctl1"), _net1(ports, db), _cmp1(ports, servers), _cmp2(ports, servers)]
    return Made(cloud, hosts, truth(cloud, ports, servers, db))


def socket(port: dict[str, Any]) -> str:
    """Return where a port's socket is: it has the port's id for a name."""
    return f"/tmp/{port['id']}"  # noqa: S108


def _tunnels(host: str, number: int) -> list[Interface]:
    """Return the tunnels from a host to all others, in a bridge domain."""
    others = [address for other, address in TUNNELS.items() if other != host]
    return [
        Interface(
            f"vxlan_tunnel{at}", domain=number, tunnel=(TUNNELS[host], address, VNI), hardware=["VXLAN"]
        )
        for at, address in enumerate(others)
    ]


def _vhost(at: int, port: dict[str, Any], number: int) -> Interface:
    return Interface(f"VirtualEthernet0/0/{at}", port["mac_address"], domain=number, socket=socket(port))


def _nic(name: str, mac: str, bus: str, **more: Any) -> Interface:
    about = [
        "Link speed: 10 Gbps",
        "Intel X710/XL710 Family",
        "  carrier up full duplex max-frame-size 9022",
        f"  pci: device 8086:1572 subsystem 8086:0006 address {bus} numa 0",
    ]
    return Interface(name, mac, hardware=about, **more)


def _local() -> Interface:
    return Interface("local0", up=False, hardware=["local"])


def _net1(ports: Ports, db: str) -> MadeHost:
    host = MadeHost("net1", processes=["/usr/bin/vpp -c /etc/vpp/startup.conf", "lldpd: 2 neighbors."])
    host.nic("eth0", "52:54:00:00:12:00", "0000:00:03.0", "virtio_net", 10000, address="10.10.0.12/24")
    host.nic("eth1", "52:54:00:00:12:01", "0000:00:04.0", "virtio_net", 10000)
    port = ports["dhcp-db"]
    short, mac = port["id"][:11], port["mac_address"]
    host.device(
        f"br-{short}", "0e:00:00:00:03:01", "bridge", info={"bridge_id": "8000.e:0:0:0:3:1", "stp_state": 0}
    )
    host.device(f"vpp{short}", "02:fe:1c:50:da:6c", "tun", master=f"br-{short}", info={"type": "tap"})
    host.device(
        f"tap{short}", "0e:00:00:00:03:02", "veth", master=f"br-{short}", link_index=2, link_netnsid=0
    )
    inside = as_told(
        2,
        f"ns-{short}",
        mac,
        "veth",
        address=f"{port['fixed_ips'][0]['ip_address']}/24",
        link_index=5,
        link_netnsid=0,
    )
    host.namespaces[f"qdhcp-{db}"] = ([inside], [])
    host.processes.append(f"dnsmasq --no-hosts --dhcp-hostsfile=/var/lib/neutron/dhcp/{db}/host")
    host.vpp = today(
        [
            _local(),
            Interface(
                "host-eth1",
                "52:54:00:00:12:01",
                address="10.20.0.12/24",
                hardware=["Linux PACKET socket interface"],
            ),
            Interface("tap0", mac, domain=1, host_device=f"vpp{short}"),
            *_tunnels("net1", 1),
        ]
    )
    host.neighbours = {
        "eth0": ("tor1", "00:1c:73:00:00:01", "Ethernet12"),
        "eth1": ("tor2", "00:1c:73:00:00:02", "Ethernet12"),
    }
    return host


def _compute(name: str, number: int) -> MadeHost:
    host = MadeHost(
        name, processes=["/usr/bin/vpp -c /etc/vpp/startup.conf", "libvirtd", "lldpd: 1 neighbor."]
    )
    host.nic(
        "eno1", f"3c:fd:fe:00:3{number}:00", "0000:01:00.0", "tg3", 1000, address=f"10.10.0.2{number}/24"
    )
    host.neighbours = {"eno1": ("tor1", "00:1c:73:00:00:01", f"Ethernet2{number}")}
    return host


def _add_domains(host: MadeHost, ports: Ports, servers: dict[str, str], names: tuple[str, ...]) -> None:
    for at, name in enumerate(names, 1):
        plug = domain.vhost_user(ports[name]["mac_address"], socket(ports[name]))
        host.domains[servers[name]] = domain.domain(servers[name], f"instance-{at:08x}", name, plug)


def _cmp1(ports: Ports, servers: dict[str, str]) -> MadeHost:
    host = _compute("cmp1", 1)
    mac = "3c:fd:fe:a8:bd:10"
    bond = """BondEthernet0
  mode: lacp
  load balance: l34
  number of active members: 2
    TenGigabitEthernet5/0/0
    TenGigabitEthernet5/0/1
  number of members: 2
    TenGigabitEthernet5/0/0
    TenGigabitEthernet5/0/1
  device instance: 0
  interface id: 0
  sw_if_index: 4
  hw_if_index: 4
"""
    host.vpp = today(
        [
            _local(),
            _nic("TenGigabitEthernet5/0/0", mac, "0000:05:00.00"),
            _nic("TenGigabitEthernet5/0/1", mac, "0000:05:00.01"),
            _nic("TenGigabitEthernet6/0/0", "3c:fd:fe:a8:bd:20", "0000:06:00.00", address="10.20.0.31/24"),
            Interface("BondEthernet0", mac, hardware=["Link speed: unknown"]),
            Interface("BondEthernet0.2043", domain=5),
            _vhost(0, ports["web-1"], 5),
            _vhost(1, ports["db-1"], 6),
            *_tunnels("cmp1", 6),
        ],
        bond,
    )
    _add_domains(host, ports, servers, ("web-1", "db-1"))
    return host


def _cmp2(ports: Ports, servers: dict[str, str]) -> MadeHost:
    host = _compute("cmp2", 2)
    host.vpp = then(
        [
            _local(),
            _nic("GigabitEthernet0/8/0", "08:00:27:c5:35:f1", "0000:00:08.00"),
            _nic("GigabitEthernet0/9/0", "08:00:27:c5:35:f2", "0000:00:09.00"),
            Interface("GigabitEthernet0/8/0.2043", domain=1),
            _vhost(0, ports["web-2"], 1),
            _vhost(1, ports["db-2"], 2),
            *_tunnels("cmp2", 2),
            Interface("GigabitEthernet0/9/0.120", domain=3),
            Interface("loop0", "de:ad:00:00:00:00", domain=3, bvi=True, address="10.20.0.32/24"),
        ]
    )
    _add_domains(host, ports, servers, ("web-2", "db-2"))
    return host
