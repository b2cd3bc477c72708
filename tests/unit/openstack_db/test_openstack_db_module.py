"""The module on a real MariaDB that holds the recorded tables of a real cloud."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymysql
import pytest
from ansible_collections.calipso.topology.plugins.module_utils.openstack_db import LiveDatabase
from ansible_collections.calipso.topology.plugins.module_utils.openstack_db_tables import TABLES
from certificates import Authority
from ldap_server import free_port
from real_servers import PASSWORD, MariaDb
from recorded_database import statements

from calipso.model.facts import OPENSTACK_DB_KINDS

MODULE = "ansible_collections.calipso.topology.plugins.modules.openstack_db_facts"
API = json.loads((Path(__file__).parent / "api.json").read_text("utf-8"))
"""What the APIs said to an administrator when the tables were recorded: {kind: {id: resource}}."""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The authority that signs the server's certificate."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[MariaDb]:
    """A server with OpenStack's tables, which speaks TLS."""
    running = MariaDb(tmp_path_factory.mktemp("mariadb"), authority)
    running.tell(*statements())
    running.tell(*(f"GRANT SELECT ON {name}.* TO calipso@localhost" for name in ("nova", "nova_api")))
    yield running
    running.stop()


def run(server: MariaDb | None, authority: Authority | None = None, **arguments: Any) -> dict[str, Any]:
    """Run the module, as calipso over TLS unless it is told otherwise."""
    if server is not None:
        reached = {"host": "localhost", "port": server.port, "user": "calipso", "password": PASSWORD}
        arguments = reached | arguments
    if authority is not None:
        arguments = {"ca_cert": str(authority.ca)} | arguments
    done = subprocess.run(
        [sys.executable, "-m", MODULE],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}),
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert PASSWORD not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def by_kind(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the rows' data by kind and key."""
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for row in answer["rows"]:
        found[row["kind"]][row["key"]] = row["data"]
    return found


def test_it_tells_what_the_api_tells_an_administrator(server: MariaDb, authority: Authority) -> None:
    answer = run(server, authority)
    assert (answer["gaps"], answer["changed"]) == ([], False)
    assert {kind["kind"] for kind in answer["kinds"]} == set(OPENSTACK_DB_KINDS)
    found = by_kind(answer)
    for kind, resources in API.items():
        assert found[kind].keys() == resources.keys()
        for key, resource in resources.items():
            told = {name: value for name, value in found[kind][key].items() if name in resource}
            assert told == {name: resource[name] for name in told}, (kind, key)
            assert set(found[kind][key]) - set(resource) <= {"region"}, (kind, key)


def test_it_tells_what_the_api_tells_nobody(server: MariaDb, authority: Authority) -> None:
    found = by_kind(run(server, authority))
    ends = {
        (row["type"], row["host"], row["ip_address"], row["udp_port"])
        for row in found["tunnel_endpoint"].values()
    }
    assert ends == {
        ("vxlan", host, f"10.20.0.{n}", 4789) for host, n in (("net1", 12), ("cmp1", 21), ("cmp2", 22))
    }
    tunnels = {
        network["provider:segmentation_id"]
        for network in API["network"].values()
        if network["provider:network_type"] == "vxlan"
    }
    assert {row["segmentation_id"] for row in found["tunnel_allocation"].values()} == tunnels
    bound = {key for key, port in API["port"].items() if port["binding:host_id"]}
    assert {row["port_id"] for row in found["binding_level"].values()} == bound
    assert all(row["driver"] == "openvswitch" for row in found["binding_level"].values())


def test_a_recording_answers_the_same_without_a_server(
    server: MariaDb, authority: Authority, tmp_path: Path
) -> None:
    live = run(server, authority, record_to=str(tmp_path))
    names = {path.stem for path in (tmp_path / "openstack_db").iterdir()}
    assert names == set(TABLES)
    replayed = run(None, recording=str(tmp_path))
    assert {**replayed, "invocation": None} == {**live, "invocation": None}


def test_the_session_refuses_to_write(server: MariaDb) -> None:
    server.tell("GRANT ALL ON neutron.* TO calipso@localhost")
    try:
        options = {
            "host": "localhost",
            "port": server.port,
            "user": "calipso",
            "password": PASSWORD,
            "tls": False,
            "timeout": 10,
            "databases": {name: name for name in ("neutron", "nova", "nova_api")},
        }
        database = LiveDatabase(options)
        for again in (False, True):
            if again:  # and so do all its later transactions
                database.ask("ROLLBACK")
            with pytest.raises(pymysql.MySQLError, match="READ ONLY"):
                database.ask("DELETE FROM neutron.agents")
        database.close()
    finally:
        server.tell(
            "REVOKE ALL ON neutron.* FROM calipso@localhost", "GRANT SELECT ON neutron.* TO calipso@localhost"
        )


def test_what_may_not_be_read_is_a_gap(server: MariaDb, authority: Authority) -> None:
    server.tell("REVOKE SELECT ON nova.* FROM calipso@localhost")
    try:
        answer = run(server, authority)
    finally:
        server.tell("GRANT SELECT ON nova.* TO calipso@localhost")
    gaps = {(gap["part"], gap["reason"]) for gap in answer["gaps"]}
    assert gaps == {(kind, "forbidden") for kind in ("server", "hypervisor", "compute_service")}
    assert by_kind(answer)["agent"].keys() == API["agent"].keys()


def test_what_an_older_release_lacks_is_left_out(server: MariaDb, authority: Authority) -> None:
    server.tell(
        "ALTER TABLE neutron.networks CHANGE project_id tenant_id VARCHAR(255)",
        "RENAME TABLE neutron.ml2_geneve_endpoints TO neutron.kept, neutron.agents TO neutron.kept_agents",
    )
    try:
        answer = run(server, authority)
    finally:
        server.tell(
            "ALTER TABLE neutron.networks CHANGE tenant_id project_id VARCHAR(255)",
            "RENAME TABLE neutron.kept TO neutron.ml2_geneve_endpoints",
            "RENAME TABLE neutron.kept_agents TO neutron.agents",
        )
    assert [(gap["part"], gap["reason"]) for gap in answer["gaps"]] == [("agent", "unsupported")]
    assert {row["project_id"] for row in by_kind(answer)["network"].values()} == {
        network["project_id"] for network in API["network"].values()
    }


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"password": "wrong"}, "refuses calipso: check user and password"),
        ({"port": free_port()}, "cannot be reached"),
        ({"ca_cert": None}, "TLS with the database at localhost"),
        ({"timeout": 0}, "`timeout` is 0, and must be at least 1."),
        ({"databases": {"glance": "glance"}}, "`databases` names glance"),
    ],
)
def test_what_is_wrong_is_told_in_one_sentence(
    server: MariaDb, authority: Authority, changed: dict[str, Any], said: str
) -> None:
    answer = run(server, **({"ca_cert": str(authority.ca)} | changed))
    assert answer["failed"] is True
    assert said in answer["msg"]
    assert "\n" not in answer["msg"]


def test_nothing_is_asked_without_tls_where_it_is_wanted(tmp_path: Path, authority: Authority) -> None:
    plain = MariaDb(tmp_path, None)
    try:
        refused = run(plain, authority)
        taken = run(plain, tls=False)
    finally:
        plain.stop()
    assert "TLS with the database at localhost" in refused["msg"]
    assert {gap["reason"] for gap in taken["gaps"]} <= {"unsupported", "forbidden"}


def test_databases_may_have_other_names(server: MariaDb, authority: Authority) -> None:
    answer = run(server, authority, databases={"nova": "nova_cell1"})
    assert {gap["part"] for gap in answer["gaps"]} == {"server", "hypervisor", "compute_service"}


def test_no_recording(tmp_path: Path) -> None:
    assert "There is no recording of OpenStack's database" in run(None, recording=str(tmp_path))["msg"]
