"""What is so in the cloud of `vpp`, written down link by link from how it is made.

VPP stands where the lab has Open vSwitch: `ovs_bridges` holds its NICs, `ovs_ports` its interfaces, and its
bridge domains are among `linux_bridges`, those and others that are plugged into it in `in_vedge`.
"""

from __future__ import annotations

from typing import Any

from .cloud import CONTROLLER, Truth, true_cloud, true_host
from .openstack import MadeCloud

Ports = dict[str, dict[str, Any]]
ADDRESSES = {"net1": "10.20.0.12", "cmp1": "10.20.0.31", "cmp2": "10.20.0.32"}


def truth(cloud: MadeCloud, ports: Ports, servers: dict[str, str], db: str) -> Truth:
    """Return the truth about the cloud."""
    short = ports["dhcp-db"]["id"][:11]
    devices = {name: port["mac_address"] for name, port in ports.items()} | {"dhcp-db": f"ns-{short}"}
    hosts = {
        "ctl1": true_host(**CONTROLLER),
        "net1": _net1(short, devices, db),
        "cmp1": _cmp1(devices, servers),
        "cmp2": _cmp2(devices, servers),
    }
    web = next(network["id"] for network in cloud.networks if network["name"] == "web")
    for host, nics in (
        ("cmp1", ["BondEthernet0", "TenGigabitEthernet5/0/0", "TenGigabitEthernet5/0/1"]),
        ("cmp2", ["GigabitEthernet0/8/0"]),
    ):
        hosts[host]["carried_besides"] = [[nic, web] for nic in nics]
    return true_cloud(cloud, hosts, {"db": dict.fromkeys(ADDRESSES, 0)}, devices)


def _tunnel(host: str, device: str, nics: list[str]) -> Truth:
    others = [other for other in ADDRESSES if other != host]
    return {
        "ip": ADDRESSES[host],
        "type": "vxlan",
        "device": device,
        "nics": nics,
        "peers": {
            other: {"remote_ip": ADDRESSES[other], "port": f"vxlan_tunnel{at}"}
            for at, other in enumerate(others)
        },
    }


def _ports(tagged: dict[str, int], *plain: str) -> Truth:
    names = [*plain, "local0", "vxlan_tunnel0", "vxlan_tunnel1"]
    return {name: {"tag": tagged.get(name)} for name in (*names, *tagged)}


def _domains(devices: dict[str, str], servers: dict[str, str], *names: str) -> Truth:
    return {servers[name]: {"name": name, "interfaces": {devices[name]: devices[name]}} for name in names}


def _net1(short: str, devices: dict[str, str], db: str) -> Truth:
    return true_host(
        {
            "eth0": ("52:54:00:00:12:00", "tor1", "Ethernet12"),
            "eth1": ("52:54:00:00:12:01", "tor2", "Ethernet12"),
        },
        tunnel=_tunnel("net1", "host-eth1", ["eth1"]),
        linux_bridges={"bd1": [], f"br-{short}": [f"vpp{short}", f"tap{short}"]},
        in_vedge=["bd1", f"br-{short}"],
        ovs_bridges={"vpp": {"nics": ["eth1"]}},
        ovs_ports=_ports({}, "host-eth1", "tap0"),
        namespaces={f"qdhcp-{db}": {devices["dhcp-db"]: ["10.2.0.2"]}},
    )


def _cmp1(devices: dict[str, str], servers: dict[str, str]) -> Truth:
    bond = ["BondEthernet0", "TenGigabitEthernet5/0/0", "TenGigabitEthernet5/0/1"]
    return true_host(
        {
            "eno1": ("3c:fd:fe:00:31:00", "tor1", "Ethernet21"),
            **dict.fromkeys(bond, ("3c:fd:fe:a8:bd:10",)),
            "TenGigabitEthernet6/0/0": ("3c:fd:fe:a8:bd:20",),
        },
        bonds={
            "BondEthernet0": {
                "mode": "lacp",
                "members": bond[1:],
                "active_member": None,
                "lacp_partner": None,
            }
        },
        below={"BondEthernet0.2043": bond},
        tunnel=_tunnel("cmp1", "TenGigabitEthernet6/0/0", ["TenGigabitEthernet6/0/0"]),
        linux_bridges={"bd5": [devices["web-1"], "BondEthernet0.2043"], "bd6": [devices["db-1"]]},
        in_vedge=["bd5", "bd6"],
        ovs_bridges={"vpp": {"nics": [*bond, "TenGigabitEthernet6/0/0"]}},
        ovs_ports=_ports(
            {"BondEthernet0.2043": 2043},
            *(*bond, "TenGigabitEthernet6/0/0", "VirtualEthernet0/0/0", "VirtualEthernet0/0/1"),
        ),
        domains=_domains(devices, servers, "web-1", "db-1"),
    )


def _cmp2(devices: dict[str, str], servers: dict[str, str]) -> Truth:
    nics = ["GigabitEthernet0/8/0", "GigabitEthernet0/9/0"]
    return true_host(
        {
            "eno1": ("3c:fd:fe:00:32:00", "tor1", "Ethernet22"),
            "GigabitEthernet0/8/0": ("08:00:27:c5:35:f1",),
            "GigabitEthernet0/9/0": ("08:00:27:c5:35:f2",),
        },
        below={"GigabitEthernet0/8/0.2043": nics[:1], "GigabitEthernet0/9/0.120": nics[1:]},
        tunnel=_tunnel("cmp2", "bd3", nics[1:]),
        linux_bridges={
            "bd1": [devices["web-2"], "GigabitEthernet0/8/0.2043"],
            "bd2": [devices["db-2"]],
            "bd3": ["GigabitEthernet0/9/0.120"],
        },
        in_vedge=["bd1", "bd2", "bd3"],
        ovs_bridges={"vpp": {"nics": nics}},
        ovs_ports=_ports(
            {"GigabitEthernet0/8/0.2043": 2043, "GigabitEthernet0/9/0.120": 120},
            *(*nics, "VirtualEthernet0/0/0", "VirtualEthernet0/0/1", "loop0"),
        ),
        domains=_domains(devices, servers, "web-2", "db-2"),
    )
