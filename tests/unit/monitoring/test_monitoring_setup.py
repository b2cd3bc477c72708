"""Setting monitoring up: what each provision does, and that it changes nothing but what is different."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from monitored_cloud import AT, REGISTRY, environment, topology

from calipso.model.environment import Environment
from calipso.model.monitoring import CheckResult, ObjectSubject, check_name
from calipso.model.topology import Document, Topology
from calipso.monitoring.setup import MonitoringError, Setup, described, note_deployed, set_up
from calipso.monitoring.templates import InvalidTemplateError, template
from calipso.monitoring.tree import DirectoryError
from calipso.store import ConfigurationChanges, Store, UnknownGenerationError

CLOUD = topology()
NOTHING = ConfigurationChanges()


@pytest.fixture
def cloud(store: Store) -> Store:
    """A store with environment cloud."""
    store.create_environment(environment())
    store.publish("cloud", CLOUD, at=AT)
    return store


def brought(store: Store, provision: Any = "DB", **how: Any) -> Setup:
    """Bring monitoring of the cloud to a level."""
    return set_up(store, "cloud", REGISTRY, provision=provision, at=AT, **how)


def files(directory: Path) -> dict[str, bytes]:
    """Return what is in a directory: path -> content."""
    return {
        str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }


def first(kind: str, cloud: Topology = CLOUD) -> Document:
    """Return the first object of a kind."""
    return next(each for each in cloud.inventory if each["type"] == kind)


def without(key: str) -> Topology:
    """Return the cloud without an object, and its links."""
    return Topology(
        [each for each in CLOUD.inventory if each["id"] != key],
        [each for each in CLOUD.links if key not in (each["source_id"], each["target_id"])],
        [each for each in CLOUD.cliques if each["focal_point"] != key],
    )


def test_each_provision_does_its_part_and_none_takes_all_back(cloud: Store, tmp_path: Path) -> None:
    assert brought(cloud, None).provision == "None"
    assert cloud.monitoring_config("cloud") == []
    done = brought(cloud)
    rendered = cloud.monitoring_config("cloud")
    assert (len(rendered), done.files, done.changed) == (done.changes.added, (), True)
    assert done.checks == sum(each["type"] == "check" for each in rendered)
    written = brought(cloud, "Files", directory=tmp_path / "new" / "tree")
    assert written.changes == NOTHING
    assert written.files == tuple(sorted(files(tmp_path / "new" / "tree").keys() - {".calipso-monitoring"}))
    again = brought(cloud, "Deploy", directory=tmp_path / "new" / "tree")
    assert (again.changed, again.checks) == (False, done.checks)
    removed = brought(cloud, "None")
    assert removed.changes.removed == len(rendered)
    assert cloud.monitoring_config("cloud") == []
    assert not brought(cloud, "None").changed


def test_a_check_only_says_what_would_be_done(cloud: Store, tmp_path: Path) -> None:
    there = tmp_path / "tree"
    would = brought(cloud, "Files", directory=there, check=True)
    assert not there.exists()
    assert cloud.monitoring_config("cloud") == []
    did = brought(cloud, "Files", directory=there)
    assert (would.changes, would.files) == (did.changes, did.files)


def test_what_changed_is_rendered_again_and_nothing_else(cloud: Store, tmp_path: Path) -> None:
    brought(cloud, "Files", directory=tmp_path)
    before, stored = files(tmp_path), {each["id"]: each for each in cloud.monitoring_config("cloud")}
    after = deepcopy(CLOUD)
    nic = first("host_pnic", after)
    nic["speed"] = 25000
    cloud.publish("cloud", after, at=AT + timedelta(hours=1))
    done = brought(cloud, "Files", directory=tmp_path)
    assert done.changes == ConfigurationChanges(changed=1, hosts=(nic["host"],))
    assert done.files == (f"hosts/{nic['host']}/checks.json",)
    name = check_name(ObjectSubject("host_pnic", nic["id"]))
    now = {each["id"]: each for each in cloud.monitoring_config("cloud")}
    assert {key for key in now if now[key] != stored[key]} == {name}
    assert now[name]["config"]["parameters"]["speed"] == 25000
    assert [path for path, text in files(tmp_path).items() if before[path] != text] == list(done.files)


def test_what_is_gone_is_removed_with_its_status(cloud: Store, tmp_path: Path) -> None:
    brought(cloud, "Files", directory=tmp_path)
    vnic = next(each for each in CLOUD.inventory if each["type"] == "vnic" and each.get("instance_id"))
    name = check_name(ObjectSubject("vnic", vnic["id"]))
    other = check_name(ObjectSubject("host_pnic", first("host_pnic")["id"]))
    results = [CheckResult(each, vnic["host"], "error", "gone", AT) for each in (name, other)]
    cloud.record_results("cloud", results, at=AT)
    cloud.publish("cloud", without(vnic["id"]), at=AT + timedelta(hours=1))
    done = brought(cloud, "Files", directory=tmp_path)
    assert done.changes.removed == 2, "the vNIC's check, and that of its link to a bridge"
    assert name not in {each["id"] for each in cloud.monitoring_config("cloud")}
    assert f'"{name}"' not in (tmp_path / "hosts" / vnic["host"] / "checks.json").read_text()
    assert [each["name"] for each in cloud.statuses("cloud")] == [other]


def test_a_host_that_is_gone_leaves_no_directory(cloud: Store, tmp_path: Path) -> None:
    brought(cloud, "Files", directory=tmp_path)
    smaller = topology(2)
    cloud.publish("cloud", smaller, at=AT + timedelta(hours=1))
    brought(cloud, "Files", directory=tmp_path)
    hosts = {each["id"] for each in smaller.inventory if each["type"] == "host"}
    assert {path.name for path in (tmp_path / "hosts").iterdir()} == hosts


def test_directories_of_others_are_left_alone(cloud: Store, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    for check in (True, False):
        with pytest.raises(DirectoryError, match="holds other files"):
            brought(cloud, "Files", directory=tmp_path, check=check)
    assert files(tmp_path) == {"precious": b"mine"}
    assert cloud.monitoring_config("cloud") == []
    with pytest.raises(MonitoringError, match="needs a directory"):
        brought(cloud, "Files")


def test_a_stored_template_counts_before_the_one_that_ships(cloud: Store) -> None:
    brought(cloud)
    entry = {"id": "host_pnic", "side": "client", "type": "host_pnic"}
    own = {"check": "host_pnic", "parameters": {"device": "{{ object.name }}"}, "interval": 60}

    def pnics() -> list[Document]:
        brought(cloud)
        return [each for each in cloud.monitoring_config("cloud") if each["id"].startswith("host_pnic_")]

    def put(**values: Any) -> None:
        cloud.put_monitoring_template(template({**entry, **values}, REGISTRY).document())

    ships = pnics()
    put(config=own)
    assert {each["config"]["interval"] for each in pnics()} == {60}
    put(config=None, environment="cloud")
    assert pnics() == []
    put(config=own, environment="other")
    assert pnics() == []
    assert cloud.delete_monitoring_template("host_pnic", "cloud")
    assert {each["config"]["interval"] for each in pnics()} == {60}
    assert cloud.delete_monitoring_template("host_pnic", None)
    assert pnics() == ships
    assert not cloud.delete_monitoring_template("host_pnic", None)


def test_an_object_without_what_a_template_asks_for_is_told_and_the_others_are_checked(cloud: Store) -> None:
    entry = {"id": "host_pnic", "side": "client", "type": "host_pnic"}
    config = {"check": "host_pnic", "parameters": {"device": "{{ object.colour }}"}}
    cloud.put_monitoring_template(template({**entry, "config": config}, REGISTRY).document())
    done = brought(cloud)
    nics = [each["id"] for each in CLOUD.inventory if each["type"] == "host_pnic"]
    told = {each["related_object"]: each for each in cloud.messages("cloud")}
    assert set(told) == set(nics)
    assert {each["source_system"] for each in told.values()} == {"Sensu"}
    assert "'host_pnic'" in told[nics[0]]["message"]
    assert "colour" in told[nics[0]]["message"]
    assert done.checks > len(nics)
    cloud.put_monitoring_template(
        {**entry, "environment": None, "config": {"check": "host_pnic", "colour": 1}}
    )
    with pytest.raises(InvalidTemplateError, match="config has only"):
        brought(cloud)


def test_what_is_lacking_is_said(store: Store) -> None:
    with pytest.raises(MonitoringError, match="there is no environment 'cloud'"):
        brought(store)
    store.create_environment(Environment("cloud"))
    with pytest.raises(MonitoringError, match="section Monitoring"):
        brought(store)
    store.change_environment("cloud", {"configuration": environment().configuration})
    with pytest.raises(UnknownGenerationError):
        brought(store)


def test_that_it_is_deployed_is_noted_once(cloud: Store) -> None:
    assert note_deployed(cloud, "cloud", by="operator", at=AT, check=True)
    assert note_deployed(cloud, "cloud", by="operator", at=AT)
    assert not note_deployed(cloud, "cloud", by="operator", at=AT)
    noted = cloud.environment("cloud")
    assert noted is not None
    assert noted.monitoring_setup_done


def test_hosts_are_described_as_playbooks_need_them() -> None:
    hosts = [{"id": "rack:7", "inventory_hostname": "rack7"}, {"id": "cmp1"}]
    assert described(hosts, "Sensu") == [
        {"id": "rack:7", "entity": "rack:7", "directory": "hosts/rack:7", "inventory_hostname": "rack7"},
        {"id": "cmp1", "entity": "cmp1", "directory": "hosts/cmp1", "inventory_hostname": "cmp1"},
    ]
    assert described(hosts, "Sensu Core")[0]["entity"] == "rack.3a7"


def test_alerts_name_an_address_where_the_environment_says_it(cloud: Store) -> None:
    section = {**environment().configuration["Monitoring"], "calipso_url": "https://calipso.example.org"}
    cloud.change_environment("cloud", {"configuration": {"Monitoring": section}})
    brought(cloud)
    vnic = first("vnic")
    [check] = cloud.monitoring_config("cloud", {"id": check_name(ObjectSubject("vnic", vnic["id"]))})
    address = check["config"]["annotations"]["calipso_url"]
    assert address.startswith("https://calipso.example.org/inventory?env_name=cloud&id=")
