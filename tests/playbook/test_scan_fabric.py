"""A cloud on a Cisco ACI fabric: scanned by the playbook, and what hangs on its switch ports told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from api_server import PASSWORD as USERS_PASSWORD
from api_server import serving
from certificates import Authority
from cli_cloud import Calipso
from controller import ROOT, Controller
from fake_openstack import filled
from fake_services import PASSWORD

from calipso.accounts import Accounts
from calipso.model.environment import Environment
from calipso.model.facts import FABRIC_KINDS
from calipso.model.source import ACI
from tests.fake_apic import FakeApic
from tests.live import judge

RECORDING = ROOT / "tests" / "recordings" / "aci"

HANGING = {
    ("leaf-101", "eth1/1", "net1:enp59s0f0", "app", "vxlan-1101", "dhcp-app", "tunnels"),
    ("leaf-102", "eth1/1", "net1:enp59s0f1", "app", "vxlan-1101", "dhcp-app", "tunnels"),
    ("leaf-101", "eth1/2", "cmp1:eno1", "app", "vxlan-1101", "both", "tunnels"),
    ("leaf-102", "eth1/2", "cmp1:eno2", "app", "vxlan-1101", "both", ""),
    ("leaf-102", "eth1/3", "cmp2:team0", "app", "vxlan-1101", "hybrid", "tunnels"),
    ("leaf-103", "eth1/1", "net1:enp94s0f0", "lan", "vlan-210", "dhcp-lan", "lan"),
    ("leaf-103", "eth1/2", "net1:enp94s0f1", "lan", "vlan-210", "dhcp-lan", "lan"),
    ("leaf-104", "eth1/10", "cmp1:ens2f0", "fast", "vlan-301", "both", "fast"),
    ("leaf-104", "eth1/10", "cmp1:ens2f0", "fast", "vlan-301", "tapped", "fast"),
}


def told(ports: list[dict[str, Any]]) -> set[tuple[str, ...]]:
    """Return what hangs on ports, in the words of `HANGING`."""
    return {
        (
            port["switch"],
            port["name"],
            *(each[name] for name in ("nic", "network_name", "segment", "name")),
            (each["group"] or "").rpartition("/")[2],
        )
        for port in ports
        for each in port["services"]
    }


def test_what_hangs_on_the_ports_of_a_fabric(controller: Controller, mongo_uri: str, tmp_path: Path) -> None:
    played = controller.play(environment="aci", recording=str(RECORDING / "scan")).succeeded()
    assert played.summary[0] == "Environment aci: scan completed."
    lines = [json.dumps(document) for document in controller.export("aci")]
    truth = json.loads((RECORDING / "truth.json").read_text("utf-8"))
    assert list(judge.differences(judge.Exported(lines), judge.Truth(truth))) == []

    calipso = Calipso(mongo_uri, tmp_path)
    ports = calipso("ports", "--env", "aci", "--json").json
    assert told(ports) == HANGING
    assert {port["name"] for port in ports if not port["services"]} == {
        f"Ethernet{number}" for number in (11, 12, 21, 22)
    }
    for of, chosen in (
        ("leaf-104", {row for row in HANGING if row[0] == "leaf-104"}),
        ("switch::node-103::eth1/2", {row for row in HANGING if row[:2] == ("leaf-103", "eth1/2")}),
        ("cmp2", {row for row in HANGING if row[2].startswith("cmp2:")}),
        ("tapped", {row for row in HANGING if row[5] == "tapped"}),
        ("both", {row for row in HANGING if row[5] == "both"}),
    ):
        assert told(calipso("ports", of, "--env", "aci", "--json").json) == chosen, of
    shown = calipso("ports", "leaf-104", "--env", "aci", COLUMNS="160").out
    assert "cloud/openstack/fast" in shown
    wrong = calipso("ports", "fast", "--env", "aci")
    assert wrong.status == 2
    assert "a network is told of no switch ports: name a switch, " in wrong.err

    with controller.store() as store:
        Accounts(store).add_user("anna", USERS_PASSWORD, role="admin")
    with serving(mongo_uri, "--workers", "1") as api:
        token = api.log_in("anna")
        assert api.get("/switch_ports", token, env_name="aci")["switch_ports"] == ports
        page = api.get("/switch_ports", token, env_name="aci", page_size="3", page="1")["switch_ports"]
        assert page == ports[3:6]
        network = next(each["network"] for port in ports for each in port["services"])
        for key, status in (("nothing", 404), (network, 400)):
            asked = {"env_name": "aci", "id": key}
            assert api.ask("GET", "/switch_ports", token, params=asked).status_code == status


def test_the_apic_is_asked_where_the_environment_says_so(controller: Controller, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "authority")
    inventory = tmp_path / "hosts.yml"
    inventory.write_text(yaml.safe_dump({"calipso_hosts": {"hosts": {"nowhere": None}}}))
    controller.environment |= {"SSL_CERT_FILE": str(authority.ca), "ACI_SECRET": PASSWORD}
    begin = ("playbooks/scan_begin.yml", "-i", str(inventory))
    with filled() as cloud, FakeApic(authority.context()) as apic:
        place = {"environment_variable": "ACI_SECRET"}
        section = {"host": "localhost", "port": apic.port, "user": "ann", "secret_in": place}
        with controller.store() as store:
            store.prepare()
            store.create_environment(Environment("lab", configuration={"ACI": section}))
        (tmp_path / "clouds.yaml").write_text(yaml.safe_dump({"clouds": {"lab": {"auth": cloud.auth}}}))
        recorded = tmp_path / "recording"
        played = controller.play(*begin, environment="lab", cloud="lab", record_to=str(recorded)).succeeded()
        assert PASSWORD not in played.output + played.errors
        with controller.store() as store:
            source = store.sources("lab")[ACI]
            rows = [row for row in store.facts("lab").rows if row.get("source") == ACI]
        assert (source.stale, source.gaps) == (False, ())
        assert {row["kind"] for row in rows} == set(FABRIC_KINDS)
        for path in sorted((RECORDING / "scan" / "aci").iterdir()):
            assert (recorded / "aci" / path.name).read_text("utf-8") == path.read_text("utf-8")

        for place, variable in (
            ({"ansible_variable": "of_the_fabric"}, "of_the_fabric"),
            ({"awx_credential": "the fabric's"}, "calipso_aci_password"),
        ):
            with controller.store() as store:
                changed = {"configuration": {"ACI": {**section, "secret_in": place}}}
                store.change_environment("lab", changed)
            given = ("-e", json.dumps({variable: PASSWORD}))
            played = controller.play(*begin, *given, environment="lab", cloud="lab").succeeded()
            assert PASSWORD not in played.output + played.errors
            with controller.store() as store:
                assert not store.sources("lab")[ACI].stale
        with controller.store() as store:
            store.change_environment("lab", {"configuration": {"ACI": section}})
        controller.environment["ACI_SECRET"] = "wrong"
        controller.play(*begin, environment="lab", cloud="lab").succeeded()
        with controller.store() as store:
            source = store.sources("lab")[ACI]
            left = [row for row in store.facts("lab").rows if row.get("source") == ACI]
        assert source.stale
        assert "refuses ann" in str(source.error)
        assert left == rows
