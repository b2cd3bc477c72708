"""Teams, by what `teamdctl` says of them."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.calipso.topology.plugins.module_utils.links import bonds, interfaces
from ansible_collections.calipso.topology.plugins.module_utils.reader import Reader
from ansible_collections.calipso.topology.plugins.module_utils.runner import ReplayingRunner, Result
from ansible_collections.calipso.topology.plugins.module_utils.teams import complete_teams
from hypothesis import given
from hypothesis import strategies as st

LINKS = [
    {"ifname": "eth1", "master": "team0", "linkinfo": {"info_slave_kind": "team"}},
    {"ifname": "eth2", "master": "team0", "linkinfo": {"info_slave_kind": "team"}},
    {"ifname": "team0", "linkinfo": {"info_kind": "team"}},
]
LACP = {
    "ports": {
        "eth1": {
            "link": {"duplex": "full", "speed": 10000, "up": True},
            "link_watches": {"list": {"link_watch_0": {"down_count": 4, "up": True}}, "up": True},
            "runner": {
                "aggregator": {"id": 3, "selected": True},
                "partner_lacpdu_info": {"key": 11, "system": "00:1c:73:aa:bb:cc", "system_priority": 32768},
                "state": "current",
            },
        },
        "eth2": {
            "link_watches": {"up": False},
            "runner": {"aggregator": {"id": 0}, "partner_lacpdu_info": {"system": "00:00:00:00:00:00"}},
        },
    },
    "runner": {"active": True, "fast_rate": True},
    "setup": {"kernel_team_mode_name": "loadbalance", "runner_name": "lacp"},
}


def team(said: str) -> dict[str, Any]:
    found = bonds(LINKS)
    answer = Result(["teamdctl", "team0", "state", "dump"], 0, said, "")
    complete_teams(Reader(ReplayingRunner([answer])), found, interfaces(LINKS))
    (only,) = found
    return only


def test_a_team_that_speaks_lacp() -> None:
    assert team(json.dumps(LACP)) == {
        "name": "team0",
        "mode": "lacp",
        "members": ["eth1", "eth2"],
        "active_member": None,
        "lacp_partner": "00:1c:73:aa:bb:cc",
        "member_details": [
            {"name": "eth1", "state": None, "link": "up", "aggregator": 3, "mac": None},
            {"name": "eth2", "state": None, "link": "down", "aggregator": 0, "mac": None},
        ],
    }


@given(st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_any_answer_leaves_the_members(said: str) -> None:
    assert team(said)["members"] == ["eth1", "eth2"]
