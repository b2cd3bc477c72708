"""What is true of a cloud, as sets of objects and links: by how it is made and by OpenStack's records.

Every object is known by what it is (a host and a device, a switch and a port).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

Key = tuple[Any, ...]
Sets = dict[str, set[Key]]


class Truth:
    """The truth of a cloud, in the shape of the lab's truth.json."""

    def __init__(self, truth: dict[str, Any]) -> None:
        """Take a truth.json."""
        self.truth = truth
        self.hosts: dict[str, dict[str, Any]] = truth["hosts"]
        self.ports: dict[str, dict[str, Any]] = {}
        for owner in (*truth["instances"].values(), *truth["routers"].values()):
            for port in owner.get("vnics") or owner.get("interfaces") or []:
                self.ports[port["port_id"]] = port
        for port in (*truth["dhcp"], *truth.get("metadata", ()), *truth.get("fip", ())):
            self.ports[port["port_id"]] = port
        self.is_ovn = truth.get("variant") == "ovn-geneve"

    def carried(self, host: str) -> Iterator[tuple[str, str]]:
        """Yield each NIC of a host with each network that it carries."""
        own = self.hosts[host]
        yield from (tuple(pair) for pair in own.get("carried_besides", ()))
        for key, network in self.truth["networks"].items():
            if not self.is_present(host, key):
                continue
            if tunnel := tunnels(own).get(network["type"]):
                yield from ((nic, key) for nic in tunnel_nics(tunnel))
            elif mapped := own["bridge_mappings"].get(network["physical_network"]):
                for nic in own["ovs_bridges"][mapped]["nics"] if own["ovs_bridges"] else [mapped]:
                    yield nic, key

    def is_present(self, host: str, network: str) -> bool:
        """Say whether a host sends and hears the packets of a network.

        It does where it has a port that the agent gave a VLAN, or a bridge. With OVN it also does where
        packets are routed into it: at hosts with a port in a network that routers join it to, and at its
        gateway.
        """
        own = self.truth["networks"][network]
        if "local_vlan_by_host" in own and (self.hosts[host]["ovs_bridges"] or "hosts" not in own):
            return own["local_vlan_by_host"].get(host) is not None
        if host in own["hosts"] or not self.is_ovn:
            return host in own["hosts"]
        routers = [
            {port["network_id"]: port["kind"] for port in router["interfaces"]}
            for router in self.truth["routers"].values()
            if host in router["hosts"]
        ]
        if any(network in joined for joined in routers):
            return True
        return any(host in self.truth["networks"][far]["hosts"] for far in self.joined(network))

    def joined(self, network: str) -> set[str]:
        """Return the networks that routers join a network to inside the cloud, itself included."""
        found, near = set(), {network}
        while near - found:
            found |= near
            for router in self.truth["routers"].values():
                inner = {port["network_id"] for port in router["interfaces"] if port["kind"] == "interface"}
                near |= inner if inner & found else set()
        return found

    def vnics(self) -> Iterator[tuple[str, str | None, str, str | None]]:
        """Yield host, namespace, device, and instance of every vNIC."""
        for name, host in self.hosts.items():
            for instance, domain in host["domains"].items():
                for device in domain["interfaces"]:
                    yield name, None, device, instance
            for namespace, devices in host["namespaces"].items():
                for device in devices:
                    yield name, namespace, device, None

    def sets(self) -> Sets:
        """Return the keys of all objects and links, by type."""
        found: Sets = defaultdict(set)
        truth = self.truth
        found["project"] = {(key,) for key in truth["projects"]}
        found["region"] = {(truth["region"],)}
        found["instance"] = {(key,) for key in truth["instances"]}
        found["network"] = {(key,) for key in truth["networks"]}
        found["port"] = {(key,) for network in truth["networks"].values() for key in network["port_ids"]}
        found["network_agent"] = {(agent["id"],) for agent in truth["agents"]}
        found["aggregate"] = {(aggregate["name"],) for aggregate in truth["aggregates"].values()}
        found["host"] = {(name,) for name in self.hosts}
        for host, namespace, device, instance in self.vnics():
            vnic = (host, namespace, device)
            found["vnic"].add(vnic)
            if instance:
                found["instance-vnic"].add(((instance,), vnic))
            else:
                found["vservice-vnic"].add(((host, namespace), vnic))
            if device in self.hosts[host]["ovs_ports"]:
                found["vnic-vedge"].add((vnic, (host,)))
            outer = outer_device(namespace, device)
            if outer != device and outer in self.hosts[host]["ovs_ports"]:
                found["vnic-vedge"].add((vnic, (host,)))
            for bridge, members in self.hosts[host]["linux_bridges"].items():
                if outer in members:
                    found["vnic-vconnector"].add((vnic, (host, bridge)))
            for nic in self.hosts[host].get("functions", {}).get(device, ()):
                found["vnic-host_pnic"].add((vnic, (host, nic)))
        self._logical(found)
        for name, host in self.hosts.items():
            self._host(found, name, host)
        self._fabric(found, self.truth.get("fabric") or {"switches": [], "cables": []})
        cables = [nic for host in self.hosts.values() for nic in host["nics"].values() if nic.get("switch")]
        found["switch"] |= {(cable["switch"],) for cable in cables}
        return found

    def _logical(self, found: Sets) -> None:
        """Add OVN's routers, which are no namespaces: each is at its gateway, with its port there."""
        for key, router in self.truth["routers"].items() if self.is_ovn else ():
            for host in router["hosts"]:
                service = (host, f"lrouter-{key}")
                found["vservice"].add(service)
                for port in router["interfaces"]:
                    if port["kind"] == "gateway":
                        vnic = (host, None, port["mac"])
                        found["vnic"].add(vnic)
                        found["vservice-vnic"].add((service, vnic))
                        found["vnic-vedge"].add((vnic, (host,)))

    def _fabric(self, found: Sets, fabric: dict[str, Any]) -> None:
        found["switch"] |= {(switch,) for switch in fabric["switches"]}
        for ends in fabric["cables"]:
            one, other = (tuple(end) for end in ends)
            found["switch_pnic"] |= {one, other}
            found["switch-switch_pnic"] |= {((one[0],), one), ((other[0],), other)}
            found["switch_pnic-switch_pnic"].add((one, other))

    def _host(self, found: Sets, name: str, host: dict[str, Any]) -> None:
        found["vservice"] |= {(name, namespace) for namespace in host["namespaces"]}
        self._bridges(found, name, host)
        for nic, cable in host["nics"].items():
            pnic = (name, nic)
            found["host_pnic"].add(pnic)
            found["host-host_pnic"].add(((name,), pnic))
            if not cable.get("switch"):
                continue  # a bond has no cable of its own
            port = (cable["switch"], cable["switch_port"])
            found["switch_pnic"].add(port)
            found["host_pnic-switch_pnic"].add((pnic, port))
            found["switch-switch_pnic"].add(((cable["switch"],), port))
        for nic, network in self.carried(name):
            found["host_pnic-network"].add(((name, nic), (network,)))
        if host["ovs_bridges"]:
            found["vedge"].add((name,))
            found["host-vedge"].add(((name,), (name,)))
            for bridge in host["ovs_bridges"].values():
                found["vedge-host_pnic"] |= {((name,), (name, nic)) for nic in bridge["nics"]}
        for tunnel in tunnels(host).values():
            self._tunnel(found, name, tunnel)

    def _tunnel(self, found: Sets, name: str, tunnel: dict[str, Any]) -> None:
        """Add a switch's tunnel end point; or, without a switch, one for each tunnel device in a bridge."""
        host, address = self.hosts[name], (name, tunnel["type"], tunnel["ip"])
        for network in self.truth["networks"].values():
            if network.get("vxlan_device") and name in network["hosts"] and not host["ovs_bridges"]:
                device = (*address, network["vxlan_device"])
                found["otep"].add(device)
                found["otep-vconnector"].add((device, (name, network["bridge"])))
                found["otep-host_pnic"] |= {(device, (name, nic)) for nic in tunnel_nics(tunnel)}
        if host["ovs_bridges"]:
            otep = (*address, None)
            found["otep"].add(otep)
            found["vedge-otep"].add(((name,), otep))
            found["otep-host_pnic"] |= {(otep, (name, nic)) for nic in tunnel_nics(tunnel)}
            if tunnel["device"] in host["linux_bridges"]:
                found["otep-vconnector"].add((otep, (name, tunnel["device"])))

    def _bridges(self, found: Sets, name: str, host: dict[str, Any]) -> None:
        for bridge, members in host["linux_bridges"].items():
            found["vconnector"].add((name, bridge))
            joined = any(member.replace("qvb", "qvo", 1) in host["ovs_ports"] for member in members)
            if joined or bridge in host.get("in_vedge", ()):
                found["vconnector-vedge"].add(((name, bridge), (name,)))
            for member in members:
                below = host.get("below", {}).get(member, [member] if member in host["nics"] else [])
                found["vconnector-host_pnic"] |= {((name, bridge), (name, nic)) for nic in below}

    def chain(self, instance: str, links: Sets) -> set[Key]:
        """Return the links from an instance to its NICs, their switch ports, and its networks."""
        own = self.truth["instances"][instance]
        host, ports = own["host"], with_subports(own["vnics"])
        networks = {port["network_id"] for port in ports}
        vnics = {(host, None, vnic["tap"]) for vnic in own["vnics"]}
        found: set[Key] = {
            ("instance-vnic", *ends) for ends in links["instance-vnic"] if ends[0] == (instance,)
        }
        for kind in ("vnic-vconnector", "vnic-vedge", "vnic-host_pnic"):
            found |= {(kind, *ends) for ends in links[kind] if ends[0] in vnics}
        bridges = {far for kind, _near, far in found if kind == "vnic-vconnector"}
        for kind in ("vconnector-vedge", "vconnector-host_pnic"):
            found |= {(kind, *ends) for ends in links[kind] if ends[0] in bridges}
        if any(far == (host,) for _kind, _near, far in found):
            found |= self._below(host, networks, links)
        oteps = {near for near, far in links["otep-vconnector"] if far in bridges}
        for kind in ("otep-vconnector", "otep-host_pnic"):
            found |= {(kind, *ends) for ends in links[kind] if ends[0] in oteps}
        below = ("vnic-host_pnic", "otep-host_pnic", "vconnector-host_pnic")
        pnics = {far for kind, _near, far in found if kind in below}
        for kind in ("host_pnic-network", "host_pnic-switch_pnic"):
            found |= {
                (kind, *ends)
                for ends in links[kind]
                if ends[0] in pnics and ends[1][0] in networks | self.switches()
            }
        return found

    def peers(self, otep: dict[str, Any]) -> dict[str, str]:
        """Return the peers' addresses of an end point by tunnel port, or of a tunnel device by themselves."""
        tunnel = tunnels(self.hosts[otep["host"]])[otep["overlay_type"]]
        if "forwarding" in tunnel:
            return {address: address for address in tunnel["forwarding"].get(otep["name"], ())}
        return {peer["port"]: peer["remote_ip"] for peer in tunnel["peers"].values()}

    def translating(self, floating_ip: dict[str, Any]) -> set[str]:
        """Return the host that translates a floating IP, if one does."""
        router = self.truth["routers"].get(floating_ip["router_id"] or "")
        if router is None:
            return set()
        if router.get("distributed") and floating_ip["port_id"]:
            owners = self.truth["instances"].values()
            ports = {port["port_id"]: own["host"] for own in owners for port in with_subports(own["vnics"])}
            return {ports[floating_ip["port_id"]]}
        states = router.get("ha_state") or dict.fromkeys(router.get("snat") or router["hosts"], "active")
        return {host for host, state in states.items() if state == "active"}

    def switches(self) -> set[str | None]:
        """Return the names of all switches."""
        return {nic.get("switch") for host in self.hosts.values() for nic in host["nics"].values()}

    def _below(self, host: str, networks: set[str], links: Sets) -> set[Key]:
        """Return the links from a host's switch down to where some networks leave the host."""
        carried = {(nic, key) for nic, key in self.carried(host) if key in networks}
        pnics = {(host, nic) for nic, _network in carried}
        found: set[Key] = {("host_pnic-network", (host, nic), (key,)) for nic, key in carried}
        found |= {("vedge-host_pnic", *ends) for ends in links["vedge-host_pnic"] if ends[1] in pnics}
        found |= {
            ("host_pnic-switch_pnic", *ends) for ends in links["host_pnic-switch_pnic"] if ends[0] in pnics
        }
        for type_, tunnel in tunnels(self.hosts[host]).items():
            if not any(self.truth["networks"][key]["type"] == type_ for _nic, key in carried):
                continue
            otep = (host, type_, tunnel["ip"], None)
            for kind in ("vedge-otep", "otep-host_pnic", "otep-vconnector"):
                found |= {(kind, *ends) for ends in links[kind] if otep in ends}
            held = {far for kind, near, far in found if kind == "otep-vconnector" and near == otep}
            found |= {
                ("vconnector-host_pnic", *ends) for ends in links["vconnector-host_pnic"] if ends[0] in held
            }
        return found


def forwardings(floating_ip: dict[str, Any]) -> set[tuple[Any, ...]]:
    """Return the port forwardings of a floating IP."""
    names = ("protocol", "external_port", "internal_ip_address", "internal_port")
    return {tuple(each[name] for name in names) for each in floating_ip.get("port_forwardings", ())}


def with_subports(vnics: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the ports of vNICs, those that a trunk carries too."""
    return [port for vnic in vnics for port in (vnic, *vnic.get("subports", ()))]


def outer_device(namespace: str | None, device: str) -> str:
    """Return the end in the host of a device that is in a namespace, as Neutron names the two."""
    if namespace is None:
        return device
    return f"{device[:-1]}0" if namespace.startswith("ovnmeta-") else f"tap{device.partition('-')[2]}"


def tunnels(host: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the tunnels of a host by type."""
    found = host.get("tunnels") or ([host["tunnel"]] if host.get("tunnel") else [])
    return {tunnel["type"]: tunnel for tunnel in found}


def tunnel_nics(tunnel: dict[str, Any]) -> list[str]:
    """Return the NICs that a tunnel address stands on: one, or a bond and its members."""
    return tunnel.get("nics") or [tunnel["nic"]]
