"""truth.json: what is known from how the lab was made and from OpenStack's own records.

Sources: the lab's construction (DIR/site.json); the raw API bodies under DIR/api; the naming rules of
neutron, os-vif and OVN (tap/qbr/qvb/qvo + 11 characters of the port id...); and, only for the local VLAN
tags, which the agent chooses at run time, the OVSDB of the host. README.md describes the document.
usage: truth.py DIR
"""

import json
import sys
from pathlib import Path

import ovsdb

PURPOSE = {"eth0": "management", "eth1": "underlay", "eth2": "provider", "mgmt0": "management"}
TUNNEL = {  # type, device that bears the address, bridge of the tunnel ports
    "ovs-vxlan": ("vxlan", "br-vxlan", "br-tun"),
    "lxb-vxlan": ("vxlan", "eth1", None),
    "ovn-geneve": ("geneve", "br-vxlan", "br-int"),
}
RUNNING, PAUSED = 1, 3  # Nova's power states in which a domain, and so its tap, exists


class Truth:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.site = json.loads((self.folder / "site.json").read_text())
        self.variant = self.site["variant"]
        self.ovn, self.lxb = self.variant == "ovn-geneve", self.variant == "lxb-vxlan"
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

    def api(self, name, key):
        return json.loads((self.folder / "api" / f"{name}.json").read_text())[key]

    def with_role(self, *roles):
        return [h for h, row in self.site["hosts"].items() if row["role"] in roles]

    def document(self):
        instances, routers, dhcp, metadata = self.instances(), self.routers(), self.dhcp(), self.metadata()
        here = {h: [] for h in self.site["hosts"]}  # every port's row, by the hosts that it is plugged into
        for instance in instances.values():
            for row in instance["vnics"]:
                if "tap" in row:
                    here[instance["host"]].append(row)
        for router in routers.values():
            for host in router["hosts"]:
                here[host] += [row for row in router["interfaces"] if row["device"]]
        for row in dhcp + metadata:
            here[row["host"]].append(row)
        networks = self.network_rows(here)
        return {
            "variant": self.variant,
            "region": self.site["region"],
            "projects": self.projects,
            "hosts": {h: self.host(h, here[h], instances, networks, routers) for h in self.os_hosts},
            "switches": self.switches(),
            "instances": instances,
            "networks": networks,
            "routers": routers,
            "dhcp": dhcp,
            "metadata": metadata,
            "floating_ips": {
                f["id"]: {
                    "floating_ip": f["floating_ip_address"],
                    "fixed_ip": f["fixed_ip_address"],
                    "port_id": f["port_id"],
                    "router_id": f["router_id"],
                }
                for f in self.floating
            },
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

    def plugged(self, p, host, device, running=True):
        """What holds a port's device on its host: a Linux bridge, br-int, or one after the other."""
        short = p["id"][:11]
        if p["binding:vif_type"] == "bridge":
            return {"bridge": f"brq{p['network_id'][:11]}", "bridge_members": [f"tap{short}"], "vedge": None}
        row = {"bridge": None, "vedge": "br-int", "vedge_port": device}
        if p["device_owner"].startswith("compute:") and p["binding:vif_details"].get("ovs_hybrid_plug"):
            members = [f"qvb{short}", device] if running else [f"qvb{short}"]
            row |= {"bridge": f"qbr{short}", "bridge_members": members, "vedge_port": f"qvo{short}"}
            row |= {"qvb": f"qvb{short}", "qvo": f"qvo{short}"}
        return row | {"local_vlan": self.tags[host].get(row["vedge_port"])}

    def instances(self):
        found = {}
        for s in self.api("nova-servers-detail", "servers"):
            host, running = s["OS-EXT-SRV-ATTR:host"], s["OS-EXT-STS:power_state"] in (RUNNING, PAUSED)
            vnics = []
            for p in self.ports:
                if p["device_id"] == s["id"]:
                    row = self.port(p)
                    if host and p["binding:host_id"] == host and p["binding:vif_type"] in ("ovs", "bridge"):
                        tap = f"tap{p['id'][:11]}"
                        row |= {"tap": tap, **self.plugged(p, host, tap, running)}
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

    def routers(self):
        found = {}
        for r in self.api("neutron-routers", "routers"):
            ports = [
                p
                for p in self.ports
                if p["device_id"] == r["id"] and p["device_owner"].startswith("network:router")
            ]
            if self.ovn:  # the gateway chassis
                gateways = [p for p in ports if p["device_owner"] == "network:router_gateway"]
                on = sorted({p["binding:host_id"] for p in gateways if p["binding:host_id"]})
            else:
                on = sorted(a["host"] for a in self.api(f"neutron-l3-agents-{r['id']}", "agents"))
            gateway = r["external_gateway_info"]
            found[r["id"]] = {
                "name": r["name"],
                "project": self.projects.get(r["project_id"]),
                "project_id": r["project_id"],
                "hosts": on,
                "namespace": None if self.ovn or not (on and r["admin_state_up"]) else f"qrouter-{r['id']}",
                "external_network": self.networks[gateway["network_id"]]["name"] if gateway else None,
                "external_network_id": gateway["network_id"] if gateway else None,
                "interfaces": [self.router_interface(p, on) for p in ports],
            }
        return found

    def router_interface(self, p, hosts):
        gateway = p["device_owner"] == "network:router_gateway"
        row = self.port(p) | {"kind": "gateway" if gateway else "interface", "device": None}
        if hosts and not self.ovn:
            device = ("qg-" if gateway else "qr-") + p["id"][:11]
            row |= {"device": device, **self.plugged(p, hosts[0], device)}
        if gateway:
            row["floating_ips"] = sorted(
                f["floating_ip_address"] for f in self.floating if f["router_id"] == p["device_id"]
            )
        return row

    def dhcp(self):
        rows = []
        for p in self.ports:
            host = p["binding:host_id"]
            if p["device_owner"] == "network:dhcp" and p["device_id"].startswith("dhcp") and host:
                device = ("ns-" if self.lxb else "tap") + p["id"][:11]
                place = {"host": host, "namespace": f"qdhcp-{p['network_id']}", "device": device}
                rows.append(self.port(p) | place | self.plugged(p, host, device))
        return rows

    def metadata(self):
        """OVN only: on each host a namespace for each network that an instance of the host is on."""
        rows = []
        for p in self.ports:
            if p["device_owner"] == "network:distributed" and p["device_id"].startswith("ovnmeta-"):
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
                    rows.append(self.port(p) | place | self.plugged(p, host, f"tap{short}0"))
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
            if self.variant == "ovs-vxlan":  # the tag that each host's agent gave this network
                row["local_vlan_by_host"] = {
                    h: r["local_vlan"]
                    for h, rows in here.items()
                    for r in rows
                    if r["network_id"] == n["id"]
                    and r["admin_state_up"]  # one switched off has none, or 4095
                }
            if self.lxb:  # one bridge a network on each of its hosts, a vxlan link for a tenant network
                row["bridge"] = f"brq{n['id'][:11]}"
                row["vxlan_device"] = f"vxlan-{row['segmentation_id']}" if row["type"] == "vxlan" else None
            found[n["id"]] = row
        return found

    def nics(self, host):
        return {
            c["nic"]: {
                "mac": c["mac"],
                "purpose": PURPOSE[c["nic"]],
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

    def host(self, name, rows, instances, networks, routers):
        site, nics = self.site["hosts"][name], self.nics(name)
        row = {
            "roles": [site["role"]],
            "management_ip": site["management_ip"],
            "nics": nics,
            "agents": sorted(a["binary"] for a in self.agents if a["host"] == name),
            "bridge_mappings": {"physnet1": "eth2" if self.lxb else "br-ex"} if "eth2" in nics else {},
            "tunnel": self.tunnel(name),
            "ovs_bridges": {},
            "ovs_ports": {},
            "linux_bridges": self.linux_bridges(name, rows, networks),
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
        if row["tunnel"] and not self.lxb:
            self.add_ovs(row, rows)
        for router in routers.values():  # one without interfaces has its namespace too
            if router["namespace"] and name in router["hosts"]:
                row["namespaces"][router["namespace"]] = {
                    i["device"]: sorted(i["fixed_ips"] + i.get("floating_ips", []))
                    for i in router["interfaces"]
                }
        for r in rows:
            if "namespace" in r:
                row["namespaces"].setdefault(r["namespace"], {})[r["device"]] = sorted(r["fixed_ips"])
        return row

    def tunnel(self, host):
        if host not in self.tunnel_hosts:
            return None
        kind, device, bridge = TUNNEL[self.variant]
        peers = {}
        for other in self.tunnel_hosts:
            if other != host:
                address = self.site["hosts"][other]["tunnel_ip"]
                port = {
                    "ovs-vxlan": "vxlan-" + "".join(f"{int(byte):02x}" for byte in address.split(".")),
                    "lxb-vxlan": None,
                    "ovn-geneve": f"ovn-{other[:6]}-0",
                }[self.variant]
                peers[other] = {"remote_ip": address, "port": port}
        address = self.site["hosts"][host]["tunnel_ip"]
        return {
            "ip": address,
            "device": device,
            "nic": "eth1",
            "type": kind,
            "bridge": bridge,
            "peers": peers,
        }

    def add_ovs(self, row, rows):
        """The bridges and ports that the lab and the agents make, then the ports of networks."""
        made = [("br-vxlan", "eth1"), *(("br-ex", "eth2") for _mapping in row["bridge_mappings"])]
        made += [(row["tunnel"]["bridge"], peer["port"]) for peer in row["tunnel"]["peers"].values()]
        if self.variant == "ovs-vxlan":
            made += [("br-int", "patch-tun"), ("br-tun", "patch-int")]
            if row["bridge_mappings"]:
                made += [("br-int", "int-br-ex"), ("br-ex", "phy-br-ex")]
        for bridge, port in [("br-int", None), *made]:
            entry = row["ovs_bridges"].setdefault(bridge, {"datapath_type": "netdev", "nics": []})
            if port in row["nics"]:
                entry["nics"].append(port)
            if port:
                row["ovs_ports"][port] = {"bridge": bridge, "tag": None, "port_id": None}
        for r in rows:
            row["ovs_ports"][r["vedge_port"]] = {
                "bridge": "br-int",
                "tag": r["local_vlan"],
                "port_id": r["port_id"],
            }

    def linux_bridges(self, host, rows, networks):
        found = {}
        for r in rows:
            if r["bridge"]:
                found.setdefault(r["bridge"], []).extend(r["bridge_members"])
        if self.lxb:
            for n in networks.values():
                if host in n["hosts"]:
                    found[n["bridge"]].append(n["vxlan_device"] or "eth2")
        return {bridge: sorted(names) for bridge, names in found.items()}


def main():
    truth = Truth(sys.argv[1])
    document = truth.document()
    (truth.folder / "truth.json").write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")
    print(
        "truth:", ", ".join(f"{len(document[k])} {k}" for k in ("instances", "networks", "routers", "dhcp"))
    )


main()
