"""A cloud of Open vSwitch and SR-IOV hosts: clique types that know one driver lose nothing of the other."""

from __future__ import annotations

from dataclasses import replace

from recorded_cloud import recorded_facts

from calipso.build import build_topology
from calipso.build.registry import Registry, default_registry
from calipso.model.environment import Environment
from calipso.model.source import Facts
from calipso.model.topology import Topology

OVS_LOSES = "vnic-host_pnic"
"""A hop of SR-IOV alone."""


def test_no_hop_is_lost() -> None:
    facts, registry = recorded_facts("sriov-bonds"), default_registry()
    bound = [
        replace(
            each,
            name="ovs",
            environment=None,
            mechanism_drivers=("OVS",),
            link_types=tuple(name for name in each.link_types if name != OVS_LOSES),
        )
        for each in registry.clique_types
        if each.focal_point_type == "instance"
    ]
    mixed = replace(registry, clique_types=[*registry.clique_types, *bound])
    alone = replace(registry, clique_types=bound)
    assert hops(facts, mixed) == hops(facts, registry)
    assert OVS_LOSES in hops(facts, registry)
    assert OVS_LOSES not in hops(facts, alone)


def hops(facts: Facts, registry: Registry) -> dict[str, set[str]]:
    """Return the links of instances' cliques, by link type."""
    topology: Topology = build_topology(Environment("mixed"), facts, registry)
    links = {link["id"]: link for link in topology.links}
    found: dict[str, set[str]] = {}
    for clique in topology.cliques:
        if clique["focal_point_type"] == "instance":
            for link in clique["links"]:
                found.setdefault(links[link]["link_type"], set()).add(f"{clique['focal_point']} {link}")
    return found
