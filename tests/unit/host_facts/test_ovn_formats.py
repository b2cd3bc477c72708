"""What OVN's databases hold, as its tools print it in JSON, and what else they might print."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.calipso.topology.plugins.module_utils.ovn import read_ovn
from ansible_collections.calipso.topology.plugins.module_utils.reader import Reader
from ansible_collections.calipso.topology.plugins.module_utils.runner import Result
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from calipso.model.ovn_facts import Ovn

SERVERS = [
    {"name": "ovsdb-server", "args": "ovsdb-server --remote=punix:/var/run/openvswitch/db.sock conf.db"},
    {"name": "ovsdb-server", "args": "ovsdb-server --remote=ptcp:6641 --remote=punix:/run/ovn/ovnnb_db.sock"},
    {"name": "ovsdb-server", "args": "ovsdb-server --remote=punix:/run/ovn/ovnsb_db.sock"},
    {"name": "tail", "args": "tail --remote=punix:/tmp/ovnsb.sock"},
]
NO_ROW: list[Any] = ["set", []]


def row(key: str, *values: Any) -> list[Any]:
    return [["uuid", key], *values]


def refer(*keys: str) -> list[Any]:
    return ["set", [["uuid", key] for key in keys]]


NORTHBOUND = {
    "_uuid name ports": [row("s1", "neutron-n1", refer("p2", "p1"))],
    "_uuid name type options tag parent_name": [
        row("p1", "provnet-1", "localnet", ["map", [["network_name", "physnet1"]]], 100, NO_ROW),
        row("p2", "subport", "", ["map", []], 7, "trunk-parent"),
    ],
    "_uuid name ports nat": [row("r1", "neutron-r1", ["uuid", "rp"], ["uuid", "t1"])],
    "_uuid name mac networks gateway_chassis ha_chassis_group": [
        row(
            "rp",
            "lrp-1",
            "fa:16:3e:00:00:01",
            ["set", ["203.0.113.9/24", "2001:db8::9/64"]],
            NO_ROW,
            refer("g1"),
        )
    ],
    "_uuid name chassis_name priority": [],
    "_uuid name ha_chassis": [row("g1", "group", refer("h2", "h1"))],
    "_uuid chassis_name priority": [row("h1", "chassis-1", 2), row("h2", "chassis-2", 1)],
    "_uuid type external_ip external_mac logical_ip logical_port": [
        row("t1", "dnat_and_snat", "203.0.113.7", "fa:16:3e:00:00:07", "10.0.0.7", "port-7")
    ],
}
SOUTHBOUND = {
    "_uuid name hostname external_ids other_config encaps": [
        row(
            "c1",
            "chassis-1",
            "net1",
            ["map", []],
            [
                "map",
                [["ovn-bridge-mappings", "physnet1:br-ex"], ["ovn-cms-options", "a,enable-chassis-as-gw"]],
            ],
            refer("e2", "e1"),
        )
    ],
    "_uuid type ip": [row("e1", "geneve", "10.20.0.12"), row("e2", "vxlan", "10.20.0.12")],
    "_uuid logical_port type chassis": [
        row("b1", "cr-lrp-1", "chassisredirect", ["uuid", "c1"]),
        row("b2", "nowhere", "", NO_ROW),
    ],
}


class Tools:
    """Answers to whatever is asked of a tool of OVN."""

    def __init__(self, northbound: str, southbound: str) -> None:
        self.answers = {"ovn-nbctl": northbound, "ovn-sbctl": southbound}
        self.asked: list[str] = []

    def run(self, command: list[str], keep: Any = None) -> Result:  # noqa: ARG002
        self.asked += [word for word in command if word.startswith("--db")]
        return Result(command, 0, self.answers[command[0]], "")


def printed(tables: dict[str, list[Any]]) -> str:
    documents = [{"headings": names.split(), "data": rows} for names, rows in tables.items()]
    return "\n".join(json.dumps(document) for document in documents)


def test_all_that_is_read_of_ovn() -> None:
    tools = Tools(printed(NORTHBOUND), printed(SOUTHBOUND))
    reader = Reader(tools)
    found = read_ovn(reader, SERVERS)
    assert (reader.gaps, tools.asked) == (
        [],
        ["--db=unix:/run/ovn/ovnnb_db.sock", "--db=unix:/run/ovn/ovnsb_db.sock"],
    )
    assert found == {
        "switches": [
            {
                "name": "neutron-n1",
                "ports": [
                    {
                        "name": "provnet-1",
                        "type": "localnet",
                        "physical_network": "physnet1",
                        "tag": 100,
                        "parent": None,
                    },
                    {
                        "name": "subport",
                        "type": "",
                        "physical_network": None,
                        "tag": 7,
                        "parent": "trunk-parent",
                    },
                ],
            }
        ],
        "routers": [
            {
                "name": "neutron-r1",
                "ports": [
                    {
                        "name": "lrp-1",
                        "mac": "fa:16:3e:00:00:01",
                        "networks": ["2001:db8::9/64", "203.0.113.9/24"],
                        "gateways": [
                            {"chassis": "chassis-1", "priority": 2},
                            {"chassis": "chassis-2", "priority": 1},
                        ],
                    }
                ],
                "nat": [
                    {
                        "type": "dnat_and_snat",
                        "external_ip": "203.0.113.7",
                        "logical_ip": "10.0.0.7",
                        "external_mac": "fa:16:3e:00:00:07",
                        "logical_port": "port-7",
                    }
                ],
            }
        ],
        "chassis": [
            {
                "name": "chassis-1",
                "hostname": "net1",
                "bridge_mappings": {"physnet1": "br-ex"},
                "gateway": True,
                "encapsulations": [
                    {"type": "geneve", "ip": "10.20.0.12"},
                    {"type": "vxlan", "ip": "10.20.0.12"},
                ],
            }
        ],
        "bindings": [{"port": "cr-lrp-1", "type": "chassisredirect", "chassis": "chassis-1"}],
    }


def test_a_host_without_the_databases_is_not_asked() -> None:
    tools = Tools("", "")
    assert read_ovn(Reader(tools), SERVERS[:1]) is None
    assert tools.asked == []


ATOM = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
VALUE = st.recursive(
    ATOM | st.tuples(st.sampled_from(["uuid", "set", "map"]), ATOM).map(list),
    lambda inside: (
        st.lists(inside, max_size=3) | st.tuples(st.just("set"), st.lists(inside, max_size=3)).map(list)
    ),
    max_leaves=6,
)


@st.composite
def broken(draw: st.DrawFn, tables: dict[str, list[Any]]) -> str:
    """Draw documents of these tables that hold anything at all, not all of them tables."""
    rows = {
        names: draw(st.lists(st.lists(VALUE, min_size=wide, max_size=wide) | VALUE, max_size=2))
        for names, wide in ((names, len(names.split())) for names in tables)
    }
    kept = draw(st.sets(st.sampled_from(sorted(tables))))
    return printed({names: rows[names] for names in kept}) + draw(
        st.sampled_from(["", "\n", "\nno table", "\n[1]"])
    )


@given(broken(NORTHBOUND), broken(SOUTHBOUND))
def test_any_answer_makes_facts_of_the_right_shape(northbound: str, southbound: str) -> None:
    reader = Reader(Tools(northbound, southbound))
    TypeAdapter(Ovn).validate_python(read_ovn(reader, SERVERS), strict=True)
    assert all(gap["reason"] == "unreadable" for gap in reader.gaps)
