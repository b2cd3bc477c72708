"""What the commands say of a cloud is what is stored of it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from cli_cloud import HOSTILE, NOW, Calipso, fill, sample

from calipso.store import Store


def nested(tree: dict[str, Any]) -> dict[str, Any]:
    """Return a tree as ids within ids."""
    return {child["id"]: nested(child) for child in tree["children"]}


def test_tree_shows_what_contains_what(calipso: Calipso) -> None:
    shown = calipso("tree").out.splitlines()
    assert [*shown[:5], shown[6], shown[-1]] == [
        "lab  environment",
        "├─ nova  Availability zone  zone",
        "│  └─ cmp1  Host",
        "│     ├─ eth1  pNIC  cmp1:eth1",
        "│     ├─ Instances",
        "│     │  │  └─ tap2  vNIC  cmp1:tap2",
        "└─ blue  Network  net",
    ]
    instances = {
        "twin-1": {},
        "twin-2": {},
        "uuid-0": {"cmp1:tap0": {}},
        "uuid-1": {"cmp1:tap1": {}},
        "uuid-2": {"cmp1:tap2": {}},
    }
    host = {"cmp1:eth1": {}, "cmp1::instances": instances, "cmp1::ovs": {}}
    assert nested(calipso("tree", "--json").json) == {"zone": {"cmp1": host}, "net": {}}
    assert nested(calipso("tree", "cmp1", "--json").json) == host
    assert nested(calipso("tree", "--json", "--depth", "2").json) == {"zone": {"cmp1": {}}, "net": {}}
    assert nested(calipso("tree", "--json", "--type", "vedge").json) == {"zone": {"cmp1": {"cmp1::ovs": {}}}}
    assert nested(calipso("tree", "--json", "--generation", "1").json) == {"zone": {"cmp1": {}}}


def test_a_wide_tree_is_folded_and_what_has_a_fault_is_shown(store: Store, own: Calipso) -> None:
    topology = sample(instances=300)
    broken = next(each for each in topology.inventory if each["id"] == "uuid-250")
    broken["health"] = "error"
    store.publish("lab", topology)
    shown = own("tree", "cmp1").lines()
    assert len(shown) < 100
    assert any("web-250" in line for line in shown)
    assert any("291 more Instances" in line for line in shown)
    assert shown[-1] == "More is below: see `calipso tree ID`, --depth or --all."
    assert len(own("tree", "cmp1", "--all").lines()) == 1 + 3 + 302 + 300


def test_show_tells_all_that_is_known(calipso: Calipso) -> None:
    found = calipso("show", "cmp1-OVS", "--json").json
    with calipso.store() as store:
        stored = store.view("lab").object("cmp1::ovs")
    assert stored is not None
    assert {**found["object"], "last_scanned": None} == {**stored, "last_scanned": None}
    assert found["object"]["last_scanned"] == "2026-01-02T03:04:05.000Z"
    assert [parent["id"] for parent in found["parents"]] == ["zone", "cmp1"]
    assert {link["other_end"]["id"]: link["state"] for link in found["links"]} == {
        "cmp1:eth1": "up",
        "cmp1:tap0": "up",
        "cmp1:tap1": "down",
        "cmp1:tap2": "up",
    }
    assert [message["level"] for message in found["messages"]] == ["error"]
    host = calipso("show", "cmp1", "--json").json
    assert [child["id"] for child in host["children"]] == [
        "cmp1:eth1",
        "uuid-2",
        "twin-1",
        "twin-2",
        "uuid-0",
        "uuid-1",
        "cmp1::ovs",
    ]
    shown = calipso("show", "cmp1-OVS").lines()
    assert shown[0] == "cmp1-OVS vEdge error"
    assert "vnic-vedge blue down vNIC tap1 cmp1:tap1" in shown
    assert "Availability zone nova zone ok" in shown


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("WEB-1", ["uuid-1"]),
        ("52:54:00:00:15", ["cmp1:eth1"]),
        ("10.1.1.6", ["cmp1:tap1"]),
        ("192.0.2.11", ["cmp1"]),
        ("1884", ["net"]),
        ("tap", ["cmp1:tap0", "cmp1:tap1", "cmp1:tap2"]),
        ("eb-1", []),
        ("ovs", ["cmp1::ovs"]),
        ("type:instance", ["twin-1", "twin-2", "uuid-0", "uuid-1", "uuid-2"]),
        ("type:instance TWIN", ["twin-1", "twin-2"]),
        ("health:error", ["cmp1::ovs"]),
        ("health:error web", []),
    ],
)
def test_find_looks_into_names_addresses_and_attributes(calipso: Calipso, text: str, ids: list[str]) -> None:
    ran = calipso("find", text, "--json")
    assert [document["id"] for document in ran.json] == ids
    assert ran.status == (0 if ids else 1)
    assert ran.err.count("\n") == (0 if ids else 1)


def test_clique_shows_layers(calipso: Calipso) -> None:
    assert calipso("clique", "blue").lines()[:9] == [
        "Clique of Network blue",
        "Environment lab, generation 2: 9 objects, 8 links (6 up, 1 unknown, 1 down)",
        "0 Network blue",
        "1 pNIC eth1 ┄┄ vxlan-1884 ┄┄ blue unknown",
        "2 vEdge cmp1-OVS error ── eth1 (cmp1)".removesuffix(" (cmp1)"),
        "3 vNIC tap1 ✗✗ blue (down) ✗✗ cmp1-OVS",
        "tap0 ── blue ── cmp1-OVS",
        "tap2 ── blue ── cmp1-OVS",
        "4 Instance web-1 ── blue ── tap1",
    ]


def test_clique_gives_programs_all_of_it(calipso: Calipso) -> None:
    found = calipso("clique", "net", "--json").json
    with calipso.store() as store:
        assert found["clique"] == next(store.view("lab").cliques())
    assert sorted(link["id"] for link in found["links"]) == sorted(found["clique"]["links"])
    assert sorted(map(sorted, found["layers"])) == sorted(
        [
            ["net"],
            ["cmp1:eth1"],
            ["cmp1::ovs"],
            ["cmp1:tap0", "cmp1:tap1", "cmp1:tap2"],
            ["uuid-0", "uuid-1", "uuid-2"],
        ]
    )
    assert {each["id"] for each in found["objects"]} == {key for layer in found["layers"] for key in layer}


def test_clique_is_drawn(calipso: Calipso, tmp_path: Path) -> None:
    file = tmp_path / "clique.svg"
    assert calipso("clique", "blue", "--svg", str(file)).out == ""
    assert ET.parse(file).getroot()[0].text == "Clique of Network blue"  # noqa: S314 - our own
    assert calipso("clique", "blue", "--svg", "-").out == file.read_text()
    assert calipso("clique", "blue", "--mermaid").out.startswith("flowchart LR\n")
    assert calipso("clique", "blue", "--mermaid", "--json").status == 2
    assert calipso("clique", "blue", "--svg", str(tmp_path / "no" / "where.svg")).err == (
        f"Error: {tmp_path / 'no' / 'where.svg'} cannot be written: No such file or directory\n"
    )


def test_lists(calipso: Calipso) -> None:
    assert [(each["name"], each["generation"]) for each in calipso("environments", "--json").json] == [
        ("lab", 2)
    ]
    assert "lab OpenStack - OVS - 2026-01-02 03:04:05Z 2" in calipso("environments").lines()
    found = calipso("generations", "--json").json
    assert [(each["number"], each["scan_id"]) for each in found] == [(1, "scan-1"), (2, "scan-2")]
    assert calipso("generations").lines()[-1] == "2 2026-01-02 03:04:05Z - 14 +12 8 +8 1 +1 scan-2"
    assert [each["status"] for each in calipso("scans", "--json").json] == ["completed_with_errors"]
    assert "completed_with_errors" in calipso("scans").out


def test_messages_are_filtered(calipso: Calipso) -> None:
    def levels(*options: str) -> list[str]:
        return sorted(message["level"] for message in calipso("messages", "--json", *options).json)

    assert levels() == ["error", "info", "warn"]
    assert levels("--level", "warn") == ["error", "warn"]
    assert levels("--object", "cmp1-OVS") == levels("--object", "cmp1::ovs") == ["error"]
    assert levels("--object", "cmp1") == levels("--scan", "none") == []
    assert levels("--source", "Sensu") == levels("--since", "1s") == []
    assert levels("--source", "Calipso") == levels("--since", "36500d") == ["error", "info", "warn"]
    assert len(levels("--limit", "1")) == 1
    assert "old bridge" in calipso("messages").out


def test_export_is_all_that_is_stored_a_document_a_line(calipso: Calipso) -> None:
    for generation in (None, 1):
        options = () if generation is None else ("--generation", str(generation))
        lines = calipso("export", "--env", "lab", *options).out.splitlines()
        with calipso.store() as store:
            stored = [
                {name: value for name, value in document.items() if name != "last_scanned"}
                for document in store.view("lab", generation).export()
            ]
        exported = [json.loads(line) for line in lines]
        assert [{name: each[name] for name in each if name != "last_scanned"} for each in exported] == stored
    assert HOSTILE in {json.loads(line).get("name") for line in calipso("export").out.splitlines()}


def test_export_ends_quietly_when_nobody_reads_on(store: Store, own: Calipso) -> None:
    store.publish("lab", sample(instances=3000))
    pipe = subprocess.PIPE
    with subprocess.Popen(own.command("export"), env=own.variables, stdout=pipe, stderr=pipe) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert json.loads(running.stdout.readline())["collection"] == "inventory"
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait(60) == 1


def test_the_environment_may_be_left_out_where_there_is_one(store: Store, own: Calipso) -> None:
    fill(store, "other")
    ran = own("tree")
    assert (ran.status, ran.out) == (2, "")
    assert "lab, other" in ran.err
    assert own("tree", "--env", "other").out.startswith("other  environment\n")
    assert own("tree", CALIPSO_ENVIRONMENT="lab").out.startswith("lab  environment\n")


def test_another_inventory_is_another_set_of_collections(mongo_uri: str, own: Calipso) -> None:
    assert own("--inventory", "lab2", "environments", "--json").json == []
    with Store.open(mongo_uri, "lab2") as other:
        fill(other, "elsewhere")
    assert own("--inventory", "lab2", "tree").out.startswith("elsewhere  environment\n")
    assert own("tree", CALIPSO_INVENTORY="lab2").out.startswith("elsewhere  environment\n")


def test_stale_objects_are_marked(store: Store, own: Calipso) -> None:
    topology = sample()
    topology.inventory[0]["health"] = "warning"
    store.publish("lab", topology, stale={"openstack": NOW})
    store.publish("lab", sample())
    assert "nova  Availability zone  zone warning stale" in own("tree", "--generation", "3").out
    assert "stale" not in own("tree").out
