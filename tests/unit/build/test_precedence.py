"""What the API hides: what can be known is built, and the database tells the rest."""

from __future__ import annotations

import copy
import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ansible_collections.calipso.topology.plugins.module_utils.host import collect
from ansible_collections.calipso.topology.plugins.module_utils.openstack_collect import gather
from ansible_collections.calipso.topology.plugins.module_utils.recording import read_host
from ansible_collections.calipso.topology.plugins.module_utils.runner import ReplayingRunner

from calipso.build import build_topology
from calipso.model.environment import Environment
from calipso.model.facts import HOST, Row
from calipso.model.source import OPENSTACK, OPENSTACK_DB, Facts, Source, host_source
from calipso.model.topology import Topology
from calipso.scan.faults import faults
from calipso.scan.withheld import withheld
from tests.limited_cloud import limited

ROOT = Path(__file__).parents[3]
DEMO = ROOT / "playbooks" / "files" / "recordings" / "ovs-vxlan"
TOLD = json.loads((ROOT / "tests/unit/openstack_db/api.json").read_text("utf-8"))
"""Of each kind of rows of a real database, rows with the attributes that the API has, too."""
AT = datetime(2026, 1, 1, tzinfo=UTC)


def facts(recording: Path) -> Facts:
    """Return the facts of a recorded cloud."""
    options = {
        **dict.fromkeys(
            ["cloud", "auth", "auth_type", "interface", "ca_cert", "validate_certs", "record_to"]
        ),
        "recording": str(recording),
        "regions": [],
        "timeout": 10,
        "workers": 4,
        "page_size": 1000,
    }
    answer = gather(options)
    rows: list[Row] = [{**row, "source": OPENSTACK} for row in answer["rows"]]
    sources = {OPENSTACK: Source(OPENSTACK, AT, gaps=tuple(answer["gaps"]))}
    for directory in sorted((recording / "hosts").iterdir()):
        name, said = host_source(directory.name), collect(ReplayingRunner(read_host(directory)))
        rows.append({"kind": HOST, "key": directory.name, "data": said, "source": name})
        sources[name] = Source(name, AT, gaps=tuple(said["gaps"]))
    return Facts(sources, rows)


@pytest.fixture(scope="module")
def whole() -> Facts:
    """The cloud as an administrator sees it."""
    return facts(DEMO)


@pytest.fixture(scope="module")
def poor(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    """The cloud as a user sees it."""
    return facts(limited(DEMO, tmp_path_factory.mktemp("limited") / "recording"))


def with_database(asked: Facts, whole: Facts) -> Facts:
    """Return facts, and those of a database that holds what the administrator's API tells of."""
    rows = copy.deepcopy(asked.rows)
    for row in whole.rows:
        if row["kind"] in TOLD:
            names = next(iter(TOLD[row["kind"]].values())).keys() | {"id"}
            data = {name: value for name, value in row["data"].items() if name in names}
            key = f"{data['host']}:{data['binary']}" if row["kind"] == "compute_service" else row["key"]
            rows.append(
                {"kind": row["kind"], "key": key, "data": {**data, "region": None}, "source": OPENSTACK_DB}
            )
    return Facts({**asked.sources, OPENSTACK_DB: Source(OPENSTACK_DB, AT)}, rows)


def build(facts: Facts) -> Topology:
    return build_topology(Environment("demo"), facts)


def ids(topology: Topology) -> set[str]:
    return {document["id"] for document in topology.inventory}


def links(topology: Topology) -> set[tuple[str, str, str]]:
    return {(link["link_type"], link["source_id"], link["target_id"]) for link in topology.links}


def test_what_a_user_sees_is_built(whole: Facts, poor: Facts) -> None:
    topology = build(poor)
    found, wanted = (Counter(each["type"] for each in build(of).inventory) for of in (poor, whole))
    for kind in ("instance", "vnic", "vconnector", "vservice", "host_pnic", "host", "network", "port"):
        assert found[kind] == wanted[kind], kind
    assert {link for link in links(topology) if link[0] == "vnic-vconnector"} == {
        link for link in links(build(whole)) if link[0] == "vnic-vconnector"
    }
    assert not found["network_agent"]


def test_what_is_hidden_is_told(poor: Facts) -> None:
    asked = {name: None if name == OPENSTACK else name for name in poor.sources}
    said = [message.text for message in withheld(poor, asked, set(asked))]
    for kind in ("agent", "hypervisor", "compute_service", "network", "port"):
        (text,) = [text for text in said if text.startswith(f"the OpenStack API told no {kind}, ")]
        assert "(forbidden: RegionOne: " in text
        assert "; missing may be " in text


def test_the_database_tells_what_the_api_hides(whole: Facts, poor: Facts) -> None:
    both = with_database(poor, whole)
    assert links(build(both)) == links(build(whole))
    lost = ids(build(whole)) - ids(build(both))
    assert {document["type"] for document in build(whole).inventory if document["id"] in lost} <= {
        "aggregate",
        "aggregates_folder",
        "host_ref",
        "availability_zone",
    }
    asked = {name: None if name == OPENSTACK else name for name in poor.sources}
    said = " ".join(message.text for message in withheld(both, asked, set(asked)))
    assert "told no agent" not in said
    assert "told no aggregate" in said


def test_the_database_changes_nothing_where_the_api_tells_all(whole: Facts) -> None:
    both = with_database(whole, whole)
    for row in both.rows:
        if row.get("source") == OPENSTACK_DB:
            row["data"]["name"] = "as the database has it"
            row["data"]["admin_state_up"] = False
    alone = [
        {**row, "key": f"{row['key']}0", "data": {**row["data"], "id": f"{row['key']}0"}}
        for row in both.rows
        if row.get("source") == OPENSTACK_DB and row["kind"] == "network"
    ]
    both.rows.extend(alone)  # type: ignore[arg-type]
    topology, wanted = build(both), build(whole)
    assert ids(topology) == ids(wanted)
    assert links(topology) == links(wanted)
    assert {each["id"]: each["name"] for each in topology.inventory} == {
        each["id"]: each["name"] for each in wanted.inventory
    }


def test_tunnels_and_bindings_that_only_the_database_tells_of(poor: Facts) -> None:
    port = next(row for row in poor.rows if row["kind"] == "port")["key"]
    told = {
        "tunnel_endpoint": {"type": "vxlan", "host": "net1", "ip_address": "10.20.0.12", "udp_port": 8472},
        "binding_level": {"port_id": port, "host": "net1", "level": 0, "driver": "openvswitch"},
    }
    rows: list[Row] = [
        {"kind": kind, "key": kind, "data": {"id": kind, **data}, "source": OPENSTACK_DB}
        for kind, data in told.items()
    ]
    facts = Facts({**poor.sources, OPENSTACK_DB: Source(OPENSTACK_DB, AT)}, [*poor.rows, *rows])
    found = {document["id"]: document for document in build(facts).inventory}
    assert found["net1::vxlan::10.20.0.12"]["udp_port"] == 8472
    assert [level["driver"] for level in found[port]["binding_levels"]] == ["openvswitch"]


def test_a_cloud_without_root_is_built_of_what_anybody_may_read(whole: Facts) -> None:
    poor = Facts(dict(whole.sources), copy.deepcopy(whole.rows))
    for row in poor.rows:
        if row["kind"] == HOST:
            row["data"] |= {"ovs": None, "domains": [], "namespaces": []}
            row["data"]["gaps"] = [
                {"part": part, "reason": "forbidden", "command": None, "detail": "only root may"}
                for part in ("ovs", "domains", "namespaces")
            ]
            name = host_source(row["key"])
            poor.sources[name] = Source(name, AT, gaps=tuple(row["data"]["gaps"]))
    found = Counter(document["type"] for document in build(poor).inventory)
    wanted = Counter(document["type"] for document in build(whole).inventory)
    for kind in ("instance", "host", "host_pnic", "network", "port", "vedge", "otep", "network_agent"):
        assert found[kind] == wanted[kind], kind
    asked = {name: name.partition(":")[2] or None for name in poor.sources}
    errors = {message.text for message in faults(Environment("demo"), poor, asked, set(asked))}
    for host, part in (("cmp1", "domains"), ("cmp2", "ovs"), ("net1", "ovs")):
        start = f"host {host} told no {part}, or not all (forbidden: only root may)"
        assert any(text.startswith(start) for text in errors)


def test_no_root_and_no_lldp_are_told_once_for_all_hosts(whole: Facts) -> None:
    sources = dict(whole.sources)
    for name in sources.keys() - {OPENSTACK}:
        gaps = [
            {"part": "lldp", "reason": "missing", "command": "lldpctl", "detail": "lldpctl is not installed"},
            {"part": "namespaces", "reason": "forbidden", "command": "ip", "detail": "only root may"},
        ]
        sources[name] = replace(sources[name], gaps=tuple(gaps))  # type: ignore[arg-type]
    asked = {name: name.partition(":")[2] or None for name in sources}
    said = [message.text for message in withheld(Facts(sources, whole.rows), asked, set(asked))]
    assert said == [
        "hosts cmp1, cmp2, ctl1, net1 told no lldp, or not all (missing: lldpctl is not installed); "
        "missing is which ports of physical switches NICs are cabled to",
        "hosts cmp1, cmp2, ctl1, net1 told no namespaces, or not all (forbidden: only root may); "
        "missing is DHCP servers, routers and their interfaces",
    ]
