"""Holds truth.json against the captures beside it, both ways.

What is true must be seen on the hosts, and what is seen there must be true.

usage: check.py DIR
"""

import json
import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import ovsdb

TUNNELS = {"vxlan", "geneve", "gre"}


class Host:
    """What the captures of one host show, in the words of truth.json."""

    def __init__(self, folder, name, virtual_switch):
        self.folder, self.name, self.virtual_switch = folder, name, virtual_switch
        self.links = {x["ifname"]: x for x in self.json("ip-j-d-addr.json")}
        self.interfaces = {i["_uuid"]: i for i in ovsdb.table(folder, name, "Interface")}

    def text(self, file):
        path = self.folder / "hosts" / self.name / file
        return path.read_text(errors="surrogateescape") if path.exists() else ""

    def json(self, file):
        return json.loads(self.text(file) or "[]")

    def seen(self, tunnel):
        return {
            "nics": self.nics(),
            "tunnel ip": tunnel["ip"]
            if tunnel and tunnel["ip"] in self.addresses(tunnel["device"])
            else None,
            "tunnel peers": sorted(
                [i["name"], i["type"], i["options"]["remote_ip"]]
                for i in self.interfaces.values()
                if i["type"] in TUNNELS
            ),
            "ovs bridges": {
                b["name"]: {"datapath_type": b["datapath_type"]}
                for b in ovsdb.table(self.folder, self.name, "Bridge")
            },
            "ovs ports": self.ovs_ports(),
            "linux bridges": self.linux_bridges(),
            "vxlan links": sorted(
                n for n, x in self.links.items() if x.get("linkinfo", {}).get("info_kind") == "vxlan"
            ),
            "namespaces": self.namespaces(),
            "ha states": self.ha_states(),
            "dhcp servers": sorted(re.findall(r"dnsmasq .*?/dhcp/([^/]+)/pid", self.text("ps-net.txt"))),
            "domains": self.domains(),
        }

    def addresses(self, device):
        return [a["local"] for a in self.links.get(device, {}).get("addr_info", [])]

    def nics(self):
        neighbours = {}
        entries = (self.json("lldpctl.json") or {"lldp": {}})["lldp"].get("interface", [])
        for entry in ovsdb.members(entries):
            for nic, v in entry.items():
                seen_port = ovsdb.members(v["port"])[0]["id"]["value"]
                neighbours.setdefault(nic, []).append([next(iter(v["chassis"])), seen_port])
        return {
            name: {"mac": link["address"], "neighbours": neighbours.get(name, [])}
            for name, link in self.links.items()
            if re.fullmatch(r"eth\d+", name)
        }

    def ovs_ports(self):
        bridge_of = {
            port: b["name"]
            for b in ovsdb.table(self.folder, self.name, "Bridge")
            for port in ovsdb.members(b["ports"])
        }
        found = {}
        for p in ovsdb.table(self.folder, self.name, "Port"):
            members = [self.interfaces[uuid] for uuid in ovsdb.members(p["interfaces"])]
            bridge = bridge_of[p["_uuid"]]
            patch = self.virtual_switch == "ovn" and members[0]["type"] == "patch"
            if p["name"] == bridge or patch:
                continue
            tag = p["tag"] if isinstance(p["tag"], int) else None
            bond = {"bond": p["name"], "bond_mode": p["bond_mode"]} if len(members) > 1 else {}
            for i in members:
                seen = {"bridge": bridge, "tag": tag, "port_id": i["external_ids"].get("iface-id")}
                found[i["name"]] = seen | bond
        return found

    def ha_states(self):
        """Of each HA router what its files say: whether it is the primary here."""
        words = {"primary": "active", "backup": "standby"}
        found = re.findall(r"ha_confs/([^/]+)/state:(\w+)", self.text("ha-states.txt"))
        return {router: words[state] for router, state in found}

    def linux_bridges(self):
        found, members = {}, []
        for line in self.text("brctl-show.txt").splitlines()[1:]:
            words = line.split()
            if not line.startswith("\t"):
                members = found[words[0]] = []
                words = words[3:]
            members += words
        return {bridge: sorted(names) for bridge, names in found.items()}

    def namespaces(self):
        found = {}
        for line in self.text("ip-netns-list.txt").splitlines():
            name = line.split()[0]
            found[name] = {
                x["ifname"]: sorted(
                    a["local"]
                    for a in x["addr_info"]
                    if a["scope"] == "global" and a["local"] != "169.254.169.254"  # the metadata service
                )
                for x in self.json(f"ns/{name}/ip-j-d-addr.json")
                if x["ifname"] != "lo"
            }
        return found

    def domains(self):
        found = {}
        for path in (self.folder / "hosts" / self.name).glob("virsh-dumpxml-*.xml"):
            xml = ET.parse(path)  # noqa: S314 - our own libvirt wrote it
            interfaces = {
                i.find("target").get("dev"): i.find("mac").get("address")
                for i in xml.findall("devices/interface")
            }
            found[xml.findtext("uuid")] = {"name": xml.findtext("name"), "interfaces": interfaces}
        return found


def expected(truth, host):
    row = truth["hosts"][host]
    bridged = [n for n in truth["networks"].values() if host in n["hosts"] and not row["ovs_bridges"]]
    peers = [
        [peer["port"], tunnel["type"], peer["remote_ip"]]
        for tunnel in row["tunnels"]
        for peer in tunnel["peers"].values()
        if peer["port"]
    ]
    veths = row.get("veths", {})
    return {
        "nics": {
            nic: {"mac": n["mac"], "neighbours": [[n["switch"], n["switch_port"]]]}
            for nic, n in row["nics"].items()
        },
        "tunnel ip": row["tunnel"]["ip"] if row["tunnel"] else None,
        "tunnel peers": sorted(peers),
        "ovs bridges": {b: {"datapath_type": x["datapath_type"]} for b, x in row["ovs_bridges"].items()},
        "ovs ports": row["ovs_ports"],
        "linux bridges": row["linux_bridges"],
        "vxlan links": sorted(n["vxlan_device"] for n in bridged if n.get("vxlan_device")),
        "namespaces": {name: devices | veths.get(name, {}) for name, devices in row["namespaces"].items()},
        "ha states": {
            key: router["ha_state"][host]
            for key, router in truth["routers"].items()
            if host in router.get("ha_state", {})
        },
        "dhcp servers": sorted(d["network_id"] for d in truth["dhcp"] if d["host"] == host),
        "domains": row["domains"],
    }


def differences(where, want, got):
    """Yields None for each fact that is as it should be, else a line that tells what is not."""
    if not (isinstance(want, dict) and isinstance(got, dict)):
        yield None if want == got else f"WRONG {where}: should be {want}, is {got}"
        return
    for key in sorted(want.keys() | got.keys()):
        if key not in got:
            yield f"MISSING {where}: {key} {want[key]}"
        elif key not in want:
            yield f"EXTRA {where}: {key} {got[key]}"
        else:
            yield from differences(f"{where}: {key}", want[key], got[key])


def tag_faults(truth):
    """A host's agent gives each network one tag of its own; a port without it is cut off."""
    given = {}
    for network_id, n in truth["networks"].items():
        for host, tag in n.get("local_vlan_by_host", {}).items():
            if tag is None or (host, tag) in given:
                yield f"WRONG {host}: network {network_id} has tag {tag}, as has {given.get((host, tag))}"
            given[host, tag] = network_id


def main():
    folder = Path(sys.argv[1])
    truth = json.loads((folder / "truth.json").read_text())
    hosts = json.loads((folder / "site.json").read_text())["hosts"]
    found = []
    for name, row in truth["hosts"].items():
        host = Host(folder, name, hosts[name]["virtual_switch"])
        found += differences(name, expected(truth, name), host.seen(row["tunnel"]))
    found += [
        None if a["alive"] else f"WRONG {a['host']}: {a['binary']} is not alive" for a in truth["agents"]
    ]
    found += tag_faults(truth)
    faults = [line for line in found if line]
    print(f"check: {len(found) - len(faults)} facts are so on the hosts, {len(faults)} are not")
    for line in faults:
        print(" ", line)
    sys.exit(bool(faults))


main()
