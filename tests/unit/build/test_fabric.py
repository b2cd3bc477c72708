"""Which NICs hang on which ports of a switch fabric, where sources say less, or contradict each other."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from recorded_cloud import build, recorded_facts

from calipso.model.facts import HOST, Row
from calipso.model.source import Facts
from calipso.model.topology import Topology

FACTS = recorded_facts("aci")


def built(change: Callable[[list[Row]], list[Row] | None]) -> Topology:
    """Return what is built after facts have changed."""
    rows = copy.deepcopy(FACTS.rows)
    return build(Facts(FACTS.sources, change(rows) or rows))


def cables(topology: Topology, host: str) -> set[tuple[str, str]]:
    """Return a host's NICs with the ports of the fabric that they hang on."""
    return {
        (link["source_id"].partition(":")[2], link["target_id"].removeprefix("switch::"))
        for link in topology.links
        if link["link_type"] == "host_pnic-switch_pnic"
        and link["source_id"].startswith(f"{host}:")
        and link["target_id"].startswith("switch::node-")
    }


def unheard(rows: list[Row]) -> list[Row]:
    """Drop what LLDP says, on hosts and on switches."""
    for row in rows:
        if row["kind"] == HOST:
            row["data"]["lldp"] = []
    return [row for row in rows if row["kind"] != "fabric_neighbour"]


def end_points(rows: list[Row], mac: str) -> list[dict[str, Any]]:
    """Return where an address was learned."""
    return [row["data"] for row in rows if row["kind"] == "fabric_end_point" and row["data"]["mac"] == mac]


def test_a_bond_without_lldp_hangs_on_both_leaves_of_its_channel() -> None:
    topology = built(unheard)
    assert cables(topology, "net1") >= {("bond0", "node-101::eth1/1"), ("bond0", "node-102::eth1/1")}
    assert not any(nic.startswith("enp59") for nic, _port in cables(topology, "net1"))
    assert cables(topology, "cmp1") == {("bond0", "node-101::eth1/2"), ("ens2f0", "node-104::eth1/10")}


def test_an_address_that_two_hosts_have_tells_of_neither() -> None:
    def same(rows: list[Row]) -> None:
        for row in rows:
            if row["kind"] == HOST and row["key"] == "ctl1":
                row["data"]["interfaces"][0]["mac"] = "3c:fd:fe:00:22:01"

    assert cables(built(same), "cmp2") == set()


def test_nics_that_only_vpp_sees_hang_where_their_addresses_were_learned() -> None:
    facts = recorded_facts("vpp")
    rows = [row for row in FACTS.rows if row["kind"] in ("fabric_switch", "fabric_port")]
    for port, mac in ((1, "08:00:27:c5:35:f2"), (2, "3c:fd:fe:a8:bd:20"), (3, "3c:fd:fe:a8:bd:10")):
        told = {"id": mac, "switch": "102", "interface": f"eth1/{port}", "mac": mac, "group": None}
        rows.append({"kind": "fabric_end_point", "key": mac, "data": told})
    [guest] = [row["data"] for row in facts.rows if row["kind"] == "port" and row["data"]["name"] == "web-2"]
    told = {"id": "guest", "switch": "101", "interface": "eth1/2", "mac": guest["mac_address"]}
    rows.append({"kind": "fabric_end_point", "key": "guest", "data": told})
    topology = build(Facts(facts.sources, [*facts.rows, *rows]))
    assert cables(topology, "cmp1") == {
        ("TenGigabitEthernet6/0/0", "node-102::eth1/2"),
        ("BondEthernet0", "node-102::eth1/3"),
    }
    assert cables(topology, "cmp2") == {
        ("GigabitEthernet0/8/0", "node-101::eth1/2"),
        ("GigabitEthernet0/9/0", "node-102::eth1/1"),
    }


def test_guests_that_do_not_agree_tell_nothing() -> None:
    def moved(rows: list[Row]) -> None:
        mac = sorted(row["data"]["mac"] for row in rows if row["data"].get("encapsulation") == "vlan-301")[0]
        for told in end_points(rows, mac):
            told["switch"], told["interface"] = "101", "eth1/3"

    topology = built(moved)
    assert not any(nic == "ens2f0" for nic, _port in cables(topology, "cmp1"))


def test_a_guest_of_a_tunnel_tells_of_no_nic() -> None:
    def learned(rows: list[Row]) -> None:
        [port] = [row["data"] for row in rows if row["kind"] == "port" and row["data"]["name"] == "both-app"]
        for told in end_points(rows, "3c:fd:fe:00:22:01"):
            told["mac"] = port["mac_address"]

    assert cables(built(learned), "cmp2") == set()


@pytest.mark.parametrize(("state", "health"), [("up", "ok"), ("down", "error"), ("link-up", "unknown")])
def test_a_port_is_as_the_switch_says(state: str, health: str) -> None:
    def changed(rows: list[Row]) -> None:
        for row in rows:
            if row["key"] == "101:eth1/1":
                row["data"]["state"] = state

    topology = built(changed)
    [port] = [each for each in topology.inventory if each["id"] == "switch::node-101::eth1/1"]
    assert (port["health"], port["role"], port["channel"]) == (health, "hostlink", "po1")
    assert port["end_points"] == [
        {"mac": "3c:fd:fe:00:12:01", "encapsulation": "vlan-120", "group": "cloud/openstack/tunnels"}
    ]


def test_ports_that_are_not_told_are_still_cabled() -> None:
    whole = {link["id"] for link in build(FACTS).links if "switch_pnic" in link["link_type"]}
    topology = built(lambda rows: [row for row in rows if row["kind"] != "fabric_port"])
    assert {link["id"] for link in topology.links if "switch_pnic" in link["link_type"]} <= whole
    assert ("enp59s0f0", "node-101::eth1/1") in cables(topology, "net1")
    [port] = [each for each in topology.inventory if each["id"] == "switch::node-101::eth1/1"]
    assert port["state"] == "unknown"
