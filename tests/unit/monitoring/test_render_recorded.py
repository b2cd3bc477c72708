"""What is watched in recorded clouds: every switch by its own check, and nothing that no check can see."""

from __future__ import annotations

from typing import Any

import pytest
from monitored_cloud import TEMPLATES, URL, checks_of, environment

from calipso.model.targets import MonitoringTarget
from calipso.monitoring.render import render
from calipso.monitoring.surroundings import Surroundings
from calipso.monitoring.templates import chosen
from tests.unit.build.recorded_cloud import CLOUDS, build, recorded_facts


def checks(cloud: str, mechanism: str) -> dict[str, dict[str, Any]]:
    """Return the parameters of all checks that a recorded cloud gets, by check and by what it is about."""
    topology = build(recorded_facts(cloud))
    named = environment().changed({"mechanism_drivers": (mechanism, "OVS")})
    target = MonitoringTarget(host="sensu.example", calipso_url=URL)
    around = Surroundings(topology.inventory, topology.links, topology.cliques)
    found = render(named, target, chosen(TEMPLATES, named, target.type), around)
    assert found.messages == []
    return {
        f"{config['check']} {config['subject']['id']}": config["parameters"]
        for config in checks_of(found).values()
    }


def test_vpp_is_watched_by_itself() -> None:
    found = checks("vpp", "VPP")
    assert found["vedge_vpp cmp1::vpp"] == {
        "interface": [
            "BondEthernet0",
            "TenGigabitEthernet5/0/0",
            "TenGigabitEthernet5/0/1",
            "TenGigabitEthernet6/0/0",
        ]
    }
    assert found["vedge_vpp net1::vpp"] == {"interface": ["host-eth1"]}
    assert {name.partition(" ")[0] for name in found} == {
        "host_pnic",
        "vedge_vpp",
        "vconnector",
        "vservice",
        "instance",
        "vnic",
    }


@pytest.mark.parametrize("device", ["ens2f0", "bond0", "eno2"])
def test_nics_and_bonds_of_the_kernel_are_watched(device: str) -> None:
    assert f"host_pnic cmp1:{device}" in checks("sriov-bonds", "SRIOV")


def test_every_tunnel_device_of_a_linux_bridge_is_watched_with_its_peers() -> None:
    wanted = {
        f"otep {document['id']}": {
            "address": document["ip_address"],
            **({"peer": sorted(document["ports"])} if document["ports"] else {}),
        }
        for document in build(recorded_facts("lxb-vxlan")).inventory
        if document["type"] == "otep"
    }
    found = checks("lxb-vxlan", "LXB")
    assert {name: found[name] for name in found if name.startswith("otep ")} == wanted


def test_what_ovn_has_without_a_namespace_is_not_watched() -> None:
    found = checks("ovn-geneve", "OVN")
    services = [name for name in found if name.startswith("vservice ")]
    assert services
    assert all("ovnmeta-" in name for name in services)


@pytest.mark.parametrize("cloud", CLOUDS)
def test_every_service_in_a_namespace_is_watched(cloud: str) -> None:
    inventory = build(recorded_facts(cloud)).inventory
    services = {
        f"vservice {each['id']}" for each in inventory if each["type"] == "vservice" and each["namespace"]
    }
    assert services <= checks(cloud, "OVN").keys()
