"""truth.json: what is known from how the lab was made and from OpenStack's own records.

Sources: the lab's construction (DIR/site.json); the raw API bodies under DIR/api; the naming rules of
neutron, os-vif and OVN (tap/qbr/qvb/qvo + 11 characters of the port id...); and, for what agents choose at
run time, the host: its OVSDB for the local VLAN tags, its forwarding table for the peers of VXLAN devices.
README.md describes the document.
usage: truth.py DIR
"""

import json
import sys
from pathlib import Path

import ovsdb
from truth_devices import Devices
from truth_routers import Routers

PURPOSE = {"eth0": "management", "eth1": "underlay", "mgmt0": "management"}  # all others: provider
PATCH_NAME = 15  # letters of the name of a trunk's patch port, 14 of its bridge's
RUNNING, PAUSED = 1, 3  # Nova's power states in which a domain, and so its tap, exists


class Truth:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.site = json.loads((self.folder / "site.json").read_text())
        self.switch = {name: host["virtual_switch"] for name, host in self.site["hosts"].items()}
        self.ovn = "ovn" in self.switch.values()
        self.os_hosts = self.with_role("controller", "network", "compute")
        self.tunnel_hosts = self.with_role("network", "compute")
        self.projects = {p["id"]: p["name"] for p in self.api("keystone-projects", "projects")}
        self.networks = {n["id"]: n for n in self.api("neutron-networks", "networks")}
        self.subnets = self.api("neutron-subnets", "subnets")
        self.ports = sorted(self.api("neutron-ports", "ports"), key=lambda p: p["id"])
        self.floating = self.api("neutron-floatingips", "floatingips")
        self.agents = sorted(self.api("neutron-agents", "agents"), key=lambda a: (a["host"], a["binary"]))
        self.tags = {
            h: {p["name"]: p["tag"] for p in ovsdb.table(self.folder, h, "Port") if isinstance(p["tag"], int)}
            for h in self.tunnel_hosts
        }
        trunks = self.folder / "api/neutron-trunks.json"
        self.trunks = self.api("neutron-trunks", "trunks") if trunks.exists() else []
        self.routers = Routers(self)
        self.devices = Devices(self)

    def text(self, host, file):
        """What a command printed on a host."""
        return (self.folder / "hosts" / host / file).read_text()

    def database(self, name):
        """The rows of a table; none where it was empty."""
        path = self.folder / "db" / f"{name}.json"
        return json.loads(path.read_text()) if path.exists() else []

    def api(self, name, key):
        return json.loads((self.folder / "api" / f"{name}.json").read_text())[key]

    def with_role(self, *roles):
        return [h for h, row in self.site["hosts"].items() if row["role"] in roles]

    def document(self):
        instances, dhcp, metadata = self.instances(), self.dhcp(), self.metadata()
        routers, fip = self.routers.rows(), self.routers.floating_gateways()
        here = {h: [] for h in self.site["hosts"]}  # every port's row, by the hosts that it is plugged into
        for instance in instances.values():
            for row in instance["vnics"]:
                if "tap" in row:
                    here[instance["host"]] += [row, *row.get("subports", ())]
        for router in routers.values():
            for row in router["interfaces"]:
                for host, place in row.get("places", {}).items():
                    here[host].append(row | place)
        for row in dhcp + metadata + fip:
            here[row["host"]].append(row)
        networks = self.network_rows(here)
        return {
            "variant": self.site["variant"],
            "region": self.site["region"],
            "projects": self.projects,
            "hosts": {h: self.host(h, here[h], instances, networks, routers) for h in self.os_hosts},
            "switches": self.switches(),
            "instances": instances,
            "networks": networks,
            "routers": routers,
            "dhcp": dhcp,
            "metadata": metadata,
            "fip": fip,
            "trunks": {
                t["id"]: {
                    "name": t["name"],
                    "project_id": t["project_id"],
                    "port_id": t["port_id"],
                    "sub_ports": {s["port_id"]: s["segmentation_id"] for s in t["sub_ports"]},
                }
                for t in self.trunks
            },
            "floating_ips": {f["id"]: self.floating_ip(f) for f in self.floating},
            "aggregates": {
                str(a["id"]): {
                    "name": a["name"],
                    "availability_zone": a["availability_zone"],
                    "hosts": a["hosts"],
                }
                for a in self.api("nova-aggregates", "aggregates")
            },
            "agents": [
                {
                    "id": a["id"],
                    "binary": a["binary"],
                    "type": a["agent_type"],
                    "host": a["host"],
                    "alive": a["alive"],
                }
                for a in self.agents
            ],
        }

    def port(self, p):
        return {
            "port_id": p["id"],
            "mac": p["mac_address"],
            "network_id": p["network_id"],
            "network": self.networks[p["network_id"]]["name"],
            "fixed_ips": [f["ip_address"] for f in p["fixed_ips"]],
            "subnet_ids": [f["subnet_id"] for f in p["fixed_ips"]],
            "status": p["status"],
            "admin_state_up": p["admin_state_up"],
            "vif_type": p["binding:vif_type"],
            "security_groups": p["security_groups"],
        }

    def floating_ip(self, f):
        row = {
            "floating_ip": f["floating_ip_address"],
            "fixed_ip": f["fixed_ip_address"],
            "port_id": f["port_id"],
            "router_id": f["router_id"],
        }
        rules = ("protocol", "external_port", "internal_ip_address", "internal_port")
        forwarded = [{name: rule[name] for name in rules} for rule in f.get("port_forwardings", ())]
        return row | ({"port_forwardings": forwarded} if forwarded else {})

    def plugged(self, p, host, device, running=True):
        """What holds a port's device on its host: a Linux bridge, br-int, or one after the other."""
        short = p["id"][:11]
        if p["binding:vif_type"] == "bridge":
            members = [f"tap{short}"] if running else []
            return {"bridge": f"brq{p['network_id'][:11]}", "bridge_members": members, "vedge": None}
        row = {"bridge": None, "vedge": "br-int", "vedge_port": device}
        if p["device_owner"].startswith("compute:") and p["binding:vif_details"].get("ovs_hybrid_plug"):
            members = [f"qvb{short}", device] if running else [f"qvb{short}"]
            row |= {"bridge": f"qbr{short}", "bridge_members": members, "vedge_port": f"qvo{short}"}
            row |= {"qvb": f"qvb{short}", "qvo": f"qvo{short}"}
        return row | {"local_vlan": self.tags[host].get(row["vedge_port"])}

    def trunk(self, p, host, tap):
        """How the parent port of a trunk is plugged, and what its subports are; nothing of any other port."""
        trunk = next((t for t in self.trunks if t["port_id"] == p["id"]), None)
        if trunk is None:
            return {}
        bridge, ports = f"tbr-{trunk['id']}"[: PATCH_NAME - 1], {q["id"]: q for q in self.ports}
        subports = [
            self.port(ports[s["port_id"]])
            | {"segmentation_id": s["segmentation_id"]}
            | self.patched("sp", ports[s["port_id"]], host, bridge)
            for s in sorted(trunk["sub_ports"], key=lambda s: s["segmentation_id"])
        ]
        row = self.patched("tp", p, host, bridge)
        return row | {"vedge_port": tap, "trunk_id": trunk["id"], "subports": subports}

    def patched(self, prefix, p, host, bridge):
        """The patch ports in br-int and in the trunk's bridge that join a port of a trunk to its network."""
        inner, outer = (f"{prefix}{end}-{p['id']}"[:PATCH_NAME] for end in "it")
        return {
            "bridge": None,
            "vedge": "br-int",
            "vedge_port": inner,
            "local_vlan": self.tags[host].get(inner),
            "trunk_bridge": bridge,
            "patch_ports": [inner, outer],
        }

    def instances(self):
        found = {}
        for s in self.api("nova-servers-detail", "servers"):
            host, running = s["OS-EXT-SRV-ATTR:host"], s["OS-EXT-STS:power_state"] in (RUNNING, PAUSED)
            vnics = []
            for p in self.ports:
                if p["device_id"] == s["id"] and p["device_owner"].startswith("compute:"):
                    row = self.port(p)
                    if host and p["binding:host_id"] == host and p["binding:vif_type"] in ("ovs", "bridge"):
                        tap = f"tap{p['id'][:11]}"
                        row |= {"tap": tap, **self.plugged(p, host, tap, running), **self.trunk(p, host, tap)}
                    vnics.append(row)
            found[s["id"]] = {
                "name": s["name"],
                "project": self.projects[s["tenant_id"]],
                "project_id": s["tenant_id"],
                "host": host,
                "libvirt_name": s["OS-EXT-SRV-ATTR:instance_name"],
                "state": s["status"],
                "running": running,
                "availability_zone": s["OS-EXT-AZ:availability_zone"],
                "vnics": vnics,
            }
        return found

    def dhcp(self):
        rows = []
        for p in self.ports:
            host = p["binding:host_id"]
            if p["device_owner"] == "network:dhcp" and p["device_id"].startswith("dhcp") and host:
                device = ("ns-" if self.switch[host] == "lxb" else "tap") + p["id"][:11]
                place = {"host": host, "namespace": f"qdhcp-{p['network_id']}", "device": device}
                rows.append(self.port(p) | place | self.plugged(p, host, device))
        return rows

    def metadata(self):
        """OVN only: on each host a namespace for each network with DHCP that an instance of the host is on.

        The agent gives its device the port's IPv4 addresses, and makes nothing of a port without any.
        """
        rows = []
        for p in self.ports:
            row = self.port(p)
            row["fixed_ips"] = [address for address in row["fixed_ips"] if ":" not in address]
            if p["device_id"].startswith("ovnmeta-") and row["fixed_ips"]:
                short = p["network_id"][:10]
                users = {
                    q["binding:host_id"]
                    for q in self.ports
                    if q["network_id"] == p["network_id"] and q["device_owner"].startswith("compute:")
                }
                for host in sorted(users - {""}):
                    place = {
                        "host": host,
                        "namespace": f"ovnmeta-{p['network_id']}",
                        "device": f"tap{short}1",
                    }
                    rows.append(row | place | self.plugged(p, host, f"tap{short}0"))
        return rows

    def network_rows(self, here):
        found = {}
        for n in self.networks.values():
            row = {
                "name": n["name"],
                "project": self.projects.get(n["project_id"]),
                "project_id": n["project_id"],
                "type": n["provider:network_type"],
                "segmentation_id": n["provider:segmentation_id"],
                "physical_network": n["provider:physical_network"],
                "external": n["router:external"],
                "shared": n["shared"],
                "mtu": n["mtu"],
                "subnets": {
                    s["id"]: {
                        "name": s["name"],
                        "cidr": s["cidr"],
                        "gateway_ip": s["gateway_ip"],
                        "dhcp": s["enable_dhcp"],
                    }
                    for s in self.subnets
                    if s["network_id"] == n["id"]
                },
                "port_ids": [p["id"] for p in self.ports if p["network_id"] == n["id"]],
                # where it is present: on the hosts that one of its ports is plugged into
                "hosts": sorted(
                    h for h, rows in here.items() if any(r["network_id"] == n["id"] for r in rows)
                ),
            }
            if "ovs" in self.switch.values():  # the tag that each host's agent gave this network
                row["local_vlan_by_host"] = {
                    h: r["local_vlan"]
                    for h, rows in here.items()
                    for r in rows
                    if r["network_id"] == n["id"]
                    and self.switch[h] == "ovs"
                    and r["admin_state_up"]  # one switched off has none, or 4095
                }
            if (
                "lxb" in self.switch.values()
            ):  # one bridge a network on each of its hosts, a vxlan link for a tenant network
                row["bridge"] = f"brq{n['id'][:11]}"
                row["vxlan_device"] = f"vxlan-{row['segmentation_id']}" if row["type"] == "vxlan" else None
            found[n["id"]] = row
        return found

    def nics(self, host):
        return {
            c["nic"]: {
                "mac": c["mac"],
                "purpose": PURPOSE.get(c["nic"], "provider"),
                "switch": c["switch"],
                "switch_port": c["port"],
            }
            for c in self.site["cables"]
            if c["host"] == host
        }

    def switches(self):
        found = {
            s: {"management_ip": self.site["hosts"][s]["management_ip"], "ports": {}}
            for s in self.with_role("switch", "edge")
        }
        for c in self.site["cables"]:
            if c["host"] in self.site["hosts"]:  # the management station runs no lldpd
                found[c["switch"]]["ports"][c["port"]] = {"host": c["host"], "nic": c["nic"]}
        return found

    def providers(self, host):
        """The physical networks of a host: name, bridge (or NIC), NICs."""
        role = self.site["hosts"][host]["role"]
        return [
            (p["physical_network"], p["mapped"], p["nics"])
            for p in self.site["providers"]
            if p["role"] == role
        ]

    def host(self, name, rows, instances, networks, routers):
        site, tunnels = self.site["hosts"][name], self.devices.tunnels(name, networks)
        row = {
            "roles": [site["role"]],
            "management_ip": site["management_ip"],
            "nics": self.nics(name),
            "agents": sorted(a["binary"] for a in self.agents if a["host"] == name),
            "bridge_mappings": {network: mapped for network, mapped, _nics in self.providers(name)},
            "tunnel": tunnels[0] if tunnels else None,
            "tunnels": tunnels,
            "ovs_bridges": {},
            "ovs_ports": {},
            "linux_bridges": self.devices.linux_bridges(name, rows, networks),
            "namespaces": {},
            "domains": {
                i: {
                    "name": s["libvirt_name"],
                    "interfaces": {v["tap"]: v["mac"] for v in s["vnics"] if "tap" in v},
                }
                for i, s in instances.items()
                if s["host"] == name
            },
        }
        if self.ovn and site["role"] == "network":
            row["roles"].append("gateway-chassis")
        if tunnels and self.switch[name] != "lxb":
            self.devices.add_ovs(name, row, rows)
        for router in routers.values():  # one without interfaces has its namespace too
            if router["namespace"] and name in router["hosts"]:
                row["namespaces"][router["namespace"]] = {}
        for r in rows:
            if "namespace" in r:
                addresses = sorted(r.get("addresses", r["fixed_ips"]))
                row["namespaces"].setdefault(r["namespace"], {})[r["device"]] = addresses
        if veths := self.routers.veths(name, routers):
            row["veths"] = veths
        return row


def main():
    truth = Truth(sys.argv[1])
    document = truth.document()
    (truth.folder / "truth.json").write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")
    print(
        "truth:", ", ".join(f"{len(document[k])} {k}" for k in ("instances", "networks", "routers", "dhcp"))
    )


main()
