"""Clique types: which one serves, and what is wrong with a metadata file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.cloud import GeneratedCloud, identifier
from calipso.build import build_topology
from calipso.build.registry import default_registry
from calipso.model.clique import CliqueType, best
from calipso.model.environment import Environment
from calipso.model.metadata import InvalidMetadataError, load

HERE = Environment(
    "here",
    distribution="Kolla",
    distribution_version="zed",
    mechanism_drivers=("OVS", "SRIOV"),
    type_drivers=("vxlan", "vlan"),
)
CLIQUE = CliqueType("any", "instance", ("instance-vnic",))


@pytest.mark.parametrize(
    ("keys", "score"),
    [
        ({"environment": "ANY"}, 1),
        ({}, 2),
        ({"environment_type": "OpenStack"}, 2),
        ({"environment_type": "VMware"}, 0),
        ({"type_drivers": ("vlan",)}, 4),
        ({"mechanism_drivers": ("OVS",)}, 8),
        ({"mechanism_drivers": ("LXB",)}, 0),
        ({"mechanism_drivers": ("OVS",), "type_drivers": ("gre",)}, 0),
        ({"mechanism_drivers": ("OVS",), "type_drivers": ("vxlan",)}, 12),
        ({"distribution": "Kolla"}, 32),
        ({"distribution": "Kolla", "distribution_version": ("yoga", "zed")}, 48),
        ({"distribution": "Kolla", "distribution_version": ("zed",), "mechanism_drivers": ("OVS",)}, 56),
        ({"environment": "here"}, 64),
        ({"environment": "there"}, 0),
    ],
)
def test_score(keys: dict[str, object], score: int) -> None:
    assert replace(CLIQUE, **keys).score(HERE) == score  # type: ignore[arg-type]


def test_the_best_score_serves() -> None:
    types = [replace(CLIQUE, environment="ANY"), replace(CLIQUE, name="driver", mechanism_drivers=("OVS",))]
    assert best(types, HERE)["instance"].name == "driver"
    assert best(types[:1], HERE)["instance"].name == "any"
    assert best([replace(CLIQUE, environment="there")], HERE) == {}


def test_a_type_for_one_driver_loses_no_hop_of_the_others() -> None:
    default = replace(CLIQUE, environment="ANY", link_types=("instance-vnic", "vnic-host_pnic"))
    ovs = replace(CLIQUE, name="ovs", mechanism_drivers=("OVS",), link_types=("instance-vnic", "vnic-vedge"))
    sriov = replace(ovs, name="sriov", mechanism_drivers=("SRIOV",), type_drivers=("vlan",))
    both = replace(ovs, name="both", mechanism_drivers=("OVS", "SRIOV"), distribution="Kolla")
    lxb = replace(ovs, name="lxb", mechanism_drivers=("LXB",))

    def served(*types: CliqueType) -> tuple[str, tuple[str, ...]]:
        found = best(types, HERE)["instance"]
        return found.name, found.link_types

    assert served(default, ovs, lxb) == ("ovs", ovs.link_types + default.link_types)
    assert served(default, ovs, sriov) == ("sriov", sriov.link_types + ovs.link_types)
    assert served(default, ovs, both) == ("both", both.link_types)
    assert served(ovs) == ("ovs", ovs.link_types)
    assert served(default, lxb) == ("any", default.link_types)


def test_every_fault_of_a_file_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "mine.yml").write_text(
        """
clique_types:
  - {name: a, focal_point_type: instnace, link_types: [instance-vnic, vnic-vedg]}
  - {name: b, focal_point_type: instance, link_type: [instance-vnic]}
  - instance
clique_constraints:
  - {focal_point_type: network, constraints: 7}
clique: []
"""
    )
    (tmp_path / "other.yml").write_text("- a list")
    (tmp_path / "broken.yml").write_text("a: [")
    registry = default_registry()
    with pytest.raises(InvalidMetadataError) as raised:
        load([tmp_path, tmp_path / "absent"], registry.kinds, registry.either_direction)
    said = str(raised.value)
    for place in (
        "mine.yml: clique_types[0].focal_point_type: 'instnace' is no kind",
        "mine.yml: clique_types[0].link_types[1]: 'vnic-vedg' is no link type",
        "mine.yml: clique_types[1].link_type: unknown key",
        "mine.yml: clique_types[1].link_types: expected at least one",
        "mine.yml: clique_types[2]: expected a mapping",
        "mine.yml: clique_constraints[0].constraints: expected a name",
        "mine.yml: clique: unknown section",
        "other.yml: expected a mapping",
        "broken.yml: cannot be read",
        "absent: is no directory",
    ):
        assert place in said


def test_a_users_clique_type_may_ask_for_implicit_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "historic.yml").write_text(
        """
clique_types:
  - name: instance
    focal_point_type: instance
    mechanism_drivers: [OVS]
    use_implicit_links: true
    link_types: [instance-network, network-vservice]
"""
    )
    monkeypatch.setenv("CALIPSO_METADATA", str(tmp_path))
    topology = build_topology(Environment("here"), GeneratedCloud(2, 2).facts())
    implicit = {(link["source_id"], link["target_id"]) for link in topology.links if link["implicit"]}
    networks = {
        identifier("server", host, number): identifier("network", 0, number)
        for host in (0, 1)
        for number in (0, 1)
    }
    assert {pair for pair in implicit if pair[0] in networks} == set(networks.items())
    link = {link["id"]: link for link in topology.links}
    for clique in topology.cliques:
        if clique["focal_point_type"] == "instance":
            network = networks[clique["focal_point"]]
            assert [(link[key]["source_id"], link[key]["target_id"]) for key in clique["links"]] == [
                (clique["focal_point"], network),
                (network, f"network-0:qdhcp-{network}"),
            ]
