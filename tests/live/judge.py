"""Holds an exported topology against the lab's truth, both ways: nothing missing, nothing invented.

usage: python -m tests.live.judge EXPORT TRUTH

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

from .true_sets import Key, Sets, Truth, forwardings, with_subports


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
