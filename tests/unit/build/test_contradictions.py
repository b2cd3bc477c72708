"""Facts that contradict each other are built as they are, and reported."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from benchmarks.cloud import GeneratedCloud, identifier
from calipso.build import build_topology
from calipso.model.environment import Environment
from calipso.model.facts import HOST, Row
from calipso.model.topology import Topology

CLOUD = GeneratedCloud(2, 2)
SERVER, PORT = identifier("server", 0, 0), identifier("port", 0, 0)
SHORT = PORT[:11]
NETWORK = identifier("network", 0, 0)
VNIC, BRIDGE, DHCP = f"compute-0:tap{SHORT}", f"compute-0:qbr{SHORT}", f"network-0:qdhcp-{NETWORK}"

Change = Callable[[dict[tuple[str, str], Row]], Any]


def changed(change: Change) -> Topology:
    facts = copy.deepcopy(CLOUD.facts())
    rows = {(row["kind"], row["key"]): row for row in facts.rows}
    change(rows)
    facts.rows[:] = rows.values()
    return build_topology(Environment("odd"), facts)


def host(rows: dict[tuple[str, str], Row], name: str = "compute-0") -> dict[str, Any]:
    return rows[HOST, name]["data"]


def no_such_device(rows: dict[tuple[str, str], Row]) -> None:
    facts = host(rows)
    facts["domains"] = [domain for domain in facts["domains"] if domain["uuid"] != SERVER]
    facts["interfaces"] = [found for found in facts["interfaces"] if found["name"] != f"tap{SHORT}"]
    next(found for found in facts["bridges"] if found["name"] == f"qbr{SHORT}")["interfaces"].remove(
        f"tap{SHORT}"
    )


def tunnel_to_nowhere(rows: dict[tuple[str, str], Row]) -> None:
    tunnels = next(bridge for bridge in host(rows)["ovs"]["bridges"] if bridge["name"] == "br-tun")
    tunnels["ports"][-1]["interfaces"][0]["options"]["remote_ip"] = "192.0.2.1"


def no_tunnel_address(rows: dict[tuple[str, str], Row]) -> None:
    for found in host(rows)["interfaces"]:
        found["addresses"] = []


def unmapped_bridge(rows: dict[tuple[str, str], Row]) -> None:
    agent = rows["agent", identifier("agent", "compute-0", "neutron-openvswitch-agent")]["data"]
    agent["configurations"]["bridge_mappings"] = {"physnet1": "br-ex"}


def same_host_twice(rows: dict[tuple[str, str], Row]) -> None:
    rows[HOST, "other"] = {**rows[HOST, "compute-0"], "key": "other"}


@pytest.mark.parametrize(
    ("change", "related", "words"),
    [
        (no_such_device, PORT, "bound to host compute-0, which has no such vNIC"),
        (no_such_device, BRIDGE, "no instance is plugged into the bridge"),
        (lambda rows: rows.pop(("server", SERVER)), VNIC, "which Nova does not know"),
        (lambda rows: rows.pop(("port", PORT)), VNIC, "no Neutron port has address"),
        (lambda rows: rows.pop(("port", PORT)), BRIDGE, "is left over"),
        (lambda rows: rows.pop(("network", NETWORK)), DHCP, "is left over: Neutron has no such network"),
        (
            lambda rows: rows["server", SERVER]["data"].update({"OS-EXT-SRV-ATTR:host": "compute-1"}),
            SERVER,
            "which Nova places on compute-1",
        ),
        (tunnel_to_nowhere, "compute-0::vxlan::10.100.0.0", "leads to 192.0.2.1, which is no host's tunnel"),
        (no_tunnel_address, "compute-0::vxlan::10.100.0.0", "no device of host compute-0 has tunnel address"),
        (unmapped_bridge, "compute-0::ovs", "mapped to bridge br-ex, which Open vSwitch does not have"),
        (same_host_twice, "compute-0", "is the same host"),
        (lambda rows: host(rows).update(hostname="stranger", fqdn="stranger", interfaces=[]), None, None),
    ],
)
def test_a_contradiction_is_reported_at_its_object(
    change: Change, related: str | None, words: str | None
) -> None:
    topology = changed(change)
    if related is None:
        return
    said = [message.text for message in topology.messages if message.related_object == related]
    assert any(str(words) in text for text in said), topology.messages
    assert related in {document["id"] for document in topology.inventory}


def test_what_is_left_over_is_built() -> None:
    topology = changed(lambda rows: rows.pop(("server", SERVER)))
    vnic = next(found for found in topology.inventory if found["id"] == VNIC)
    assert (vnic["parent_type"], vnic["instance_id"]) == ("vnics_folder", None)
    assert any(link["source_id"] == VNIC and link["target_id"] == BRIDGE for link in topology.links)


def test_names_of_any_form_make_sound_paths() -> None:
    name = "a/b %2F ünï\u202ecode " + "x" * 200

    def rename(rows: dict[tuple[str, str], Row]) -> None:
        rows["server", SERVER]["data"]["name"] = name
        rows["network", NETWORK]["data"]["name"] = name

    topology = changed(rename)
    instance = next(found for found in topology.inventory if found["id"] == SERVER)
    assert instance["name"] == name
    assert instance["name_path"].count("/") == instance["id_path"].count("/")
    assert instance["name_path"].endswith("/a%2Fb %252F ünï\u202ecode " + "x" * 200)
