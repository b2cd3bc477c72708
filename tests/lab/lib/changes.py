"""What is different between two recordings of the lab, in Calipso's words, told without Calipso.

Sources: the raw API bodies, what ip, brctl, ps, ovs-vsctl and virsh printed, and truth.json, in two folders
of `record`. Prints one JSON document:

    objects   moved, removed, added, changed: type, id, and name where OpenStack gives one; `from` and `to`,
              the hosts of one that moved; `attributes` of those that moved or changed
    links     removed, added, changed: link_type, source_id, target_id; `attributes` of those that changed

`attributes` are by path, the parts of mappings joined by dots: `before` and `after`, one of which is missing
where that state has no such part. What is told elsewhere is not repeated: names beside ids, an instance's
ports, the path in the tree, health; nor what agents count among their configurations. What the change must
not touch is compared too: if it differs, the program fails.
usage: changes.py BEFORE AFTER
"""

import json
import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import ovsdb

UNTOUCHED = ("projects", "region", "agents", "aggregates", "switches", "floating_ips", "dhcp", "metadata")
UNTOUCHED_ROWS = (
    "neutron-networks",
    "neutron-subnets",
    "neutron-routers",
    "nova-services",
    "nova-aggregates",
)
CLOCKS = {"updated_at", "revision_number"}
PORT = (
    *("network_id", "device_id", "device_owner", "mac_address", "fixed_ips", "project_id", "binding:host_id"),
    *("binding:vif_type", "binding:vnic_type", "binding:vif_details", "port_security_enabled"),
    *("security_groups", "allowed_address_pairs", "status", "admin_state_up"),
)
SERVER = {
    "host": "OS-EXT-SRV-ATTR:host",
    "local_name": "OS-EXT-SRV-ATTR:instance_name",
    "availability_zone": "OS-EXT-AZ:availability_zone",
    "project_id": "tenant_id",
    "state": "status",
    "power_state": "OS-EXT-STS:power_state",
    "task_state": "OS-EXT-STS:task_state",
    "created": "created",
}
METADATA = "169.254.169.254"


class State:
    """The objects that can change and the links that can, by id, as a recording shows them."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.truth = json.loads((self.folder / "truth.json").read_text())
        self.ports = {p["id"]: p for p in self.rows("neutron-ports")}
        self.objects, self.links = {}, {}
        self.cloud()
        for name in self.truth["hosts"]:
            self.host(name)

    def rows(self, name):
        """The one list in a response's body."""
        body = json.loads((self.folder / "api" / f"{name}.json").read_text())
        return next(value for value in body.values() if isinstance(value, list))

    def untouched(self):
        rows = {
            name: [{k: v for k, v in row.items() if k not in CLOCKS} for row in self.rows(name)]
            for name in UNTOUCHED_ROWS
        }
        nics = {name: host["nics"] for name, host in self.truth["hosts"].items()}
        return {**{key: self.truth[key] for key in UNTOUCHED}, **rows, "nics": nics}

    def add(self, kind, key, name=None, **attributes):
        named = {"name": name} if name else {}
        self.objects[key] = {"type": kind, "id": key, **named, "attributes": attributes}

    def link(self, kind, source, target, *networks):
        told = {"network": networks[0]} if len(networks) == 1 else {"networks": sorted(networks)}
        row = {"link_type": kind, "source_id": source, "target_id": target}
        self.links[kind, source, target] = row | {"attributes": {"attributes": told}}

    def cloud(self):
        for key, row in self.ports.items():
            addresses = [ip["ip_address"] for ip in row["fixed_ips"]]
            self.add("port", key, row["name"], addresses=addresses, **{name: row[name] for name in PORT})
        floating = {f["port_id"]: f["floating_ip_address"] for f in self.rows("neutron-floatingips")}
        for row in self.rows("nova-servers-detail"):
            ports = [p for p in self.ports.values() if p["device_id"] == row["id"]]
            addresses = [ip for p in ports for ip in (*fixed(p), floating.get(p["id"])) if ip]
            macs = [p["mac_address"] for p in ports]
            self.add(
                "instance",
                row["id"],
                row["name"],
                addresses=addresses,
                mac_address=macs[0],
                mac_addresses=macs,
                network=sorted({p["network_id"] for p in ports}),
                **{name: row[source] for name, source in SERVER.items()},
            )

    def text(self, host, file):
        return (self.folder / "hosts" / host / file).read_text()

    def host(self, name):
        devices = {d["ifname"]: d for d in json.loads(self.text(name, "ip-j-d-addr.json"))}
        plugged = self.switch(name) if self.truth["hosts"][name]["ovs_bridges"] else {}
        for namespace in self.truth["hosts"][name]["namespaces"]:
            self.service(name, namespace, plugged)
        taps = self.domains(name)
        self.bridges(name, devices, taps, plugged)

    def switch(self, host):
        """The vedge of a host, and the hops below it; returns the network of each of its ports."""
        interfaces = {i["name"]: i for i in ovsdb.table(self.folder, host, "Interface")}
        bridges = ovsdb.table(self.folder, host, "Bridge")
        bridge_of = {uuid: b["name"] for b in bridges for uuid in ovsdb.members(b["ports"])}
        ports = {}
        for row in ovsdb.table(self.folder, host, "Port"):
            interface = interfaces[row["name"]]
            ports[row["name"]] = {
                "id": interface["ofport"],
                "bridge": bridge_of[row["_uuid"]],
                "tag": row["tag"] or None,
                "type": interface["type"] or "system",
                "internal": interface["type"] == "internal",
                "mac_address": interface["mac_in_use"] or None,
                "port": interface["external_ids"].get("iface-id"),
                "peer": interface["options"].get("peer"),
            }
        vedge = f"{host}::ovs"
        self.add("vedge", vedge, ports=ports)
        plugged = {name: self.ports[p["port"]]["network_id"] for name, p in ports.items() if p["port"]}
        self.carried(host, vedge, {n for name, n in plugged.items() if ports[name]["tag"]})
        return plugged

    def carried(self, host, vedge, networks):
        row, told = self.truth["hosts"][host], self.truth["networks"]
        tunnel = row["tunnel"]
        overlay = {n for n in networks if told[n]["type"] == tunnel["type"]}
        below = {tunnel["nic"]: overlay}
        for network in networks - overlay:
            for nic in row["ovs_bridges"][row["bridge_mappings"][told[network]["physical_network"]]]["nics"]:
                below.setdefault(nic, set()).add(network)
        otep = f"{host}::{tunnel['type']}::{tunnel['ip']}"
        self.link("vedge-otep", vedge, otep, *overlay)
        self.link("otep-host_pnic", otep, f"{host}:{tunnel['nic']}", *overlay)
        for nic, carried in below.items():
            self.link("vedge-host_pnic", vedge, f"{host}:{nic}", *carried)
            for network in carried:
                self.link("host_pnic-network", f"{host}:{nic}", network, network)

    def service(self, host, namespace, plugged):
        devices = json.loads(self.text(host, f"ns/{namespace}/ip-j-d-addr.json"))
        routes = [
            {"destination": r["dst"], "gateway": r.get("gateway"), "device": r["dev"]}
            for r in json.loads(self.text(host, f"ns/{namespace}/ip-j-route.json"))
        ]
        owner = namespace.partition("-")[2]
        processes = re.findall(rf"(dnsmasq|haproxy) .*/{owner}[/.]", self.text(host, "ps-net.txt"))
        key, addresses, networks = f"{host}:{namespace}", [], []
        for device in devices:
            if device["ifname"] != "lo":
                vnic, network = f"{key}:{device['ifname']}", plugged[device["ifname"]]
                own = [a["local"] for a in device["addr_info"] if a["scope"] == "global"]
                own = [address for address in own if address != METADATA]
                self.add(
                    "vnic",
                    vnic,
                    mac_address=device["address"],
                    network=network,
                    addresses=own,
                    mtu=device["mtu"],
                )
                self.link("vservice-vnic", key, vnic, network)
                self.link("vnic-vedge", vnic, f"{host}::ovs", network)
                addresses += own
                networks.append(network)
        for network in networks:
            self.add("vservice_ref", f"{network}::{key}")
        self.add(
            "vservice",
            key,
            addresses=addresses,
            network=sorted(networks),
            processes=sorted(set(processes)),
            routes=sorted(routes, key=lambda route: route["destination"]),
        )

    def domains(self, host):
        """The vNICs of the instances of a host; returns the network of each by its device."""
        taps = {}
        for path in sorted((self.folder / "hosts" / host).glob("virsh-dumpxml-*.xml")):
            xml = ET.parse(path)  # noqa: S314 - our own libvirt wrote it
            for interface in xml.findall("devices/interface"):
                mac = interface.find("mac").get("address")
                port = next(p for p in self.ports.values() if p["mac_address"] == mac)
                tap = interface.find("target").get("dev")
                key, taps[tap] = f"{host}:{tap}", port["network_id"]
                self.add(
                    "vnic",
                    key,
                    mac_address=mac,
                    network=port["network_id"],
                    port=port["id"],
                    addresses=fixed(port),
                    source_bridge=interface.find("source").get("bridge"),
                    mtu=int(interface.find("mtu").get("size")),
                )
                self.link("instance-vnic", xml.findtext("uuid"), key, port["network_id"])
        return taps

    def bridges(self, host, devices, taps, plugged):
        ids = {
            line.split()[0]: line.split()[1]
            for line in self.text(host, "brctl-show.txt").splitlines()[1:]
            if not line.startswith("\t")
        }
        for name, bridge_id in ids.items():
            members = [n for n, device in devices.items() if device.get("master") == name]
            key = f"{host}:{name}"
            self.add(
                "vconnector",
                key,
                bridge_id=bridge_id,
                mac_address=devices[name]["address"],
                interfaces={member: devices[member]["address"] for member in members},
                interfaces_names=sorted(members),
            )
            for member in members:
                if member in taps:
                    self.link("vnic-vconnector", f"{host}:{member}", key, taps[member])
                if (peer := devices[member].get("link")) in plugged:
                    self.link("vconnector-vedge", key, f"{host}::ovs", plugged[peer])


def fixed(port):
    return [ip["ip_address"] for ip in port["fixed_ips"]]


def different(path, before, after):
    """Yield path and values of each part of two mappings that differs."""
    for name in sorted(before.keys() | after.keys()):
        here, values = (*path, name), [side[name] for side in (before, after) if name in side]
        if len(values) == 2 and all(isinstance(value, dict) for value in values):
            yield from different(here, *values)
        elif len(values) < 2 or values[0] != values[1]:
            sides = {"before": before, "after": after}
            yield ".".join(here), {when: side[name] for when, side in sides.items() if name in side}


def groups(before, after, moves):
    """What was removed, added, changed and, where `moves`, moved; each in the order of types and ids."""
    found = {"moved": []} if moves else {}
    found |= {"removed": [], "added": [], "changed": []}
    for key, there in sorted((before | after).items(), key=lambda item: list(item[1].values())[:3]):
        row = {name: value for name, value in there.items() if name != "attributes"}
        if key not in after or key not in before:
            found["added" if key in after else "removed"].append(row)
            continue
        attributes = dict(different((), before[key]["attributes"], after[key]["attributes"]))
        if moves and "host" in attributes:
            hosts = attributes.pop("host")
            row |= {"from": hosts["before"], "to": hosts["after"]}
            found["moved"].append(row | {"attributes": attributes})
        elif attributes:
            found["changed"].append(row | {"attributes": attributes})
    return found


def main():
    before, after = map(State, sys.argv[1:])
    touched = dict(different((), before.untouched(), after.untouched()))
    if touched:
        sys.exit(f"more was changed than this program can tell: {json.dumps(touched, indent=1)}")
    told = {
        "objects": groups(before.objects, after.objects, moves=True),
        "links": groups(before.links, after.links, moves=False),
    }
    print(json.dumps(told, indent=1, ensure_ascii=False))


main()
