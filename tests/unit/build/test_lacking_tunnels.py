"""Where packets of a network have no way between two hosts that both have it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from recorded_cloud import build, recorded_facts

from calipso.model.facts import HOST
from calipso.model.source import Facts

FACTS = recorded_facts("lxb-vxlan")
ADDRESSES = {"net1": "10.20.0.12", "cmp1": "10.20.0.21", "cmp2": "10.20.0.22"}


def said(facts: Facts) -> set[tuple[str, str]]:
    """Return what is said of tunnel end points."""
    found = build(facts).messages
    return {(m.related_object, m.text) for m in found if m.related_object_type == "otep"}


def changed(host: str, change: Any) -> Facts:
    """Return the recorded facts with those of a host changed."""
    rows = copy.deepcopy(FACTS.rows)
    (own,) = [row["data"] for row in rows if row["kind"] == HOST and row["key"] == host]
    change(own)
    return Facts(FACTS.sources, rows)


def test_nothing_is_said_of_a_cloud_where_all_is_well() -> None:
    assert said(FACTS) == set()


@pytest.mark.parametrize("peer", ["cmp1", "cmp2"])
def test_a_peer_that_lacks_is_named_with_the_networks_that_it_has(peer: str) -> None:
    def forget(own: dict[str, Any]) -> None:
        for interface in own["interfaces"]:
            if "forwarding" in interface:
                kept = [entry for entry in interface["forwarding"] if entry["dst"] != ADDRESSES[peer]]
                interface["forwarding"] = kept

    before = {document["id"]: document for document in build(FACTS).inventory if document["type"] == "otep"}
    to_peer = [key for key in before if key.startswith("net1:") and ADDRESSES[peer] in before[key]["ports"]]
    assert to_peer
    names = {document["id"]: document["name"] for document in build(FACTS).inventory}
    assert said(changed("net1", forget)) == {
        (key, f"no tunnel leads to host {peer}, which has {names[before[key]['network']]}, too")
        for key in to_peer
    }
