"""Hosts to parse: two recorded ones, and one put together for what those lack.

`recording/` was made by the module itself on two hosts of a running Open vSwitch cloud. `REMAINDER` holds
what the tools print, by their own sources and documentation, for bonds, VLANs, SR-IOV, VPP, unusual
libvirt interfaces and the further shapes of lldpd's JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ansible_collections.calipso.topology.plugins.module_utils.host import collect
from ansible_collections.calipso.topology.plugins.module_utils.recording import host_directory, read_host
from ansible_collections.calipso.topology.plugins.module_utils.runner import ReplayingRunner, Result

from calipso.model.facts import HostFacts, validate_host_facts

RECORDING = Path(__file__).parent / "recording"


def recorded(host: str) -> list[Result]:
    return read_host(host_directory(RECORDING, host))


def facts_of(results: Iterable[Result]) -> HostFacts:
    return validate_host_facts(collect(ReplayingRunner(list(results))))


def said(command: str, stdout: Any, rc: int = 0, stderr: str = "") -> Result:
    """Return what a command said; other than text is JSON."""
    printed = stdout if isinstance(stdout, str) else json.dumps(stdout)
    return Result(command.split(), rc, printed, stderr)


def _device(index: int, name: str, kind: str | None = None, **more: Any) -> dict[str, Any]:
    linkinfo = {"info_kind": kind, "info_data": more.pop("info", {})} if kind else {}
    if slave := more.pop("slave", None):
        linkinfo |= {"info_slave_kind": "bond", "info_slave_data": slave}
    return {
        "ifindex": index,
        "ifname": name,
        "flags": ["BROADCAST", "MULTICAST", "UP", "LOWER_UP"],
        "mtu": 9000,
        "address": f"52:54:00:12:34:{index:02x}",
        "linkinfo": linkinfo,
        "addr_info": [],
        **more,
    }


_BOND = {"mode": "802.3ad", "ad_info": {"aggregator": 1, "partner_mac": "00:1c:73:aa:bb:cc"}}
_MEMBER = {
    "state": "ACTIVE",
    "mii_status": "UP",
    "link_failure_count": 3,
    "perm_hwaddr": "3c:fd:fe:00:00:01",
    "queue_id": 0,
    "ad_aggregator_id": 1,
}
_VXLAN = {"id": 4242, "group": "239.1.1.1", "link": "bond0.100", "port": 8472, "ttl": 32}
_DEVICES = [
    _device(2, "eno1", master="bond0", parentbus="pci", parentdev="0000:3b:00.0", slave=_MEMBER),
    _device(3, "eno2", master="bond0"),
    _device(4, "bond0", "bond", info=_BOND),
    _device(5, "bond0.100", "vlan", link="bond0", info={"protocol": "802.1Q", "id": 100}),
    _device(6, "vxlan-4242", "vxlan", info=_VXLAN),
    _device(7, "bond1", "bond", info={"mode": "active-backup", "active_slave": "eno3"}),
    _device(8, "eno3", master="bond1", flags=["BROADCAST"]),
]
_LISTING = """total 0
lrwxrwxrwx 1 root root    0 Nov 22 18:16 bond0 -> ../../devices/virtual/net/bond0
-rw-r--r-- 1 root root 4096 Nov 22 18:16 bonding_masters
lrwxrwxrwx 1 root root    0 Nov 22 18:16 eno1 -> ../../devices/pci0000:3a/0000:3a:00.0/0000:3b:00.0/net/eno1
lrwxrwxrwx 1 root root    0 Nov 22 18:16 eno2 -> ../../devices/pci0000:00/0000:00:04.0/virtio1/net/eno2
lrwxrwxrwx 1 root root    0 Nov 22 18:16 eno3 -> ../../devices/vmbus/6045bdf7-0000-1111/net/eno3
"""
_CARDS = ("bond0", "bond1", "eno1", "eno2", "eno3")
_SETTING_FILES = " ".join(
    f"/sys/class/net/{card}/{setting}"
    for card in _CARDS
    for setting in ("speed", "duplex", "device/sriov_numvfs")
)
_SETTINGS = """/sys/class/net/bond0/speed:50000
/sys/class/net/bond0/duplex:full
/sys/class/net/eno1/speed:25000
/sys/class/net/eno1/duplex:full
/sys/class/net/eno1/device/sriov_numvfs:2
/sys/class/net/eno2/speed:-1
/sys/class/net/eno2/duplex:unknown
"""
_DRIVERS = """\
lrwxrwxrwx 1 root root 0 Nov 22 18:16 /sys/class/net/eno1/device/driver -> ../../../../bus/pci/drivers/i40e
lrwxrwxrwx 1 root root 0 Nov 22 18:16 /sys/class/net/eno2/device/driver -> ../../bus/virtio/drivers/virtio_net
"""
_VIRTUAL_FUNCTIONS = """\
lrwxrwxrwx 1 root root 0 Nov 22 18:16 /sys/class/net/eno1/device/virtfn0 -> ../0000:3b:02.0
lrwxrwxrwx 1 root root 0 Nov 22 18:16 /sys/class/net/eno1/device/virtfn1 -> ../0000:3b:02.1
"""
_FUNCTIONS = [
    {
        "ifname": "eno1",
        "vfinfo_list": [
            {"vf": 1, "mac": "fa:16:3e:00:00:02", "vlan": 7},
            {
                "vf": 0,
                "link_type": "ether",
                "address": "fa:16:3e:00:00:01",
                "vlan_list": [{"vlan": 301, "protocol": "802.1Q"}],
                "link_state": "auto",
            },
        ],
    }
]
_DOMAIN = """running

<domain type='kvm' id='7'>
  <name>instance-0000002a</name>
  <uuid>0f8fad5b-d9cb-469f-a165-70867728950e</uuid>
  <devices>
    <interface type='hostdev' managed='yes'>
      <mac address='FA:16:3E:00:00:01'/>
      <source><address type='pci' domain='0x0000' bus='0x3b' slot='0x02' function='0x1'/></source>
      <alias name='hostdev0'/>
    </interface>
    <interface type='vhostuser'>
      <mac address='fa:16:3e:00:00:03'/>
      <source type='unix' path='/var/lib/vhost_sockets/vhu1' mode='server'/>
      <target dev='vhu1'/>
      <model type='virtio'/>
    </interface>
    <interface type='bridge'>
      <mac address='fa:16:3e:00:00:04'/>
      <source bridge='br-int'/>
      <virtualport type='openvswitch'>
        <parameters interfaceid='9c858901-8a57-4791-81fe-4c455b099bc9'/>
      </virtualport>
      <target dev='tap1'/>
      <mtu size='1442'/>
      <link state='down'/>
    </interface>
  </devices>
</domain>

"""
_CHASSIS = {"id": {"type": "mac", "value": "00:1c:73:aa:bb:cc"}, "descr": "Arista", "mgmt-ip": "192.0.2.9"}
_REGULAR = {
    "name": "eno3",
    "chassis": [
        {
            "id": [{"type": "local", "value": "leaf2"}],
            "name": [{"value": "leaf2"}],
            "mgmt-ip": [{"value": "192.0.2.10"}],
            "capability": [{"type": "Router", "enabled": True}, {"type": "Bridge", "enabled": True}],
        }
    ],
    "port": [{"id": [{"type": "ifname", "value": "Ethernet9"}], "descr": [{"value": "to eno3"}]}],
}
_HEARD = {
    "lldp": {
        "interface": [
            {
                "eno1": {
                    "chassis": {"leaf1": _CHASSIS},
                    "port": {"id": {"type": "ifname", "value": "Ethernet1"}},
                }
            },
            {"eno1": {"chassis": _CHASSIS, "port": {"id": {"type": "ifname", "value": "Ethernet2"}}}},
            {"eno2": {"chassis": {"id": _CHASSIS}, "port": {"id": {"type": "ifname", "value": "Ethernet3"}}}},
            _REGULAR,
        ]
    }
}
_VPP_INTERFACES = """\
              Name               Idx    State  MTU (L3/IP4/IP6/MPLS)     Counter          Count
GigabitEthernet0/8/0              1      up          9000/0/0/0     rx packets                  138
                                                                    rx bytes                  18681
local0                            0     down          0/0/0/0
vxlan_tunnel0                     5      up             0/0/0/0     drops                         1
"""
_VPP_HARDWARE = """\
              Name                Idx   Link  Hardware
GigabitEthernet0/8/0               1     up   GigabitEthernet0/8/0
  Link speed: 1 Gbps
  Ethernet address 08:00:27:0a:0b:0c
local0                             0    down  local0
  local
"""
_VPP_ADDRESSES = """\
GigabitEthernet0/8/0 (up):
  L3 10.20.0.5/24
local0 (dn):
vxlan_tunnel0 (up):
  L2 bridge bd-id 1001 idx 1 shg 0
"""
_VPP_DOMAINS = """\
  BD-ID   Index   BSN  Age(min)  Learning  U-Forwrd   UU-Flood   Flooding  ARP-Term   BVI-Intf
  1001      1      0     off        on        on       flood        on       off        N/A
"""
_VPP_TUNNELS = (
    "[0] instance 0 src 10.20.0.5 dst 10.20.0.6 src_port 4789 dst_port 4789 vni 42 fib-idx 0 sw-if-idx 5"
    " encap-dpo-idx 8 \n"
)
_VPP_VHOST_USER = """\
Virtio vhost-user interfaces
Global:
  coalesce frames 32 time 1e-3
  number of rx virtqueues in interrupt mode: 0
"""
_VIRSH = "virsh --readonly --connect qemu:///system"
_UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"

REMAINDER = [
    said("uname -n -r -m", "node7 5.4.0-216-generic aarch64\n"),
    said("cat /etc/os-release", 'NAME="Ubuntu"\nVERSION_ID="20.04"\nID=ubuntu\n# a remark\n'),
    said("hostname --fqdn", "", rc=1, stderr="hostname: Name or service not known\n"),
    said("ip -d -j address show", _DEVICES),
    said("ls -l /sys/class/net", _LISTING),
    Result(["grep", "-s", "-H", "", *_SETTING_FILES.split()], 2, _SETTINGS, ""),
    said("ip -d -j link show dev eno1", _FUNCTIONS),
    said("ls -l /sys/class/net/eno1/device/virtfn0 /sys/class/net/eno1/device/virtfn1", _VIRTUAL_FUNCTIONS),
    said(
        "ls -l " + " ".join(f"/sys/class/net/{card}/device/driver" for card in ("eno1", "eno2", "eno3")),
        _DRIVERS,
        rc=2,
        stderr="ls: cannot access '/sys/class/net/eno3/device/driver': No such file or directory\n",
    ),
    said("ip -j netns list", ""),
    said(
        "ps -e -ww -o netns=,args=", "4026531840 /usr/bin/vpp -c /etc/vpp/startup.conf\n4026531840 libvirtd\n"
    ),
    Result([*_VIRSH.split(), "list", "--all", "--uuid"], 0, f"{_UUID}\n\n", ""),
    Result([*_VIRSH.split(), f"domstate {_UUID}; dumpxml {_UUID}"], 0, _DOMAIN, ""),
    said("lldpctl -f json", _HEARD),
    said(
        "vppctl show version", "vpp v19.08-release built by root on build at Wed Aug 21 18:54:23 UTC 2019\r\n"
    ),
    said("vppctl show hardware-interfaces", _VPP_HARDWARE),
    said("vppctl show interface address", _VPP_ADDRESSES),
    said("bridge -j fdb show", "[]"),
    said("vppctl show vxlan tunnel", _VPP_TUNNELS),
    said("vppctl show interface", _VPP_INTERFACES.replace("\n", "\r\n")),
    said("vppctl show bridge-domain", _VPP_DOMAINS),
    said("vppctl show vhost-user", _VPP_VHOST_USER),
    said("vppctl show tap", ""),
    said("vppctl show bond details", ""),
]
