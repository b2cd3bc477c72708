"""Snapshots and comparison of the demo's cloud, on the command line and by playbooks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from changed_cloud import Cloud, publish
from controller import Controller

from tests.unit.cli.cli_cloud import Calipso

GATEWAY_PORT = "21f0b1a8-8f5d-4769-a4d3-a4e6a4f7af7b"
DHCP = "net1:qdhcp-0ed0abd3-52c7-4598-a977-def31756e25d"
GROUPS = ("moved", "removed", "added", "changed")


def change(cloud: Cloud) -> None:
    """Move an instance, stop another one, delete a port, rename a network."""
    cloud.move("blue-web-2", "cmp1")
    cloud.named("server", "green-1")["status"] = "SHUTOFF"
    cloud.delete("port", GATEWAY_PORT)
    cloud.named("network", "blue-db")["name"] = "blue-database"


def blue() -> dict[str, set[tuple[str, str]]]:
    """What is then different of project blue: type and name."""
    hung = {("vconnector", "qbr0bbae936-b3"), ("vnic", "tap0bbae936-b3")}
    changed = {
        ("port", "blue-web-2-blue-web"),
        ("network", "blue-database"),
        ("vservice", "dhcp-blue-database"),
    }
    return {"moved": {("instance", "blue-web-2")}, "removed": {*hung}, "added": {*hung}, "changed": changed}


def names(compared: dict[str, Any]) -> dict[str, set[tuple[str, str]]]:
    """Return the objects that are different, by type and name."""
    groups = compared["objects"]
    return {group: {(each["type"], each["name"]) for each in groups[group]} for group in GROUPS}


def hops(compared: dict[str, Any]) -> dict[str, set[tuple[str, str]]]:
    """Return the links that are different, by type and host."""
    return {
        group: {(each["link_type"], each["host"]) for each in listed}
        for group, listed in compared["links"].items()
    }


@pytest.fixture
def calipso(controller: Controller, tmp_path: Path) -> Calipso:
    """The command line, where the demo was scanned, and its cloud has changed since."""
    controller.play("playbooks/demo.yml").succeeded()
    with controller.store() as store:
        assert publish(store, "demo", change) == 2
    return Calipso(controller.uri, tmp_path)


def test_the_command_line_shows_exactly_what_changed(calipso: Calipso) -> None:
    ran = calipso("compare", "1", "--json")
    assert (ran.status, ran.err) == (1, "")
    found = ran.json
    expected = blue()
    expected["removed"] |= {("port", GATEWAY_PORT)}
    expected["changed"] |= {("instance", "green-1"), ("vedge", "cmp1-OVS"), ("vedge", "cmp2-OVS")}
    assert names(found) == expected
    joins = ("instance-vnic", "vnic-vconnector", "vconnector-vedge")
    assert hops(found) == {
        "removed": {(each, "cmp2") for each in joins},
        "added": {(each, "cmp1") for each in joins},
        "changed": set(),
    }
    (moved,) = found["objects"]["moved"]
    assert (moved["from"], moved["to"], moved["host"]) == ("cmp2", "cmp1", "cmp1")
    zone = {"attribute": "availability_zone", "before": "az-edge", "after": "nova"}
    assert moved["attributes"] == [zone]
    (stopped,) = (each for each in found["objects"]["changed"] if each["name"] == "green-1")
    assert stopped["health"] == {"before": "ok", "after": "warning"}
    assert stopped["attributes"] == [{"attribute": "state", "before": "ACTIVE", "after": "SHUTOFF"}]
    assert found["summary"]["objects"] == {group: len(each) for group, each in expected.items()}
    assert not found["equal"]

    lines = calipso("compare", "1").lines()
    assert any(line.startswith("blue-web-2 Instance") and line.endswith("cmp2 → cmp1") for line in lines)
    assert "state: ACTIVE → SHUTOFF" in lines
    assert any(line.startswith("ports.qvo0bbae936-b3: + {id: ") for line in lines)
    assert lines[-1] == "Objects: 1 moved, 3 removed, 2 added, 6 changed; links: 3 removed, 3 added"

    back = calipso("compare", "2", "1", "--json").json
    assert names(back)["added"] == expected["removed"]


def test_equal_states_have_status_0(calipso: Calipso) -> None:
    for words in (("2",), ("1", "1"), ("1", "--project", "service"), ("1", "--object", "green-router")):
        ran = calipso("compare", *words)
        assert (ran.status, ran.err) == (0, "")
        assert ran.lines()[-1] == "Nothing is different."


def test_one_project(calipso: Calipso) -> None:
    found = calipso("compare", "1", "--project", "blue", "--json").json
    assert found["scope"]["name"] == "blue"
    assert names(found) == blue()
    assert {len(listed) for listed in hops(found).values()} == {3, 0}
    found = calipso("compare", "1", "--project", "green", "--json").json
    assert names(found)["changed"] == {("instance", "green-1")}
    assert found["summary"]["objects"] == {"moved": 0, "removed": 0, "added": 0, "changed": 1}


def test_one_focal_point(calipso: Calipso) -> None:
    found = calipso("compare", "1", "--object", "blue-web-2", "--json").json
    hung = {("vconnector", "qbr0bbae936-b3"), ("vnic", "tap0bbae936-b3")}
    assert names(found) == {
        "moved": {("instance", "blue-web-2")},
        "removed": hung,
        "added": hung,
        "changed": {("vedge", "cmp1-OVS"), ("vedge", "cmp2-OVS")},
    }
    found = calipso("compare", "1", "--object", "blue-web-1", "--json").json
    assert names(found)["changed"] == {("vedge", "cmp1-OVS")}
    ran = calipso("compare", "1", "--object", GATEWAY_PORT)
    assert "Only Port" in ran.out
    assert "it is only in the earlier state" in ran.out
    assert ran.lines()[-1] == "Objects: 1 removed; links: none"


def test_the_playbooks(controller: Controller, calipso: Calipso) -> None:
    def play(book: str, *options: str, **variables: Any) -> Any:
        return controller.play(book, *options, environment="demo", **variables)

    kept = "playbooks/snapshot.yml"
    assert play(kept, "--check", snapshot="as designed", generation=1).succeeded().changed == 1
    assert calipso("snapshots", "--json").json == []
    assert play("calipso.topology.snapshot", snapshot="as designed", generation=1).succeeded().changed == 1
    assert play(kept, snapshot="as designed", generation=1).succeeded().changed == 0
    assert "another generation" in play(kept, snapshot="as designed").message
    assert "it is a number" in play(kept, snapshot="7").message
    assert [each["names"] for each in calipso("snapshots", "--json").json] == [["as designed"]]

    compared = play("calipso.topology.compare", before="as designed").succeeded()
    assert "1 moved, 3 removed, 2 added, 6 changed" in compared.output
    play("playbooks/compare.yml", before="latest", fail_if_different=True).succeeded()
    failing = {"before": "as designed", "project": "green", "fail_if_different": True}
    assert play("playbooks/compare.yml", **failing).message == (
        "The two states are different: Objects: 1 changed; links: none"
    )
    assert "calipso_before" in play("playbooks/compare.yml").message
    assert "has no generation 'nope'" in play("playbooks/compare.yml", before="nope").message
    assert "no project 'x'" in play("playbooks/compare.yml", before=1, project="x").message

    assert play(kept, snapshot="as designed", snapshot_state="absent").succeeded().changed == 1
    assert play(kept, snapshot="as designed", snapshot_state="absent").succeeded().changed == 0
    with controller.store() as store:
        said = [message["message"] for message in store.messages("demo", at_least="notice")]
    assert said[:2] == [
        "generation 1 is no longer kept as snapshot 'as designed'",
        "generation 1 is kept as snapshot 'as designed'",
    ]
