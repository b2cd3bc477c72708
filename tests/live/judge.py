"""Holds an exported topology against the lab's truth, both ways: nothing missing, nothing invented.

usage: python judge.py EXPORT TRUTH

EXPORT is what `calipso export` printed; TRUTH the truth.json that tests/lab made. Every object and link is
known by what it is (a host and a device, a switch and a port), not by the id that Calipso gives it. Says
every difference, and exits 1 if there is one.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Key = tuple[Any, ...]
Sets = dict[str, set[Key]]


class Exported:
    """The exported documents, as sets of keys by object type, link type and clique."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Read one JSON document a line."""
        documents: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for line in lines:
            document = json.loads(line)
            documents[document["collection"]].append(document)
        self.objects = {document["id"]: document for document in documents["inventory"]}
        self.links = {document["id"]: document for document in documents["links"]}
        self.cliques = documents["cliques"]

    def key(self, document: dict[str, Any]) -> Key:
        """Return what an object is, in the truth's words."""
        switch = self.objects.get(document.get("switch") or "", {})
        keys: dict[str, tuple[Any, ...]] = {
            "vnic": (
                document.get("host"),
                document.get("namespace"),
                document.get("target") or document.get("mac_address"),
            ),
            "vconnector": (document.get("host"), document["name"]),
            "vedge": (document.get("host"),),
            "otep": (
                document.get("host"),
                document.get("overlay_type"),
                document.get("ip_address"),
                document["name"] if document.get("parent_type") == "vconnector" else None,
            ),
            "host_pnic": (document.get("host"), document["name"]),
            "network_agent": (document["id"].removeprefix("agent::"),),
            "vservice": (document.get("host"), document.get("local_service_id")),
            "switch": (document["name"],),
            "switch_pnic": (switch.get("name"), document["name"]),
            "aggregate": (document["name"],),
            "availability_zone": (document["name"],),
            "region": (document["name"],),
        }
        return keys.get(document["type"], (document["id"],))

    def sets(self) -> Sets:
        """Return the keys of all objects and links, by type."""
        found: Sets = defaultdict(set)
        for document in self.objects.values():
            if not document["type"].endswith(("_folder", "_ref")):
                found[document["type"]].add(self.key(document))
        for link in self.links.values():
            found[link["link_type"]].add(self.ends(link))
        return found

    def ends(self, link: dict[str, Any]) -> Key:
        """Return what a link joins."""
        return self.key(self.objects[link["source_id"]]), self.key(self.objects[link["target_id"]])

    def clique(self, focal_point: str) -> set[Key]:
        """Return the links of the clique around an object: type and ends."""
        return {
            (self.links[key]["link_type"], *self.ends(self.links[key]))
            for clique in self.cliques
            if clique["focal_point"] == focal_point
            for key in clique["links"]
        }


class Truth:
    """The same sets, from how the lab is made and what OpenStack's own records say."""

    def __init__(self, truth: dict[str, Any]) -> None:
        """Take the lab's truth.json."""
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


Difference = tuple[str, Any, Any]
"""Where; what is exported; what is true."""


def of_openstack(exported: Exported, truth: Truth) -> Iterator[Difference]:
    """Yield what instances, networks and floating IPs say of themselves, beside what is true."""
    objects = exported.objects
    for key, own in truth.truth["instances"].items():
        said = objects.get(key, {})
        for name in ("name", "host", "state", "project_id", "availability_zone"):
            yield f"instance {key} {name}", said.get(name), own[name]
        has = sorted({ip for port in said.get("network_info", []) for ip in port["fixed_ips"]})
        yield (
            f"instance {key} addresses",
            has,
            sorted({ip for port in with_subports(own["vnics"]) for ip in port["fixed_ips"]}),
        )
    for key, own in truth.truth["networks"].items():
        said = objects.get(key, {})
        yield f"network {key} name", said.get("name"), own["name"]
        yield f"network {key} segment", said.get("provider:segmentation_id"), own["segmentation_id"]
        yield f"network {key} type", said.get("provider:network_type"), own["type"]
        cidrs = sorted(subnet["cidr"] for subnet in own["subnets"].values())
        yield f"network {key} cidrs", sorted(said.get("cidrs", [])), cidrs
    services = [document for document in objects.values() if document["type"] == "vservice"]
    for key, own in truth.truth["floating_ips"].items():
        has = [
            (said["neutron_id"], ip) for said in services for ip in said["floating_ips"] if ip["id"] == key
        ]
        routers, ips = {router for router, _ip in has}, [ip for _router, ip in has]
        yield f"floating IP {key}", routers, {own["router_id"]} if own["router_id"] else set()
        yield f"floating IP {key} host", {ip["host"] for ip in ips}, truth.translating(own)
        for ip in ips:
            yield f"floating IP {key} ports", forwardings(ip), forwardings(own)
    for said in services:
        if true := truth.truth["routers"].get(said["neutron_id"], {}).get("ha_state"):
            yield f"router {said['id']} state", said["ha_state"], true.get(said["host"])
    for key, own in truth.truth.get("trunks", {}).items():
        for port, parent, vlan in [
            (own["port_id"], None, None),
            *((port, own["port_id"], vlan) for port, vlan in own["sub_ports"].items()),
        ]:
            said = objects.get(port, {})
            has = (said.get("trunk_id"), said.get("parent_port"), said.get("segmentation_id"))
            yield f"port {port} trunk", has, (key, parent, vlan)


def of_hosts(exported: Exported, truth: Truth) -> Iterator[Difference]:
    """Yield what the objects of hosts say of themselves, beside what is true.

    OVN's patch ports come and go with what is on the host: truth has the networks that NICs carry by them.
    """
    for said in exported.objects.values():
        host, place = truth.hosts.get(said.get("host") or ""), f"{said['type']} {said['id']}"
        if host is None:
            continue
        if said["type"] == "otep":
            peers = {name: port["remote_ip"] for name, port in said["ports"].items()}
            yield f"{place} peers", peers, truth.peers(said)
        elif said["type"] == "vedge":
            tags = {
                name: port["tag"]
                for name, port in said["ports"].items()
                if port["bridge"] != name and not (truth.is_ovn and port["type"] == "patch")
            }
            yield f"{place} tags", tags, {name: port["tag"] for name, port in host["ovs_ports"].items()}
        elif said["type"] == "host_pnic":
            yield f"{place} address", said["mac_address"], host["nics"].get(said["name"], {}).get("mac")
            bond, true = said["bond"] or {}, host.get("bonds", {}).get(said["name"], {})
            for name in ("mode", "members", "active_member", "lacp_partner"):
                yield f"{place} bond {name}", bond.get(name), true.get(name)
        elif said["type"] == "vservice":
            yield f"{place} pairs", said["paired"], host.get("veths", {}).get(said["namespace"], {})
        elif said["type"] == "vnic":
            yield from of_vnic(said, host, truth.ports.get(said["port"] or "", {}))


def of_vnic(said: dict[str, Any], host: dict[str, Any], port: dict[str, Any]) -> Iterator[Difference]:
    """Yield what a vNIC says of itself, beside what is true."""
    yield f"vnic {said['id']} address", said["mac_address"], port.get("mac")
    yield f"vnic {said['id']} network", said["network"], port.get("network_id")
    if said["namespace"]:
        true = host["namespaces"].get(said["namespace"], {}).get(said["target"], [])
        yield f"vnic {said['id']} addresses", sorted(said["addresses"]), sorted(true)


def differences(exported: Exported, truth: Truth) -> Iterator[str]:
    """Yield a line for every difference."""
    said, true = exported.sets(), truth.sets()
    said.pop("availability_zone", None)
    for kind in sorted(said.keys() | true.keys()):
        for key in sorted(true[kind] - said[kind], key=str):
            yield f"{kind}: missing {key}"
        for key in sorted(said[kind] - true[kind], key=str):
            yield f"{kind}: invented {key}"
    for place, has, should in (*of_openstack(exported, truth), *of_hosts(exported, truth)):
        if has != should:
            yield f"{place}: {has!r} instead of {should!r}"
    for instance in truth.truth["instances"]:
        has, should = exported.clique(instance), truth.chain(instance, true)
        for key in sorted(should - has, key=str):
            yield f"clique of instance {instance}: missing {key}"
        for key in sorted(has - should, key=str):
            yield f"clique of instance {instance}: invented {key}"


def main() -> None:
    """Judge, and say so."""
    export, truth_file = map(Path, sys.argv[1:])
    with export.open(encoding="utf-8") as lines:
        exported = Exported(lines)
    truth = Truth(json.loads(truth_file.read_text("utf-8")))
    found = list(differences(exported, truth))
    for line in found:
        print(line)
    seen = sum(map(len, truth.sets().values()))
    print(f"{seen} objects and links are true")
    print(f"{len(found)} differences")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
