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
            "vnic": (document.get("host"), document.get("namespace"), document.get("target")),
            "vconnector": (document.get("host"), document["name"]),
            "vedge": (document.get("host"),),
            "otep": (document.get("host"), document.get("overlay_type"), document.get("ip_address")),
            "host_pnic": (document.get("host"), document["name"]),
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
        for port in truth["dhcp"]:
            self.ports[port["port_id"]] = port

    def carried(self, host: str) -> Iterator[tuple[str, str]]:
        """Yield each NIC of a host with each network that it carries."""
        own = self.hosts[host]
        for key, network in self.truth["networks"].items():
            if network["local_vlan_by_host"].get(host) is None:
                continue
            if own.get("tunnel") and network["type"] == own["tunnel"]["type"]:
                yield own["tunnel"]["nic"], key
            elif bridge := own["bridge_mappings"].get(network["physical_network"]):
                for nic in own["ovs_bridges"][bridge]["nics"]:
                    yield nic, key

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
            for bridge, members in self.hosts[host]["linux_bridges"].items():
                if not namespace and device in members:
                    found["vnic-vconnector"].add((vnic, (host, bridge)))
        for name, host in self.hosts.items():
            self._host(found, name, host)
        for switch in {port["switch"] for host in self.hosts.values() for port in host["nics"].values()}:
            found["switch"].add((switch,))
        return found

    def _host(self, found: Sets, name: str, host: dict[str, Any]) -> None:
        found["vservice"] |= {(name, namespace) for namespace in host["namespaces"]}
        for bridge, members in host["linux_bridges"].items():
            found["vconnector"].add((name, bridge))
            if any(member.replace("qvb", "qvo", 1) in host["ovs_ports"] for member in members):
                found["vconnector-vedge"].add(((name, bridge), (name,)))
        for nic, cable in host["nics"].items():
            pnic, port = (name, nic), (cable["switch"], cable["switch_port"])
            found["host_pnic"].add(pnic)
            found["host-host_pnic"].add(((name,), pnic))
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
        if tunnel := host.get("tunnel"):
            otep = (name, tunnel["type"], tunnel["ip"])
            found["otep"].add(otep)
            found["vedge-otep"].add(((name,), otep))
            found["otep-host_pnic"].add((otep, (name, tunnel["nic"])))

    def chain(self, instance: str, links: Sets) -> set[Key]:
        """Return the links from an instance to its NICs, their switch ports, and its networks."""
        own = self.truth["instances"][instance]
        host, networks = own["host"], {vnic["network_id"] for vnic in own["vnics"]}
        vnics = {(host, None, vnic["tap"]) for vnic in own["vnics"]}
        found: set[Key] = {
            ("instance-vnic", *ends) for ends in links["instance-vnic"] if ends[0] == (instance,)
        }
        for kind in ("vnic-vconnector", "vnic-vedge"):
            found |= {(kind, *ends) for ends in links[kind] if ends[0] in vnics}
        bridges = {far for kind, _near, far in found if kind == "vnic-vconnector"}
        found |= {("vconnector-vedge", *ends) for ends in links["vconnector-vedge"] if ends[0] in bridges}
        if any(far == (host,) for _kind, _near, far in found):
            found |= self._below(host, networks, links)
        return found

    def _below(self, host: str, networks: set[str], links: Sets) -> set[Key]:
        """Return the links from a host's switch down to where some networks leave the host."""
        carried = {(nic, key) for nic, key in self.carried(host) if key in networks}
        pnics = {(host, nic) for nic, _network in carried}
        found: set[Key] = {("host_pnic-network", (host, nic), (key,)) for nic, key in carried}
        found |= {("vedge-host_pnic", *ends) for ends in links["vedge-host_pnic"] if ends[1] in pnics}
        found |= {
            ("host_pnic-switch_pnic", *ends) for ends in links["host_pnic-switch_pnic"] if ends[0] in pnics
        }
        tunnel = self.hosts[host].get("tunnel")
        if tunnel and any(self.truth["networks"][key]["type"] == tunnel["type"] for _nic, key in carried):
            for kind in ("vedge-otep", "otep-host_pnic"):
                found |= {(kind, *ends) for ends in links[kind] if (host,) in (ends[0], ends[0][:1])}
        return found


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
            sorted({ip for vnic in own["vnics"] for ip in vnic["fixed_ips"]}),
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
        has = [said["neutron_id"] for said in services if key in {ip["id"] for ip in said["floating_ips"]}]
        yield f"floating IP {key}", has, [own["router_id"]] if own["router_id"] else []


def of_hosts(exported: Exported, truth: Truth) -> Iterator[Difference]:
    """Yield what the objects of hosts say of themselves, beside what is true."""
    for said in exported.objects.values():
        host, place = truth.hosts.get(said.get("host") or ""), f"{said['type']} {said['id']}"
        if host is None:
            continue
        if said["type"] == "otep":
            peers = {name: port["remote_ip"] for name, port in said["ports"].items()}
            true = {peer["port"]: peer["remote_ip"] for peer in host["tunnel"]["peers"].values()}
            yield f"{place} peers", peers, true
        elif said["type"] == "vedge":
            tags = {name: port["tag"] for name, port in said["ports"].items() if port["bridge"] != name}
            yield f"{place} tags", tags, {name: port["tag"] for name, port in host["ovs_ports"].items()}
        elif said["type"] == "host_pnic":
            yield f"{place} address", said["mac_address"], host["nics"].get(said["name"], {}).get("mac")
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
