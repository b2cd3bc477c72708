"""Tunnels, bridges and ports of the hosts' virtual switches: what the lab makes, and what agents do."""

import json

TUNNEL = {  # by virtual switch: the device that bears the address, the bridge of the tunnel ports
    "ovs": ("br-vxlan", "br-tun"),
    "lxb": ("eth1", None),
    "ovn": ("br-vxlan", "br-int"),
}


class Devices:
    def __init__(self, truth):
        self.truth = truth

    def tunnels(self, host, networks):
        if host not in self.truth.tunnel_hosts:
            return []
        device, bridge = TUNNEL[self.truth.switch[host]]
        return [
            {
                "ip": self.truth.site["hosts"][host]["tunnel_ip"],
                "device": device,
                "nic": "eth1",
                "type": kind,
                "bridge": bridge,
                "peers": self.peers(host, kind, networks),
                **({"forwarding": self.forwarding(host)} if self.truth.switch[host] == "lxb" else {}),
            }
            for kind in self.truth.site["tunnel_types"]
        ]

    def peers(self, host, kind, networks):
        """The other ends. With l2population Open vSwitch has tunnels only to hosts that share a network."""
        found = {}
        for other in self.truth.tunnel_hosts:
            shared = any(n["type"] == kind and {host, other} <= set(n["hosts"]) for n in networks.values())
            if other != host and (
                shared or self.truth.switch[host] != "ovs" or not self.truth.site["l2_population"]
            ):
                address = self.truth.site["hosts"][other]["tunnel_ip"]
                port = {
                    "ovs": f"{kind}-" + "".join(f"{int(byte):02x}" for byte in address.split(".")),
                    "lxb": None,
                    "ovn": f"ovn-{other[:6]}-0",
                }[self.truth.switch[host]]
                found[other] = {"remote_ip": address, "port": port}
        return found

    def forwarding(self, host):
        """Where each VXLAN device is told to send, which the agents choose at run time."""
        found = {}
        for entry in json.loads((self.truth.folder / "hosts" / host / "bridge-j-fdb.json").read_text()):
            if entry.get("dst") and entry["state"] == "permanent":
                found.setdefault(entry["ifname"], set()).add(entry["dst"])
        return {device: sorted(peers) for device, peers in sorted(found.items())}

    def made(self, host, tunnels):
        """The bridges and ports that the lab and the agents make."""
        yield from [("br-int", None), ("br-vxlan", "eth1")]
        for _network, bridge, nics in self.truth.providers(host):
            yield from ((bridge, nic) for nic in nics)
            if self.truth.switch[host] == "ovs":
                yield from [("br-int", f"int-{bridge}"), (bridge, f"phy-{bridge}")]
        for tunnel in tunnels:
            yield from ((tunnel["bridge"], peer["port"]) for peer in tunnel["peers"].values())
        if self.truth.switch[host] == "ovs":
            yield from [("br-int", "patch-tun"), ("br-tun", "patch-int")]

    def ports_of(self, r):
        """The ports of Open vSwitch that a port of Neutron has: name, bridge, tag."""
        inner, outer = r.get("patch_ports", (r["vedge_port"], None))
        yield inner, "br-int", r["local_vlan"]
        if outer:
            yield outer, r["trunk_bridge"], r.get("segmentation_id")
        if "subports" in r:
            yield r["tap"], r["trunk_bridge"], None

    def add_ovs(self, host, row, rows):
        """What the lab and the agents make, then the ports of networks."""
        plugged = [(r["port_id"], *port) for r in rows for port in self.ports_of(r)]
        made = [(None, port, bridge, None) for bridge, port in self.made(host, row["tunnels"])]
        for port_id, port, bridge, tag in made + plugged:
            entry = row["ovs_bridges"].setdefault(bridge, {"datapath_type": "netdev", "nics": []})
            if port in row["nics"]:
                entry["nics"].append(port)
            if port:
                row["ovs_ports"][port] = {"bridge": bridge, "tag": tag, "port_id": port_id}
        for _network, bridge, nics in self.truth.providers(host):
            for nic in nics if len(nics) > 1 else ():
                row["ovs_ports"][nic] |= {"bond": f"bond-{bridge}", "bond_mode": "active-backup"}

    def linux_bridges(self, host, rows, networks):
        found = {}
        for r in rows:
            if r["bridge"]:
                found.setdefault(r["bridge"], []).extend(r["bridge_members"])
        if self.truth.switch[host] == "lxb":
            mapped = {network: device for network, device, _nics in self.truth.providers(host)}
            for n in networks.values():
                if host in n["hosts"]:
                    found[n["bridge"]].append(n["vxlan_device"] or mapped[n["physical_network"]])
        return {bridge: sorted(names) for bridge, names in found.items()}
