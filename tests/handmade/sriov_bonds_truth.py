"""What is so in the cloud of `sriov_bonds`, written down link by link from how it is made."""

from __future__ import annotations

from typing import Any

from .cloud import CONTROLLER, Truth, true_cloud, true_host
from .openstack import MadeCloud

Ports = dict[str, dict[str, Any]]


def truth(cloud: MadeCloud, ports: Ports, servers: dict[str, str], networks: dict[str, str]) -> Truth:
    """Return the truth about the cloud."""
    short = {name: port["id"][:11] for name, port in ports.items()}
    devices = {
        "dhcp-app": f"tap{short['dhcp-app']}",
        "dhcp-lan": f"tap{short['dhcp-lan']}",
        "both-app": f"tap{short['both-app']}",
        "both-fast": ports["both-fast"]["mac_address"],
        "tapped-fast": "macvtap0",
        "hybrid-app": f"tap{short['hybrid-app']}",
    }
    hosts = {
        "ctl1": true_host(**CONTROLLER),
        "net1": _net1(ports, devices, networks),
        "cmp1": _cmp1(ports, devices, servers, networks),
        "cmp2": _cmp2(ports, devices, servers),
    }
    tags = {"app": {"net1": 1, "cmp1": 1, "cmp2": 1}, "lan": {"net1": 2}, "fast": {}}
    return true_cloud(cloud, hosts, tags, devices)


def _tunnel(host: str, device: str, nics: list[str]) -> Truth:
    addresses = {
        "net1": ("10.20.0.12", "vxlan-0a14000c"),
        "cmp1": ("10.20.0.21", "vxlan-0a140015"),
        "cmp2": ("10.20.0.22", "vxlan-0a140016"),
    }
    return {
        "ip": addresses[host][0],
        "type": "vxlan",
        "bridge": "br-tun",
        "device": device,
        "nics": nics,
        "peers": {
            other: {"remote_ip": address, "port": port}
            for other, (address, port) in addresses.items()
            if other != host
        },
    }


def _ovs_ports(host: str, plugs: dict[str, tuple[int, str]]) -> Truth:
    """Return all ports of a switch: patches to its tunnels, tunnels to the others, and these plugs."""
    tunnels = {peer["port"]: None for peer in _tunnel(host, "", [])["peers"].values()}
    plain = {"patch-tun": "br-int", "patch-int": "br-tun", **dict.fromkeys(tunnels, "br-tun")}
    found = {name: {"bridge": bridge, "tag": None, "port_id": None} for name, bridge in plain.items()}
    return found | {
        name: {"bridge": "br-int", "tag": tag, "port_id": port} for name, (tag, port) in plugs.items()
    }


def _net1(ports: Ports, devices: dict[str, str], networks: dict[str, str]) -> Truth:
    bond, edge = ["bond0", "enp59s0f0", "enp59s0f1"], ["enp94s0f0", "enp94s0f1"]
    dhcp = {"dhcp-app": 1, "dhcp-lan": 2}
    patch = {"tag": None, "port_id": None}
    return true_host(
        {
            "eno1": ("3c:fd:fe:00:12:00", "tor1", "Ethernet12"),
            "bond0": ("3c:fd:fe:00:12:01",),
            "enp59s0f0": ("3c:fd:fe:00:12:01", "tor2", "Ethernet1"),
            "enp59s0f1": ("3c:fd:fe:00:12:01", "tor3", "Ethernet1"),
            "enp94s0f0": ("3c:fd:fe:00:12:03", "edge1", "Ethernet1"),
            "enp94s0f1": ("3c:fd:fe:00:12:04", "edge1", "Ethernet2"),
        },
        bonds={
            "bond0": {
                "mode": "802.3ad",
                "members": bond[1:],
                "active_member": None,
                "lacp_partner": "00:1c:73:aa:bb:cc",
            }
        },
        below={"bond0.120": bond},
        bridge_mappings={"physnet1": "br-ex"},
        tunnel=_tunnel("net1", "br-vxlan", bond),
        linux_bridges={"br-vxlan": ["bond0.120"]},
        ovs_bridges={"br-int": {"nics": []}, "br-tun": {"nics": []}, "br-ex": {"nics": edge}},
        ovs_ports={
            **_ovs_ports("net1", {devices[name]: (tag, ports[name]["id"]) for name, tag in dhcp.items()}),
            "int-br-ex": {"bridge": "br-int", **patch},
            "phy-br-ex": {"bridge": "br-ex", **patch},
            **{nic: {"bridge": "br-ex", **patch} for nic in edge},
        },
        namespaces={
            f"qdhcp-{networks['app']}": {devices["dhcp-app"]: ["10.1.0.2"]},
            f"qdhcp-{networks['lan']}": {devices["dhcp-lan"]: ["10.2.0.2"]},
        },
    )


def _cmp1(ports: Ports, devices: dict[str, str], servers: dict[str, str], networks: dict[str, str]) -> Truth:
    bond = ["bond0", "eno1", "eno2"]
    macs = {name: ports[name]["mac_address"] for name in devices}
    return true_host(
        {
            "eno0": ("3c:fd:fe:00:21:00", "tor1", "Ethernet21"),
            "bond0": ("3c:fd:fe:00:21:01",),
            "eno1": ("3c:fd:fe:00:21:01", "tor2", "Ethernet21"),
            "eno2": ("3c:fd:fe:00:21:01", "tor3", "Ethernet21"),
            "ens2f0": ("3c:fd:fe:00:21:10", "fast1", "Ethernet21"),
        },
        bonds={
            "bond0": {
                "mode": "active-backup",
                "members": bond[1:],
                "active_member": "eno1",
                "lacp_partner": None,
            }
        },
        below={"bond0.120": bond},
        tunnel=_tunnel("cmp1", "bond0.120", bond),
        ovs_bridges={"br-int": {"nics": []}, "br-tun": {"nics": []}},
        ovs_ports=_ovs_ports("cmp1", {devices["both-app"]: (1, ports["both-app"]["id"])}),
        functions={devices["both-fast"]: ["ens2f0"], "macvtap0": ["ens2f0"]},
        carried_besides=[["ens2f0", networks["fast"]]],
        domains={
            servers["both"]: {
                "name": "instance-00000001",
                "interfaces": {
                    devices["both-app"]: macs["both-app"],
                    devices["both-fast"]: macs["both-fast"],
                },
            },
            servers["tapped"]: {"name": "instance-00000002", "interfaces": {"macvtap0": macs["tapped-fast"]}},
        },
    )


def _cmp2(ports: Ports, devices: dict[str, str], servers: dict[str, str]) -> Truth:
    port, team = ports["hybrid-app"], ["eno1", "eno2", "team0"]
    short = port["id"][:11]
    return true_host(
        {
            "eno0": ("3c:fd:fe:00:22:00", "tor1", "Ethernet22"),
            "team0": ("3c:fd:fe:00:22:01",),
            "eno1": ("3c:fd:fe:00:22:01", "tor2", "Ethernet22"),
            "eno2": ("3c:fd:fe:00:22:01", "tor3", "Ethernet22"),
        },
        bonds={
            "team0": {
                "mode": "activebackup",
                "members": ["eno1", "eno2"],
                "active_member": "eno2",
                "lacp_partner": None,
            }
        },
        tunnel=_tunnel("cmp2", "team0", team),
        linux_bridges={f"qbr{short}": [f"qvb{short}", f"tap{short}"]},
        ovs_bridges={"br-int": {"nics": []}, "br-tun": {"nics": []}},
        ovs_ports=_ovs_ports("cmp2", {f"qvo{short}": (1, port["id"])}),
        domains={
            servers["hybrid"]: {
                "name": "instance-00000003",
                "interfaces": {devices["hybrid-app"]: port["mac_address"]},
            }
        },
    )
