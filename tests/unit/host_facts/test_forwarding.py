"""Forwarding tables of VXLAN devices, as `bridge -j fdb show` prints them, and what else it might print."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.calipso.topology.plugins.module_utils.forwarding import complete_forwarding
from ansible_collections.calipso.topology.plugins.module_utils.reader import Reader
from ansible_collections.calipso.topology.plugins.module_utils.runner import ReplayingRunner, Result
from hypothesis import given
from hypothesis import strategies as st

ASKED = ["bridge", "-j", "fdb", "show"]
BROADCAST, MADE, LEARNED = "00:00:00:00:00:00", "fa:16:3e:d3:fb:ae", "42:87:fc:c8:aa:15"
TABLE = [
    {"mac": "33:33:00:00:00:01", "ifname": "eth0", "flags": ["self"], "state": "permanent"},
    {"mac": MADE, "ifname": "vxlan-1042", "dst": "10.20.0.22", "flags": ["self"], "state": "permanent"},
    {"mac": LEARNED, "ifname": "vxlan-1042", "dst": "10.20.0.12", "flags": ["self"], "state": ""},
    {"mac": LEARNED, "ifname": "vxlan-1042", "master": "brq1", "state": ""},
    {"mac": BROADCAST, "ifname": "vxlan-1042", "dst": "10.20.0.22", "flags": ["self"], "state": "permanent"},
    {"mac": BROADCAST, "ifname": "vxlan-1042", "dst": "10.20.0.12", "flags": ["self"], "state": "static"},
    {"mac": BROADCAST, "ifname": "vxlan-7", "dst": "10.20.0.12", "flags": ["self"], "state": "permanent"},
]


def forwarding(said: str, *devices: dict[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    interfaces = [dict(device) for device in devices]
    reader = Reader(ReplayingRunner([Result(ASKED, 0, said, "")]))
    complete_forwarding(reader, interfaces)
    return interfaces, reader.gaps


def test_what_was_made_is_kept_and_what_was_learned_is_not() -> None:
    device, nic = {"name": "vxlan-1042", "kind": "vxlan"}, {"name": "eth0", "kind": "physical"}
    assert forwarding(json.dumps(TABLE), device, nic) == (
        [
            {
                **device,
                "forwarding": [
                    {"mac": BROADCAST, "dst": "10.20.0.12"},
                    {"mac": BROADCAST, "dst": "10.20.0.22"},
                    {"mac": MADE, "dst": "10.20.0.22"},
                ],
            },
            nic,
        ],
        [],
    )
    assert forwarding("no JSON", nic) == ([nic], [])


ROWS = st.lists(
    st.dictionaries(st.sampled_from(["ifname", "mac", "dst", "state"]), st.text() | st.integers())
)


@given(st.text() | (ROWS | st.recursive(st.none() | st.text(), st.lists)).map(json.dumps))
def test_any_answer_leaves_a_table(said: str) -> None:
    (found,), _gaps = forwarding(said, {"name": "vxlan-7", "kind": "vxlan"})
    assert all(set(entry) == {"mac", "dst"} for entry in found["forwarding"])
