"""Routers that several hosts may run."""

from __future__ import annotations

import copy
from typing import Any

from recorded_cloud import build, recorded_facts

from calipso.model.facts import HOST
from calipso.model.source import Facts, Source, host_source

FACTS = recorded_facts("ovs-ha")
ROUTER = next(row["data"]["id"] for row in FACTS.rows if row["data"].get("name") == "blue-router")


def told(facts: Facts) -> tuple[dict[str, str], set[str]]:
    """Return the router's state by host, and what is said of it."""
    topology = build(facts)
    found = [document for document in topology.inventory if document.get("neutron_id") == ROUTER]
    states = {document["host"]: document["ha_state"] for document in found if document["type"] == "vservice"}
    return states, {m.text for m in topology.messages if ROUTER in m.related_object}


def with_address(state: str) -> Facts:
    """Return the facts with the router active everywhere, or nowhere."""
    rows = copy.deepcopy(FACTS.rows)
    for row in rows:
        for namespace in row["data"]["namespaces"] if row["kind"] == HOST else ():
            for device in namespace["interfaces"] if namespace["name"] == f"qrouter-{ROUTER}" else ():
                if device["name"].startswith("ha-"):
                    own: list[dict[str, Any]] = device["addresses"][:1]
                    device["addresses"] = own + [{**own[0], "address": "169.254.0.9"}] * (state == "active")
    return Facts(FACTS.sources, rows)


def test_it_is_active_on_one_host() -> None:
    assert told(FACTS) == ({"net1": "standby", "net2": "active"}, set())


def test_two_that_are_active_are_reported() -> None:
    states, said = told(with_address("active"))
    assert states == {"net1": "active", "net2": "active"}
    assert said == {"router blue-router is active on net1 and net2 of net1, net2"}


def test_none_that_is_active_is_reported_if_all_hosts_tell() -> None:
    states, said = told(with_address("standby"))
    assert states == {"net1": "standby", "net2": "standby"}
    assert said == {"router blue-router is active on no host of net1, net2"}
    source = host_source("net2")
    stale = {**FACTS.sources, source: Source(source, FACTS.sources[source].collected_at, stale=True)}
    states, said = told(Facts(stale, with_address("standby").rows))
    assert states == {"net1": "standby", "net2": "unknown"}
    assert said == set()


def test_without_its_port_the_other_addresses_tell_where_it_is_active() -> None:
    hidden = [row for row in FACTS.rows if row["data"].get("device_owner") != "network:router_ha_interface"]
    states, _said = told(Facts(FACTS.sources, hidden))
    assert states == {"net1": "standby", "net2": "active"}
