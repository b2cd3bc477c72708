"""The builder on a cloud whose every object and link can be counted."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.cloud import NETWORKS, GeneratedCloud, identifier
from calipso.build import build_topology
from calipso.build.registry import default_registry
from calipso.model.environment import Environment
from calipso.model.topology import Document, Topology

HOSTS, INSTANCES, NODES, SWITCHES = 12, 7, 1, 2


@pytest.fixture(scope="module")
def topology() -> Topology:
    return build_topology(Environment("bench"), GeneratedCloud(HOSTS, INSTANCES).facts())


def of_type(documents: list[Document], key: str = "type") -> Counter[str]:
    return Counter(str(document[key]) for document in documents)


def test_every_object_is_there_once(topology: Topology) -> None:
    count = HOSTS * INSTANCES
    networks = 2 * NETWORKS
    found = of_type(topology.inventory)
    folders = {kind: number for kind, number in found.items() if kind.endswith("_folder")}
    assert {kind: number for kind, number in found.items() if kind not in folders} == {
        "project": 2,
        "region": 1,
        "availability_zone": 1,
        "network": networks,
        "switch": SWITCHES,
        "host": HOSTS + NODES,
        "port": count + networks,
        "switch_pnic": 2 * (HOSTS + NODES),
        "vservice_ref": networks,
        "host_pnic": 2 * (HOSTS + NODES),
        "instance": count,
        "network_agent": HOSTS + 2 * NODES,
        "vconnector": count,
        "vedge": HOSTS + NODES,
        "vservice": networks,
        "otep": HOSTS + NODES,
        "vnic": count + networks,
    }
    assert topology.messages == []


def test_every_link_is_there_once(topology: Topology) -> None:
    count, hosts, networks = HOSTS * INSTANCES, HOSTS + NODES, 2 * NETWORKS
    assert of_type(topology.links, "link_type") == {
        "instance-vnic": count,
        "vservice-vnic": networks,
        "vnic-vconnector": count,
        "vconnector-vedge": count,
        "vnic-vedge": networks,
        "vedge-otep": hosts,
        "otep-host_pnic": hosts,
        "host_pnic-network": HOSTS * NETWORKS + networks,
        "host_pnic-switch_pnic": 2 * hosts,
        "switch-switch_pnic": 2 * hosts,
        "host-host_pnic": 2 * hosts,
        "host-vedge": hosts,
    }
    assert {link["state"] for link in topology.links} == {"up"}


def test_the_clique_of_an_instance_is_its_path_to_its_network(topology: Topology) -> None:
    links = {link["id"]: link for link in topology.links}
    instance = identifier("server", 3, 2)
    clique = next(clique for clique in topology.cliques if clique["focal_point"] == instance)
    short, network = identifier("port", 3, 2)[:11], identifier("network", 0, 2)
    assert clique["constraints"] == {"network": [network]}
    assert [(links[key]["source_id"], links[key]["target_id"]) for key in clique["links"]] == [
        (instance, f"compute-3:tap{short}"),
        (f"compute-3:tap{short}", f"compute-3:qbr{short}"),
        (f"compute-3:qbr{short}", "compute-3::ovs"),
        ("compute-3::ovs", "compute-3::vxlan::10.100.0.3"),
        ("compute-3::vxlan::10.100.0.3", "compute-3:eth1"),
        ("compute-3:eth1", "switch::02:00:01:00:00:00::swp4"),
        ("compute-3:eth1", network),
    ]


def test_a_switch_port_leads_to_all_that_hangs_on_it(topology: Topology) -> None:
    links = {link["id"]: link for link in topology.links}
    clique = next(c for c in topology.cliques if c["focal_point"] == "switch::02:00:01:00:00:00::swp4")
    members = {links[key][end] for key in clique["links"] for end in ("source_id", "target_id")}
    assert {identifier("server", 3, instance) for instance in range(INSTANCES)} <= members
    assert not any(identifier("server", 4, instance) in members for instance in range(INSTANCES))


def test_paths_lead_from_the_environment_down(topology: Topology) -> None:
    vnic = next(found for found in topology.inventory if found["type"] == "vnic" and found["vservice_id"])
    above = "/bench/Regions/RegionOne/network-0/vServices/DHCP servers/dhcp-net-0-"
    assert vnic["name_path"].startswith(above)
    objects = {document["id"]: document for document in topology.inventory}
    for document in topology.inventory:
        parent = objects.get(document["parent_id"])
        above = parent["id_path"] if parent else "/bench"
        assert document["id_path"].rpartition("/")[0] == above
        assert document["parent_type"] == (parent["type"] if parent else "environment")


def test_every_attribute_is_declared(topology: Topology) -> None:
    kinds = default_registry().kinds
    words = "environment id type name object_name parent_id parent_type id_path name_path show_in_tree"
    common = {*words.split(), "source", "health", "region", "host", "network", "description"}
    undeclared = {
        f"{document['type']}.{name}"
        for document in topology.inventory
        if document["type"] in kinds
        for name in document.keys() - common - {field.name for field in kinds[document["type"]].fields}
    }
    assert undeclared == set()
