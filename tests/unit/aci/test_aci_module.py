"""The module, by its front door, on a stand-in for an APIC; and on whatever objects an APIC could list."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.calipso.topology.plugins.module_utils.aci import PAGE_SIZE, LiveApic
from ansible_collections.calipso.topology.plugins.module_utils.aci_classes import CLASSES, FabricClass
from ansible_collections.calipso.topology.plugins.module_utils.aci_collect import gather
from certificates import Authority
from fake_services import PASSWORD, FakeService, Reply
from hypothesis import given
from hypothesis import strategies as st
from ldap_server import free_port

from calipso.model.facts import FABRIC_KINDS
from tests.fake_apic import FakeApic
from tests.handmade.fabric import MadeFabric

MODULE = "ansible_collections.calipso.topology.plugins.modules.aci_facts"
RECORDING = Path(__file__).parents[2] / "recordings" / "aci" / "scan"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The authority that signs the APIC's certificate."""
    return Authority(tmp_path_factory.mktemp("authority"))


def run(apic: FakeApic | int | None, authority: Authority | None = None, **arguments: Any) -> dict[str, Any]:
    """Run the module, as ann over HTTPS unless it is told otherwise."""
    if apic is not None:
        port = apic if isinstance(apic, int) else apic.port
        arguments = {"host": "localhost", "port": port, "user": "ann", "password": PASSWORD} | arguments
    if authority is not None:
        arguments = {"ca_cert": str(authority.ca)} | arguments
    done = subprocess.run(
        [sys.executable, "-m", MODULE],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}),
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert PASSWORD not in done.stdout + done.stderr
    assert "that-nobody-may-see" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def rows(answer: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """Return the data of the rows of a kind, by key."""
    return {row["key"]: row["data"] for row in answer["rows"] if row["kind"] == kind}


def test_it_tells_of_the_whole_fabric(authority: Authority, tmp_path: Path) -> None:
    with FakeApic(authority.context()) as apic:
        answer = run(apic, authority, record_to=str(tmp_path))
        assert apic.asked[0] == "POST /api/aaaLogin.json"
        assert apic.asked[-1] == "POST /api/aaaLogout.json"
    assert (answer["gaps"], answer["changed"]) == ([], False)
    assert {row["kind"] for row in answer["rows"]} == set(FABRIC_KINDS)
    assert {kind["kind"] for kind in answer["kinds"]} == set(FABRIC_KINDS)
    assert {key: data["role"] for key, data in rows(answer, "fabric_switch").items()} == {
        **dict.fromkeys(("101", "102", "103", "104"), "leaf"),
        **dict.fromkeys(("201", "202"), "spine"),
    }
    assert rows(answer, "fabric_port")["101:eth1/1"] == {
        "id": "101:eth1/1",
        "switch": "101",
        "name": "eth1/1",
        "usage": "epg",
        "description": None,
        "admin_state": "up",
        "state": "up",
        "speed": 25000,
        "duplex": "full",
        "mtu": 9000,
        "mac": "70:0f:6a:00:65:01",
        "channel": "po1",
    }
    learned = {(each["switch"], each["interface"]) for each in rows(answer, "fabric_end_point").values()}
    assert ("101", "po1") in learned
    assert not any(interface.startswith("tunnel") for _switch, interface in learned)
    written = [path.read_text("utf-8") for path in tmp_path.rglob("*.json")]
    assert len(written) == len(CLASSES)
    assert not any(secret in text for text in written for secret in (PASSWORD, "that-nobody-may-see"))
    for folder in (tmp_path, RECORDING):
        replayed = run(None, recording=str(folder))
        assert [replayed[name] for name in ("rows", "kinds", "gaps")] == [
            answer[name] for name in ("rows", "kinds", "gaps")
        ]


def crowded(count: int) -> MadeFabric:
    """Return a fabric of one leaf, which learned so many addresses."""
    found = MadeFabric()
    found.node(101, "leaf")
    found.port(101, "eth1/1", "epg")
    told = {"ifId": "eth1/1", "flags": "local,mac"}
    for number in range(count):
        mac = f"02:00:00:{number >> 16:02X}:{number >> 8 & 255:02X}:{number & 255:02X}"
        dn = f"topology/pod-1/node-101/sys/ctx-[vxlan-1]/bd-[vxlan-2]/vlan-[vlan-3]/db-ep/mac-{mac}"
        found.objects["epmMacEp"].append({"dn": dn, "addr": mac, **told})
    return found


@pytest.mark.parametrize("moving", [False, True])
def test_many_objects_come_in_pages(authority: Authority, moving: bool) -> None:
    count = 2 * PAGE_SIZE + 17
    with FakeApic(authority.context(), crowded(count)) as apic:
        apic.moving = {"epmMacEp"} if moving else set()
        answer = run(apic, authority)
        pages = [query["page"] for query in apic.queries if query["class"] == "epmMacEp"]
    assert pages == ["0", "1", "2"] * (2 if moving else 1)
    assert len(rows(answer, "fabric_end_point")) == count - moving
    assert answer["gaps"] == []


def test_a_token_that_runs_out_is_renewed(authority: Authority) -> None:
    options = {"host": "localhost", "user": "ann", "password": PASSWORD, "timeout": 10, "verify_tls": True}
    now = 0.0
    with FakeApic(authority.context()) as apic:
        asked = LiveApic({**options, "port": apic.port, "ca_cert": str(authority.ca)}, lambda: now)
        asked.rows(CLASSES["fabricNode"])
        now = 301.0
        asked.rows(CLASSES["fabricNode"])
        assert apic.asked[-2] == "GET /api/aaaRefresh.json"
        asked.close()


def test_a_token_that_is_lost_is_had_again(authority: Authority) -> None:
    with FakeApic(authority.context()) as apic:
        apic.life, apic.slow = 0.5, {"topSystem": 0.6}
        answer = run(apic, authority)
        assert apic.asked.count("POST /api/aaaLogin.json") > 1
    assert answer["gaps"] == []


def test_a_busy_apic_is_asked_again(authority: Authority) -> None:
    with FakeApic(authority.context()) as apic:
        apic.busy = 2
        assert run(apic, authority)["gaps"] == []


def test_what_cannot_be_read_is_a_gap(authority: Authority) -> None:
    with FakeApic(authority.context()) as apic:
        apic.refused = {"lldpAdjEp": (403, "not authorized"), "fabricLink": (400, "bad class")}
        apic.slow = {"fvCEp": 9}
        answer = run(apic, authority, timeout=3)
    assert {(gap["part"], gap["reason"]) for gap in answer["gaps"]} == {
        ("fabric_neighbour", "forbidden"),
        ("fabric_cable", "unsupported"),
        ("fabric_end_point", "timeout"),
    }
    assert {kind["kind"] for kind in answer["kinds"]} == {"fabric_switch", "fabric_port"}
    assert rows(answer, "fabric_end_point")  # learned addresses are there, without their groups
    assert len(rows(answer, "fabric_switch")) == 6


@pytest.mark.parametrize("kind", ["expired", "elsewhere", "unknown"])
def test_a_certificate_that_is_not_right(authority: Authority, kind: str) -> None:
    with FakeApic(authority.context(kind)) as apic:
        assert "TLS with the APIC" in run(apic, authority)["msg"]
        assert run(apic, verify_tls=False)["gaps"] == []


class Stranger(FakeService):
    """Something else that speaks HTTPS."""

    def answer(self, method: str, path: str, headers: Any, body: Any, query: dict[str, str]) -> Reply:
        """Know nothing."""
        del method, path, headers, body, query
        return 404, {"error": "not found"}, {}


def test_an_apic_that_cannot_be_asked(authority: Authority) -> None:
    with FakeApic(authority.context()) as apic:
        assert "refuses ann (Username or password is incorrect" in run(apic, authority, password="no")["msg"]
    assert "cannot be reached (Connection refused)" in run(free_port(), authority)["msg"]
    with FakeApic(authority.context(), MadeFabric()) as apic:
        apic.fabric.objects.clear()
        assert "shows no node of its fabric" in run(apic, authority)["msg"]
    with Stranger(authority.context()) as other:
        assert "does not answer as an APIC does (HTTP 404)" in run(other.port, authority)["msg"]
    assert "must be at least 1" in run(1, timeout=0)["msg"]
    assert "no recording of an ACI fabric" in run(None, recording="/nowhere")["msg"]


TEXTS = (
    st.text(max_size=12)
    | st.none()
    | st.integers()
    | st.sampled_from(
        [
            "topology/pod-1/node-101",
            "topology/pod-1/node-101/sys/phys-[eth1/1]",
            "leaf",
            "eth1/1",
            "po1",
            "101",
        ]
    )
)


def listings(known: FabricClass) -> st.SearchStrategy[list[dict[str, str]]]:
    """Return whatever an APIC could list of a class."""
    others = dict.fromkeys(known.attributes[1:], TEXTS)
    return st.lists(st.fixed_dictionaries({"dn": TEXTS}, optional=others), max_size=3)


@given(st.fixed_dictionaries({name: listings(known) for name, known in CLASSES.items()}))
def test_whatever_is_listed_gives_rows(listed: dict[str, list[dict[str, str]]]) -> None:
    listed["fabricNode"].append({"dn": "topology/pod-1/node-101", "role": "leaf"})
    with tempfile.TemporaryDirectory() as folder:
        for name, objects in listed.items():
            (Path(folder) / "aci").mkdir(exist_ok=True)
            (Path(folder) / "aci" / f"{name}.json").write_text(json.dumps({"table": name, "rows": objects}))
        answer = gather({"recording": folder})
    assert answer["gaps"] == []
    for row in answer["rows"]:
        assert row["kind"] in FABRIC_KINDS
        assert row["data"]["id"] == row["key"]
        assert json.loads(json.dumps(row)) == row
