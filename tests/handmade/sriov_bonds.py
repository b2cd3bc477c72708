"""SR-IOV beside Open vSwitch in one cloud, over bonds of every kind.

net1   DHCP; tunnels from a Linux bridge on a VLAN of an LACP bond; VLAN networks over a bond of Open vSwitch
cmp1   tunnels from a VLAN of an active-backup bond; SR-IOV on ens2f0: a function, and a macvtap device on one
cmp2   tunnels straight from a team; one instance in a Linux bridge, hybrid
"""

from __future__ import annotations

from typing import Any

from . import domain
from .cloud import Made, controller, member
from .host import MadeHost, as_told
from .openstack import MadeCloud
from .sriov_bonds_truth import truth

VNI, LAN_VLAN, FAST_VLAN = 1101, 210, 301
TUNNELS = {"net1": "10.20.0.12", "cmp1": "10.20.0.21", "cmp2": "10.20.0.22"}
PF, FUNCTIONS = "ens2f0", ["0000:5e:02.0", "0000:5e:02.1", "0000:5e:02.2", "0000:5e:02.3"]
VF_DEVICE = "ens2f0v1"
PATCHES = {"br-int": "int-br-ex", "br-ex": "phy-br-ex"}


def make() -> Made:
    """Return the cloud, its hosts, and what is so."""
    cloud = MadeCloud("sriov-bonds", computes=["cmp1", "cmp2"], controllers=["ctl1"])
    app = cloud.network("app", "vxlan", VNI, None, "10.1.0.0/24", dhcp=True)
    lan = cloud.network("lan", "vlan", LAN_VLAN, "physnet1", "10.2.0.0/24", dhcp=True)
    fast = cloud.network("fast", "vlan", FAST_VLAN, "physnet2", "10.3.0.0/24", dhcp=False)
    both, tapped, hybrid = (
        cloud.server("both", "cmp1"),
        cloud.server("tapped", "cmp1"),
        cloud.server("hybrid", "cmp2"),
    )
    owner = "compute:nova"
    ports = {
        "dhcp-app": cloud.port("dhcp-app", "app", "network:dhcp", f"dhcp-{app}", "net1", "10.1.0.2"),
        "dhcp-lan": cloud.port("dhcp-lan", "lan", "network:dhcp", f"dhcp-{lan}", "net1", "10.2.0.2"),
        "both-app": cloud.port("both-app", "app", owner, both, "cmp1", "10.1.0.11"),
        "both-fast": cloud.port(
            "both-fast", "fast", owner, both, "cmp1", "10.3.0.11", **_on_function(FUNCTIONS[0], "direct")
        ),
        "tapped-fast": cloud.port(
            "tapped-fast", "fast", owner, tapped, "cmp1", "10.3.0.12", **_on_function(FUNCTIONS[1], "macvtap")
        ),
        "hybrid-app": cloud.port(
            "hybrid-app",
            "app",
            owner,
            hybrid,
            "cmp2",
            "10.1.0.12",
            **{"binding:vif_details": {"ovs_hybrid_plug": True}},
        ),
    }
    for host in TUNNELS:
        mappings = {"physnet1": "br-ex"} if host == "net1" else {}
        cloud.agent(
            host,
            "Open vSwitch agent",
            "neutron-openvswitch-agent",
            bridge_mappings=mappings,
            integration_bridge="br-int",
            tunnel_types=["vxlan"],
            tunneling_ip=TUNNELS[host],
        )
    cloud.agent("net1", "DHCP agent", "neutron-dhcp-agent")
    cloud.agent("cmp1", "NIC Switch agent", "neutron-sriov-nic-agent", device_mappings={"physnet2": [PF]})
    servers = {"both": both, "tapped": tapped, "hybrid": hybrid}
    hosts = [controller("ctl1"), _net1(ports, app, lan), _cmp1(ports, servers), _cmp2(ports, servers)]
    return Made(cloud, hosts, truth(cloud, ports, servers, {"app": app, "lan": lan, "fast": fast}))


def _on_function(address: str, kind: str) -> dict[str, Any]:
    return {
        "binding:vif_type": "hw_veb",
        "binding:vnic_type": kind,
        "binding:vif_details": {"port_filter": False, "vlan": str(FAST_VLAN)},
        "binding:profile": {
            "pci_slot": address,
            "pci_vendor_info": "8086:154c",
            "physical_network": "physnet2",
        },
    }


def _tunnels(host: str) -> dict[str, dict[str, Any]]:
    """Return the OVS ports from a host to all others, named as Neutron's agent names them."""
    return {
        tunnel_port(remote): {
            "interfaces": {
                tunnel_port(remote): {
                    "type": "vxlan",
                    "options": {
                        "local_ip": TUNNELS[host],
                        "remote_ip": remote,
                        "in_key": "flow",
                        "out_key": "flow",
                    },
                }
            }
        }
        for other, remote in TUNNELS.items()
        if other != host
    }


def tunnel_port(remote: str) -> str:
    """Return what Neutron's agent calls the tunnel to an address."""
    return "vxlan-" + "".join(f"{int(byte):02x}" for byte in remote.split("."))


def _patch(name: str, peer: str) -> dict[str, Any]:
    return {"interfaces": {name: {"type": "patch", "options": {"peer": peer}}}}


def _plugged(name: str, port: dict[str, Any], tag: int, kind: str = "") -> dict[str, Any]:
    return {"tag": tag, "interfaces": {name: {"type": kind, "external_ids": {"iface-id": port["id"]}}}}


def _switch(host: str, plugs: dict[str, dict[str, Any]]) -> dict[str, dict[str, dict[str, Any]]]:
    return {
        "br-int": {"patch-tun": _patch("patch-tun", "patch-int"), **plugs},
        "br-tun": {"patch-int": _patch("patch-int", "patch-tun"), **_tunnels(host)},
    }


def _ovs_devices(host: MadeHost, *bridges: str) -> None:
    for at, bridge in enumerate(("ovs-system", *bridges)):
        host.device(bridge, f"0e:00:00:00:01:{at:02x}", "openvswitch")


def _net1(ports: dict[str, dict[str, Any]], app: str, lan: str) -> MadeHost:
    host = MadeHost(
        "net1", processes=["ovs-vswitchd --pidfile", "ovsdb-server conf.db", "lldpd: 5 neighbors."]
    )
    host.nic("eno1", "3c:fd:fe:00:12:00", "0000:01:00.0", "tg3", 1000, address="10.10.0.12/24")
    mac = "3c:fd:fe:00:12:01"
    host.nic("enp59s0f0", mac, "0000:3b:00.0", "i40e", 25000, master="bond0", member=member("ACTIVE", mac, 1))
    host.nic(
        "enp59s0f1",
        mac,
        "0000:3b:00.1",
        "i40e",
        25000,
        master="bond0",
        member=member("ACTIVE", "3c:fd:fe:00:12:02", 1),
    )
    lacp = {
        "aggregator": 1,
        "num_ports": 2,
        "actor_key": 21,
        "partner_key": 11,
        "partner_mac": "00:1c:73:aa:bb:cc",
    }
    host.device("bond0", mac, "bond", info={"mode": "802.3ad", "miimon": 100, "ad_info": lacp})
    host.settings["bond0"] = {"speed": "50000", "duplex": "full"}
    vlan = {"protocol": "802.1Q", "id": 120, "flags": ["REORDER_HDR"]}
    host.device("bond0.120", mac, "vlan", link="bond0", info=vlan, master="br-vxlan")
    host.device(
        "br-vxlan",
        mac,
        "bridge",
        info={"bridge_id": "8000.3c:fd:fe:0:12:1", "stp_state": 0},
        address="10.20.0.12/24",
    )
    host.nic("enp94s0f0", "3c:fd:fe:00:12:03", "0000:5e:00.0", "i40e", 10000, master="ovs-system")
    host.nic("enp94s0f1", "3c:fd:fe:00:12:04", "0000:5e:00.1", "i40e", 10000, master="ovs-system")
    _ovs_devices(host, "br-int", "br-tun", "br-ex")
    plugs = {
        "int-br-ex": _patch("int-br-ex", "phy-br-ex"),
        **{
            f"tap{ports[name]['id'][:11]}": _plugged(
                f"tap{ports[name]['id'][:11]}", ports[name], tag, "internal"
            )
            for tag, name in enumerate(("dhcp-app", "dhcp-lan"), 1)
        },
    }
    bond = {"bond_mode": "balance-tcp", "lacp": "active", "interfaces": {"enp94s0f0": {}, "enp94s0f1": {}}}
    host.bridges = {
        **_switch("net1", plugs),
        "br-ex": {"phy-br-ex": _patch("phy-br-ex", "int-br-ex"), "bond-ex": bond},
    }
    for key, name in ((app, "dhcp-app"), (lan, "dhcp-lan")):
        port = ports[name]
        tap = as_told(
            2,
            f"tap{port['id'][:11]}",
            port["mac_address"],
            "openvswitch",
            address=f"{port['fixed_ips'][0]['ip_address']}/24",
        )
        host.namespaces[f"qdhcp-{key}"] = ([tap], [])
        host.processes.append(f"dnsmasq --no-hosts --dhcp-hostsfile=/var/lib/neutron/dhcp/{key}/host")
    host.neighbours = {
        "eno1": ("tor1", "00:1c:73:00:00:01", "Ethernet12"),
        "enp59s0f0": ("tor2", "00:1c:73:aa:bb:c0", "Ethernet1"),
        "enp59s0f1": ("tor3", "00:1c:73:aa:bb:c1", "Ethernet1"),
        "enp94s0f0": ("edge1", "00:1c:73:00:00:04", "Ethernet1"),
        "enp94s0f1": ("edge1", "00:1c:73:00:00:04", "Ethernet2"),
    }
    return host


def _cmp1(ports: dict[str, dict[str, Any]], servers: dict[str, str]) -> MadeHost:
    host = MadeHost(
        "cmp1",
        processes=["ovs-vswitchd --pidfile", "ovsdb-server conf.db", "libvirtd", "lldpd: 4 neighbors."],
    )
    host.nic("eno0", "3c:fd:fe:00:21:00", "0000:01:00.0", "tg3", 1000, address="10.10.0.21/24")
    mac = "3c:fd:fe:00:21:01"
    host.nic("eno1", mac, "0000:3b:00.0", "i40e", 25000, master="bond0", member=member("ACTIVE", mac))
    host.nic(
        "eno2",
        mac,
        "0000:3b:00.1",
        "i40e",
        25000,
        master="bond0",
        member=member("BACKUP", "3c:fd:fe:00:21:02"),
    )
    host.device("bond0", mac, "bond", info={"mode": "active-backup", "active_slave": "eno1", "miimon": 100})
    vlan = {"protocol": "802.1Q", "id": 120, "flags": ["REORDER_HDR"]}
    host.device("bond0.120", mac, "vlan", link="bond0", info=vlan, address="10.20.0.21/24")
    host.nic(PF, "3c:fd:fe:00:21:10", "0000:5e:00.0", "i40e", 25000)
    host.settings[PF]["device/sriov_numvfs"] = str(len(FUNCTIONS))
    host.function_addresses[PF] = FUNCTIONS
    direct, tap = ports["both-fast"]["mac_address"], ports["tapped-fast"]["mac_address"]
    macs = {0: direct, 1: tap}
    host.functions[PF] = [
        {
            "vf": at,
            "link_type": "ether",
            "address": macs.get(at, "00:00:00:00:00:00"),
            "broadcast": "ff:ff:ff:ff:ff:ff",
            "vlan_list": [{"vlan": FAST_VLAN}] if at in macs else [],
            "rate": {"max_tx": 0, "min_tx": 0},
            "spoofchk": True,
            "link_state": "auto",
            "trust": False,
        }
        for at in range(len(FUNCTIONS))
    ]
    host.nic(VF_DEVICE, tap, FUNCTIONS[1], "iavf", 25000)
    host.device("macvtap0", tap, "macvtap", link=VF_DEVICE, info={"mode": "passthru", "flags": []})
    port = ports["both-app"]
    host.device(f"tap{port['id'][:11]}", f"fe{port['mac_address'][2:]}", "tun", master="ovs-system")
    _ovs_devices(host, "br-int", "br-tun")
    name = f"tap{port['id'][:11]}"
    host.bridges = _switch("cmp1", {name: _plugged(name, port, 1)})
    host.domains = {
        servers["both"]: domain.domain(
            servers["both"],
            "instance-00000001",
            "both",
            domain.on_ovs(port["mac_address"], port["id"]),
            domain.passed_through(direct, FUNCTIONS[0], FAST_VLAN),
        ),
        servers["tapped"]: domain.domain(
            servers["tapped"], "instance-00000002", "tapped", domain.macvtap(tap, VF_DEVICE, "macvtap0")
        ),
    }
    host.neighbours = {
        "eno0": ("tor1", "00:1c:73:00:00:01", "Ethernet21"),
        "eno1": ("tor2", "00:1c:73:aa:bb:c0", "Ethernet21"),
        "eno2": ("tor3", "00:1c:73:aa:bb:c1", "Ethernet21"),
        PF: ("fast1", "00:1c:73:00:00:05", "Ethernet21"),
    }
    return host


def _cmp2(ports: dict[str, dict[str, Any]], servers: dict[str, str]) -> MadeHost:
    host = MadeHost(
        "cmp2",
        processes=["ovs-vswitchd --pidfile", "ovsdb-server conf.db", "libvirtd", "lldpd: 3 neighbors."],
    )
    host.nic("eno0", "3c:fd:fe:00:22:00", "0000:01:00.0", "tg3", 1000, address="10.10.0.22/24")
    for at in (1, 2):
        host.nic(f"eno{at}", "3c:fd:fe:00:22:01", f"0000:3b:00.{at - 1}", "ixgbe", 10000, master="team0")
    host.device("team0", "3c:fd:fe:00:22:01", "team", address="10.20.0.22/24")
    host.teams["team0"] = {
        "ports": {
            f"eno{at}": {
                "ifinfo": {"dev_addr": "3c:fd:fe:00:22:01", "ifname": f"eno{at}"},
                "link": {"duplex": "full", "speed": 10000, "up": True},
                "link_watches": {
                    "list": {"link_watch_0": {"down_count": 0, "name": "ethtool", "up": True}},
                    "up": True,
                },
            }
            for at in (1, 2)
        },
        "runner": {"active_port": "eno2"},
        "setup": {"kernel_team_mode_name": "activebackup", "runner_name": "activebackup", "pid": 4464},
        "team_device": {"ifinfo": {"dev_addr": "3c:fd:fe:00:22:01", "ifname": "team0"}},
    }
    port = ports["hybrid-app"]
    short, mac = port["id"][:11], port["mac_address"]
    host.device(
        f"qbr{short}", "0e:00:00:00:02:01", "bridge", info={"bridge_id": "8000.e:0:0:0:2:1", "stp_state": 0}
    )
    host.device(f"tap{short}", f"fe{mac[2:]}", "tun", master=f"qbr{short}")
    host.device(f"qvb{short}", "0e:00:00:00:02:02", "veth", link=f"qvo{short}", master=f"qbr{short}")
    host.device(f"qvo{short}", "0e:00:00:00:02:03", "veth", link=f"qvb{short}", master="ovs-system")
    _ovs_devices(host, "br-int", "br-tun")
    host.bridges = _switch("cmp2", {f"qvo{short}": _plugged(f"qvo{short}", port, 1)})
    key = servers["hybrid"]
    host.domains[key] = domain.domain(
        key, "instance-00000003", "hybrid", domain.bridged(mac, f"qbr{short}", f"tap{short}")
    )
    host.neighbours = {
        "eno0": ("tor1", "00:1c:73:00:00:01", "Ethernet22"),
        "eno1": ("tor2", "00:1c:73:aa:bb:c0", "Ethernet22"),
        "eno2": ("tor3", "00:1c:73:aa:bb:c1", "Ethernet22"),
    }
    return host
