"""The cloud of `sriov_bonds` on a Cisco ACI fabric of four leaves and two spines, by hand.

Every cable is known another way:

net1   bond0: a port channel over two leaves, which lldpd hears; br-ex's NICs: only the leaf hears them
cmp1   bond0: two leaves, which lldpd hears; ens2f0: nobody hears, but its functions' addresses are learned
cmp2   team0: nobody hears, but its address is learned where its active member hangs
all    their first NIC: on tor1, a switch of its own, which lldpd hears
"""

from __future__ import annotations

from dataclasses import replace

from . import sriov_bonds
from .cloud import Made
from .fabric import MadeFabric
from .sriov_bonds import FAST_VLAN, LAN_VLAN, PF

TUNNEL_VLAN = 120
TUNNELS, LAN, FAST = "cloud/openstack/tunnels", "cloud/openstack/lan", "cloud/openstack/fast"
LEAVES, SPINES = (101, 102, 103, 104), (201, 202)
HEARD = {
    "net1": {"enp59s0f0": (101, 1), "enp59s0f1": (102, 1)},
    "cmp1": {"eno1": (101, 2), "eno2": (102, 2)},
    "cmp2": {},
}
"""The ports that lldpd hears."""

ONLY_THERE = {
    "net1": {"enp94s0f0": (103, 1), "enp94s0f1": (103, 2)},
    "cmp1": {PF: (104, 10)},
    "cmp2": {"team0": (102, 3)},
}
"""The ports that only the fabric knows of."""


def make() -> Made:
    """Return the cloud, its hosts, its fabric, and what is so."""
    made = sriov_bonds.make()
    made.cloud.name = "aci"
    for host in made.hosts:
        first = {nic: said for nic, said in host.neighbours.items() if said[0] == "tor1"}
        heard = {nic: _said(*place) for nic, place in HEARD.get(host.name, {}).items()}
        host.neighbours = first | heard
    for name, own in made.truth["hosts"].items():
        for nic, cable in own["nics"].items():
            place = {**HEARD.get(name, {}), **ONLY_THERE.get(name, {})}.get(nic)
            if place:
                cable |= {"switch": f"leaf-{place[0]}", "switch_port": f"eth1/{place[1]}"}
            elif cable.get("switch") != "tor1":
                cable.pop("switch", None), cable.pop("switch_port", None)
    made.truth["fabric"] = {
        "switches": [f"leaf-{number}" for number in LEAVES] + [f"spine-{number}" for number in SPINES],
        "cables": [
            [[f"leaf-{leaf}", f"eth1/{48 + at}"], [f"spine-{spine}", f"eth1/{leaf - 100}"]]
            for leaf in LEAVES
            for at, spine in enumerate(SPINES, 1)
        ],
    }
    return replace(made, fabric=fabric(made))


def _said(number: int, port: int) -> tuple[str, ...]:
    """Return what a leaf says by LLDP."""
    return (
        f"leaf-{number}",
        f"70:0f:6a:00:{number % 256:02x}:00",
        f"Eth1/{port}",
        f"topology/pod-1/node-{number}",
        f"topology/pod-1/paths-{number}/pathep-[eth1/{port}]",
    )


def fabric(made: Made) -> MadeFabric:
    """Return the fabric under the cloud."""
    found = MadeFabric()
    for number in LEAVES:
        found.node(number, "leaf")
    for number in SPINES:
        found.node(number, "spine")
    for leaf in LEAVES:
        for at, spine in enumerate(SPINES, 1):
            found.port(leaf, f"eth1/{48 + at}", "fabric")
            found.port(spine, f"eth1/{leaf - 100}", "fabric")
            found.cable((leaf, 48 + at), (spine, leaf - 100))
    used = {place for ways in (HEARD, ONLY_THERE) for places in ways.values() for place in places.values()}
    for number, port in sorted(used | {(101, 3)}):
        found.port(number, f"eth1/{port}", "epg")
    found.port(101, "eth1/9", "discovery", "down")  # nothing is plugged into it
    found.port(104, "eth1/20", "epg")  # a machine that is none of the cloud's
    for leaf in (101, 102):
        found.channel(leaf, "po1", "eth1/1")
        found.learns(leaf, "po1", "3c:fd:fe:00:12:01", TUNNEL_VLAN, TUNNELS)
    for device, (number, port) in ONLY_THERE["net1"].items():
        mac = "3c:fd:fe:00:12:03" if device == "enp94s0f0" else "3c:fd:fe:00:12:04"
        found.hears(number, f"eth1/{port}", "net1.example.org", device, mac)
    ports = {port["name"]: port["mac_address"] for port in made.cloud.ports}
    found.channel(103, "po2", "eth1/1", "eth1/2")
    found.learns(103, "po2", ports["dhcp-lan"], LAN_VLAN, LAN)
    found.learns(101, "eth1/2", "3c:fd:fe:00:21:01", TUNNEL_VLAN, TUNNELS)
    for name in ("both-fast", "tapped-fast"):
        found.learns(104, "eth1/10", ports[name], FAST_VLAN, FAST)
    found.learns(102, "eth1/3", "3c:fd:fe:00:22:01", TUNNEL_VLAN, TUNNELS)
    found.knows_elsewhere(101, "3c:fd:fe:00:22:01")
    found.learns(104, "eth1/20", "00:25:b5:00:00:0f", 666, "others/shop/web")
    return found
