"""Scans with OpenStack's database beside its API; and by one whom the API hides most from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from certificates import Authority
from controller import DEMO, Controller
from fake_openstack import filled
from real_servers import PASSWORD, MariaDb
from recorded_database import statements

from calipso.model.environment import Environment
from calipso.model.source import OPENSTACK_DB
from tests.limited_cloud import limited


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The authority that signs the database's certificate."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[MariaDb]:
    """OpenStack's database."""
    server = MariaDb(tmp_path_factory.mktemp("mariadb"), authority)
    server.tell(*statements())
    server.tell(*(f"GRANT SELECT ON {name}.* TO calipso@localhost" for name in ("nova", "nova_api")))
    yield server
    server.stop()


def test_the_database_is_asked_where_the_environment_says_so(
    controller: Controller, database: MariaDb, authority: Authority, tmp_path: Path
) -> None:
    place = {"environment_variable": "DB_SECRET"}
    section = {"host": "localhost", "port": database.port, "user": "calipso", "secret_in": place}
    with controller.store() as store:
        store.prepare()
        store.create_environment(Environment("lab", configuration={"mysql": section}))
    inventory = tmp_path / "hosts.yml"
    inventory.write_text(yaml.safe_dump({"calipso_hosts": {"hosts": {"nowhere": None}}}))
    controller.environment |= {"SSL_CERT_FILE": str(authority.ca), "DB_SECRET": PASSWORD}
    begin = ("playbooks/scan_begin.yml", "-i", str(inventory))
    with filled() as cloud:
        (tmp_path / "clouds.yaml").write_text(yaml.safe_dump({"clouds": {"lab": {"auth": cloud.auth}}}))
        recorded = tmp_path / "recording"
        played = controller.play(*begin, environment="lab", cloud="lab", record_to=str(recorded)).succeeded()
        assert PASSWORD not in played.output + played.errors
        with controller.store() as store:
            source = store.sources("lab")[OPENSTACK_DB]
            rows = [row for row in store.facts("lab").rows if row.get("source") == OPENSTACK_DB]
        assert (source.stale, source.gaps) == (False, ())
        assert {row["data"]["ip_address"] for row in rows if row["kind"] == "tunnel_endpoint"} == {
            "10.20.0.12",
            "10.20.0.21",
            "10.20.0.22",
        }
        assert all(PASSWORD not in path.read_text("utf-8") for path in recorded.rglob("*.json"))

        controller.environment["DB_SECRET"] = "wrong"
        played = controller.play(*begin, environment="lab", cloud="lab").succeeded()
        with controller.store() as store:
            source = store.sources("lab")[OPENSTACK_DB]
            left = [row for row in store.facts("lab").rows if row.get("source") == OPENSTACK_DB]
        assert source.stale
        assert "refuses calipso" in str(source.error)
        assert left == rows


def test_a_cloud_that_hides_most_is_scanned_and_what_it_hides_is_told(
    controller: Controller, tmp_path: Path
) -> None:
    recording = limited(DEMO, tmp_path / "limited")
    played = controller.play(environment="lab", recording=str(recording)).succeeded()
    assert played.summary[0] == "Environment lab: scan completed."
    with controller.store() as store:
        said = [message["message"] for message in store.messages("lab")]
    for kind in ("agent", "compute_service", "hypervisor", "network", "port"):
        assert [text for text in said if f"told no {kind}, or not all (forbidden: RegionOne: " in text], kind
