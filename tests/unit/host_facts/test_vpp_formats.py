"""What VPP 17.10 and 22.10 print, by its own sources and manuals, and any switch that speaks like them."""

from __future__ import annotations

from typing import Any

from ansible_collections.calipso.topology.plugins.module_utils.reader import Reader
from ansible_collections.calipso.topology.plugins.module_utils.runner import ReplayingRunner, Result
from ansible_collections.calipso.topology.plugins.module_utils.vpp import read_vpp
from host_samples import REMAINDER, facts_of
from hypothesis import given
from hypothesis import strategies as st

NEW = {
    "version": "vpp v22.10-release built by root on 5f5d9ee6d3b8 at 2022-10-26T13:24:53\n",
    "interface": """\
              Name               Idx    State  MTU (L3/IP4/IP6/MPLS)     Counter          Count
BondEthernet0                     3      up          9000/0/0/0     rx packets                   138
                                                                    rx bytes                   18681
BondEthernet0.2043                4      up           0/0/0/0       tx packets                    34
TenGigabitEthernet5/0/0           1      up          9000/0/0/0
TenGigabitEthernet5/0/1           2      up          9000/0/0/0
VirtualEthernet0/0/0              5      up          9000/0/0/0
local0                            0     down          0/0/0/0       drops                          1
loop0                             6      up          9000/0/0/0
tap0                              7    up/punt       9000/0/0/0
vxlan_tunnel0                     8      up           0/0/0/0
""",
    "hardware-interfaces": """\
              Name                Idx   Link  Hardware
BondEthernet0                      3     up   BondEthernet0
  Link speed: unknown
  RX Queues:
    queue thread         mode
    0     vpp_wk_0 (1)   polling
  Ethernet address 3c:fd:fe:a8:bd:10
TenGigabitEthernet5/0/0            1     up   TenGigabitEthernet5/0/0
  Link speed: 10 Gbps
  Ethernet address 3C:FD:FE:A8:BD:10
  Intel X710/XL710 Family
    carrier up full duplex max-frame-size 9022
    flags: admin-up maybe-multiseg tx-offload intel-phdr-cksum rx-ip4-cksum
    pci: device 8086:1572 subsystem 8086:0006 address 0000:05:00.00 numa 0
TenGigabitEthernet5/0/1            2    down  TenGigabitEthernet5/0/1
  Link speed: unknown
  Ethernet address 3c:fd:fe:a8:bd:11
  Intel X710/XL710 Family
    carrier down
    pci: device 8086:1572 subsystem 8086:0006 address 0000:05:00.01 numa 0
VirtualEthernet0/0/0               5     up   VirtualEthernet0/0/0
  Ethernet address fa:16:3e:5a:0c:11
local0                             0    down  local0
  Link speed: unknown
  local
loop0                              6     up   loop0
  Ethernet address de:ad:00:00:00:00
tap0                               7     up   tap0
  Ethernet address 02:fe:7b:f9:4e:98
vxlan_tunnel0                      8     up   vxlan_tunnel0
  VXLAN
""",
    "interface address": """\
BondEthernet0 (up):
BondEthernet0.2043 (up):
  L2 bridge bd-id 5 idx 1 shg 0
TenGigabitEthernet5/0/0 (up):
TenGigabitEthernet5/0/1 (up):
VirtualEthernet0/0/0 (up):
  L2 bridge bd-id 5 idx 1 shg 0
local0 (dn):
loop0 (up):
  L2 bridge bd-id 6 idx 2 shg 0 bvi
  L3 10.20.0.31/24
  L3 fc00:0:101:1::1/64 ip6 table-id 2 fib-idx 1
tap0 (up):
  unnumbered, use loop0
  L3 10.20.0.31/24
vxlan_tunnel0 (up):
  L2 bridge bd-id 5 idx 1 shg 1
""",
    "vhost-user": """\
Virtio vhost-user interfaces
Global:
  coalesce frames 32 time 1e-3
  Number of rx virtqueues in interrupt mode: 0
  Number of GSO interfaces: 0
Interface: VirtualEthernet0/0/0 (ifindex 5)
virtio_net_hdr_sz 12
 features mask (0xfffffffbffffa27c):
 features (0x150600000):
   VIRTIO_NET_F_MQ (22)
  protocol features (0x3)
   VHOST_USER_PROTOCOL_F_MQ (0)

 socket filename /tmp/5a0c11aa-0000-4000-8000-000000000001 type client errno "Success"

 rx placement:
   thread 1 on vring 1, polling
""",
    "tap": """\
Interface: tap0 (ifindex 7)
  name "vpp0d5c2f1e-8a"
  host-ns "(nil)"
  host-mac-addr: 02:fe:1c:50:da:6c
  vhost-fds 15
""",
    "vxlan tunnel": (
        "[0] instance 0 src 10.20.0.31 dst 10.20.0.32 src_port 4789 dst_port 4789 vni 666"
        " fib-idx 0 sw-if-idx 8 encap-dpo-idx 7 \n"
    ),
    "bridge-domain": """\
  BD-ID   Index   BSN  Age(min)  Learning  U-Forwrd   UU-Flood   Flooding\
  ARP-Term  arp-ufwd Learn-co Learn-li   BVI-Intf
    5       1      0     off        on        on       flood        on\
       off       off        3    16777216     N/A
    6       2      1     off        on        on       flood        on\
       off       off        0    16777216    loop0
""",
    "bond details": """\
BondEthernet0
  mode: lacp
  load balance: l34
  number of active members: 1
    TenGigabitEthernet5/0/0
  number of members: 2
    TenGigabitEthernet5/0/0
    TenGigabitEthernet5/0/1
  device instance: 0
  interface id: 0
  sw_if_index: 3
  hw_if_index: 3
""",
}
OLD = {
    "version": "vpp v17.10-release built by jenkins on centos7 at Wed Oct 25 21:50:44 UTC 2017\r\n",
    "interface": """\
              Name               Idx       State          Counter          Count\r
GigabitEthernet0/9/0              1         up       rx packets                  43242\r
                                                     rx bytes                  4337842\r
GigabitEthernet0/9/0.7            4         up\r
VirtualEthernet0/0/0              3        down\r
local0                            0        down\r
vxlan_tunnel0                     5         up\r
""",
    "hardware-interfaces": """\
              Name                Idx   Link  Hardware\r
GigabitEthernet0/9/0               1     up   GigabitEthernet0/9/0\r
  Ethernet address 08:00:27:c5:35:f1\r
  Intel 82540EM (e1000)\r
    carrier up full duplex speed 1000 mtu 9216 \r
""",
    "interface address": """\
GigabitEthernet0/9/0 (up):\r
  192.168.16.1/24\r
GigabitEthernet0/9/0.7 (up):\r
  l2 bridge bd_id 1 shg 0\r
VirtualEthernet0/0/0 (dn):\r
  l2 bridge bd_id 1 shg 0\r
local0 (dn):\r
loop0 (up):\r
  l2 bridge bd_id 1 bvi shg 0\r
  192.168.30.1/24 table 7\r
vxlan_tunnel0 (up):\r
  l2 bridge bd_id 1 shg 1\r
""",
    "vhost-user": """\
Virtio vhost-user interfaces\r
Global:\r
  coalesce frames 32 time 1e-3\r
\r
Interface: VirtualEthernet0/0/0 (ifindex 3)\r
virtio_net_hdr_sz 12\r
 features (0x50408000): \r
\r
 socket filename /tmp/vm00.sock type client errno "No such file or directory"\r
""",
    "tap": "show: unknown input `tap'\r\n",
    "vxlan tunnel": (
        "[0] src 192.168.16.1 dst 192.168.16.2 vni 13 encap_fib_index 0 sw_if_index 5 decap_next l2\r\n"
    ),
    "bridge-domain": """\
  BD-ID   Index   BSN  Age(min)  Learning  U-Forwrd  UU-Flood  Flooding  ARP-Term  BVI-Intf\r
    1       1      1     off        on        on        on        on       off      loop0  \r
""",
    "bond details": "show bond: unknown input `details'\r\n",
}


def read(said: dict[str, str]) -> dict[str, Any]:
    """Return the facts of a switch that says this to `vppctl show`."""
    results = [Result(["vppctl", "show", *what.split()], 0, text, "") for what, text in said.items()]
    found = read_vpp(Reader(ReplayingRunner(results)))
    assert found is not None
    return found


def table(facts: dict[str, Any], *names: str) -> dict[str, tuple[Any, ...]]:
    return {row["name"]: tuple(row[name] for name in names) for row in facts["interfaces"]}


def test_a_switch_of_today() -> None:
    facts = read(NEW)
    assert (facts["version"], facts["bridge_domains"]) == ("v22.10-release", [5, 6])
    assert table(facts, "kind", "up", "link_up", "bridge_domain", "bvi") == {
        "BondEthernet0": ("bond", True, True, None, False),
        "BondEthernet0.2043": (None, True, None, 5, False),
        "TenGigabitEthernet5/0/0": ("hardware", True, True, None, False),
        "TenGigabitEthernet5/0/1": ("hardware", True, False, None, False),
        "VirtualEthernet0/0/0": ("vhost-user", True, True, 5, False),
        "local0": ("local", False, False, None, False),
        "loop0": ("loopback", True, True, 6, True),
        "tap0": ("tap", True, True, None, False),
        "vxlan_tunnel0": ("tunnel", True, True, 5, False),
    }
    own = table(facts, "mac", "bus", "speed", "socket", "host_device", "parent", "vlan", "mtu")
    assert own["TenGigabitEthernet5/0/1"] == (
        *("3c:fd:fe:a8:bd:11", "0000:05:00.1", None, None, None, None, None, 9000),
    )
    assert own["TenGigabitEthernet5/0/0"][:3] == ("3c:fd:fe:a8:bd:10", "0000:05:00.0", 10000)
    assert own["VirtualEthernet0/0/0"][3] == "/tmp/5a0c11aa-0000-4000-8000-000000000001"  # noqa: S108
    assert own["tap0"][4] == "vpp0d5c2f1e-8a"
    assert own["BondEthernet0.2043"][5:7] == ("BondEthernet0", 2043)
    addresses = {name: found for name, (found,) in table(facts, "addresses").items() if found}
    assert addresses == {
        "loop0": ["10.20.0.31/24", "fc00:0:101:1::1/64"],
        "tap0": ["10.20.0.31/24"],
    }
    (bond,) = facts["bonds"]
    assert (bond["name"], bond["mode"], bond["members"]) == (
        "BondEthernet0",
        "lacp",
        ["TenGigabitEthernet5/0/0", "TenGigabitEthernet5/0/1"],
    )
    assert [member["state"] for member in bond["member_details"]] == ["active", "backup"]
    assert {name: found for name, (found,) in table(facts, "tunnel").items() if found} == {
        "vxlan_tunnel0": {
            "kind": "vxlan",
            "id": 666,
            "local": "10.20.0.31",
            "remote": "10.20.0.32",
            "port": 4789,
        }
    }


def test_a_switch_of_then() -> None:
    facts = read(OLD)
    assert (facts["version"], facts["bridge_domains"], facts["bonds"]) == ("v17.10-release", [1], [])
    assert table(facts, "kind", "up", "bridge_domain", "mtu", "parent", "addresses") == {
        "GigabitEthernet0/9/0": ("hardware", True, None, None, None, ["192.168.16.1/24"]),
        "GigabitEthernet0/9/0.7": (None, True, 1, None, "GigabitEthernet0/9/0", []),
        "VirtualEthernet0/0/0": ("vhost-user", False, 1, None, None, []),
        "local0": ("local", False, None, None, None, []),
        "vxlan_tunnel0": ("tunnel", True, 1, None, None, []),
    }
    assert table(facts, "socket")["VirtualEthernet0/0/0"] == ("/tmp/vm00.sock",)  # noqa: S108
    assert table(facts, "tunnel")["vxlan_tunnel0"][0] == {
        "kind": "vxlan",
        "id": 13,
        "local": "192.168.16.1",
        "remote": "192.168.16.2",
        "port": None,
    }


def test_vpp_is_read_where_its_process_runs() -> None:
    facts = facts_of(REMAINDER)["vpp"]
    assert facts is not None
    assert [interface["name"] for interface in facts["interfaces"]] == [
        "GigabitEthernet0/8/0",
        "local0",
        "vxlan_tunnel0",
    ]
    assert facts["bridge_domains"] == [1001]


@given(st.fixed_dictionaries({what: st.text() for what in NEW}))
def test_any_words_are_read_without_harm(said: dict[str, str]) -> None:
    assert set(read(said)) == {"version", "interfaces", "bridge_domains", "bonds"}


@given(st.dictionaries(st.integers(0, 15), st.tuples(st.booleans(), st.integers(0, 4094)), max_size=6))
def test_what_is_printed_of_vhost_interfaces_comes_back(ports: dict[int, tuple[bool, int]]) -> None:
    """Each port's number is its index, less one; a domain of 0 means none."""
    lines, address, sockets = "Name Idx\n", "", "Virtio vhost-user interfaces\n"
    for port, (up, domain) in ports.items():
        name = f"VirtualEthernet0/0/{port:x}"
        lines += f"{name:<32}{port + 1:^5}{'up' if up else 'down':^10}{'9000/0/0/0':^21}\n"
        address += f"{name} ({'up' if up else 'dn'}):\n"
        address += f"  L2 bridge bd-id {domain} idx 1 shg 0  \n" if domain else ""
        sockets += f"Interface: {name} (ifindex {port + 1})\n"
        sockets += f' socket filename /run/{port} type server errno "Success"\n'
    facts = read({**NEW, "interface": lines, "interface address": address, "vhost-user": sockets})
    assert table(facts, "index", "up", "bridge_domain", "socket") == {
        f"VirtualEthernet0/0/{port:x}": (port + 1, up, domain or None, f"/run/{port}")
        for port, (up, domain) in ports.items()
    }
