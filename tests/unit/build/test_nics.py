"""NICs, bonds and virtual functions: what a recorded cloud says of them, and what contradicts itself."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recorded_cloud import build, recorded_facts
from test_any_facts import check
from test_any_facts import mutate as mutate_any

from calipso.model.facts import HOST
from calipso.model.source import Facts
from calipso.model.topology import Document, Topology

CLOUDS = {cloud: recorded_facts(cloud) for cloud in ("sriov-bonds", "vpp")}
BONDS = CLOUDS["sriov-bonds"]
Change = Callable[[dict[str, Any]], Any]


def changed(change: Change, host: str = "cmp1") -> Topology:
    facts = copy.deepcopy(BONDS)
    change(next(row["data"] for row in facts.rows if row["kind"] == HOST and row["key"] == host))
    return build(facts)


def interface(facts: dict[str, Any], name: str) -> dict[str, Any]:
    return next(found for found in facts["interfaces"] if found["name"] == name)


def object_of(topology: Topology, key: str) -> Document:
    return next(document for document in topology.inventory if document["id"] == key)


def links_of(topology: Topology, kind: str) -> list[Document]:
    return [link for link in topology.links if link["link_type"] == kind]


def test_a_bond_and_its_members_tell_of_each_other() -> None:
    topology = build(BONDS)
    bond, member = object_of(topology, "net1:bond0"), object_of(topology, "net1:enp59s0f1")
    assert bond["bond"]["mode"] == "802.3ad"
    assert bond["bond"]["lacp_partner"] == "00:1c:73:aa:bb:cc"
    assert bond["vlans"] == {"bond0.120": 120}
    assert (member["bond_name"], member["master"]) == ("bond0", "bond0")
    assert member["bond_member"]["mac"] == "3c:fd:fe:00:12:02"
    assert member["bond_member"]["aggregator"] == 1
    backup = object_of(topology, "cmp1:eno2")
    assert backup["bond_member"]["state"] == "backup"
    ports = object_of(topology, "net1::ovs")["ports"]
    assert {name: port["bond_mode"] for name, port in ports.items() if port.get("bond") == "bond-ex"} == {
        "enp94s0f0": "balance-tcp",
        "enp94s0f1": "balance-tcp",
    }


def test_a_nic_tells_its_functions_and_what_it_is_mapped_to() -> None:
    nic = object_of(build(BONDS), "cmp1:ens2f0")
    assert [function["bus"] for function in nic["virtual_functions"]] == [
        f"0000:5e:02.{number}" for number in range(4)
    ]
    assert nic["physical_networks"] == ["physnet2"]


def _wrong_vlan(facts: dict[str, Any]) -> None:
    interface(facts, "ens2f0")["virtual_functions"][0]["vlan"] = 7


def _member_down(facts: dict[str, Any]) -> None:
    interface(facts, "eno2")["carrier"] = False


def _nic_gone(facts: dict[str, Any]) -> None:
    facts["interfaces"].remove(interface(facts, "ens2f0"))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (_wrong_vlan, "virtual function 0 of ens2f0 tags with VLAN 7, and its network has VLAN 301"),
        (_member_down, "its member eno2 is down"),
        (_nic_gone, "physical network physnet2 is mapped to ens2f0, which is not there"),
    ],
)
def test_what_does_not_fit_is_told(change: Change, text: str) -> None:
    assert build(BONDS).messages == []
    assert [message.text for message in changed(change).messages] == [text]


def test_a_function_is_down_where_its_nic_says_so() -> None:
    def disable(facts: dict[str, Any]) -> None:
        interface(facts, "ens2f0")["virtual_functions"][0]["link_state"] = "disable"

    states = {link["source_label"]: link["state"] for link in links_of(changed(disable), "vnic-host_pnic")}
    assert states == {"0000:5e:02.0": "down", "ens2f0v1": "up"}


def test_a_function_without_a_bus_address_is_known_by_its_mac_address() -> None:
    def forget(facts: dict[str, Any]) -> None:
        for function in interface(facts, "ens2f0")["virtual_functions"]:
            function["bus"] = None

    assert "0000:5e:02.0" in {link["source_label"] for link in links_of(changed(forget), "vnic-host_pnic")}


def test_a_nic_that_works_for_open_vswitch_has_ports_there_that_are_no_nics() -> None:
    def offload(facts: dict[str, Any]) -> None:
        ports = {row["data"]["name"]: row["key"] for row in BONDS.rows if row["kind"] == "port"}
        twin = {"name": "ens2f0_0", "port_name": "pf0vf0", "virtual_functions": []}
        facts["interfaces"].append({**interface(facts, "ens2f0"), **twin})
        bridge = next(bridge for bridge in facts["ovs"]["bridges"] if bridge["name"] == "br-int")
        plug = copy.deepcopy(bridge["ports"][0])
        plug["name"] = plug["interfaces"][0]["name"] = "ens2f0_0"
        plug["interfaces"][0]["external_ids"] = {"iface-id": ports["both-fast"]}
        bridge["ports"].append(plug)

    topology = changed(offload)
    assert "cmp1:ens2f0_0" not in {document["id"] for document in topology.inventory}
    assert "ens2f0_0" in {link["target_label"] for link in links_of(topology, "vnic-vedge")}


@settings(max_examples=150)
@given(st.sampled_from(sorted(CLOUDS)), st.integers(), st.integers(1, 8))
def test_any_facts_of_such_hosts_are_built(cloud: str, seed: int, changes: int) -> None:
    generator = random.Random(seed)  # noqa: S311
    facts = copy.deepcopy(CLOUDS[cloud])
    hosts = [row["data"] for row in facts.rows if row["kind"] == HOST]
    for _change in range(changes):
        mutate_any(generator.choice(hosts), generator)
    check(build(Facts(facts.sources, facts.rows)), cloud="recorded")
