"""What is rendered of a whole cloud: a check for all that can be checked, which says what it is about."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from calipso_checks import CHECKS
from calipso_checks.parameters import values
from calipso_checks.plan import load_plan
from calipso_checks.samples import SAMPLES
from monitored_cloud import URL, checks_of, environment, rendered, topology

from calipso.model.monitoring import LinkSubject, ObjectSubject, check_name
from calipso.model.targets import MonitoringTarget
from calipso.monitoring import tree
from calipso.monitoring.render import Configuration, command

CLOUD = topology()
OBJECTS = {document["id"]: document for document in CLOUD.inventory}
CHECKED = ("host_pnic", "vedge", "otep", "vconnector", "vservice", "instance", "vnic")
HOSTS = [document for document in CLOUD.inventory if document["type"] == "host"]
TARGET = MonitoringTarget(host="sensu.example")


@pytest.fixture(scope="module")
def cloud() -> Configuration:
    """The configuration of a cloud of three hosts and a network node."""
    return rendered(CLOUD.inventory, CLOUD.links, CLOUD.cliques)


def test_everything_that_can_be_checked_has_one_check_and_nothing_else(cloud: Configuration) -> None:
    objects = {
        check_name(ObjectSubject(each["type"], each["id"]))
        for each in CLOUD.inventory
        if each["type"] in CHECKED
    }
    links = {
        check_name(LinkSubject(each["link_type"], each["source_id"], each["target_id"]))
        for each in CLOUD.links
        if each["link_type"] == "vconnector-vedge"
        or (each["link_type"] == "vnic-vconnector" and not OBJECTS[each["source_id"]].get("namespace"))
    }
    assert set(checks_of(cloud)) == objects | links
    assert len(objects) > 30
    assert len(links) > 20
    assert cloud.messages == []


def test_a_check_runs_on_the_host_of_what_it_is_about(cloud: Configuration) -> None:
    links = {each["id"]: each for each in CLOUD.links}
    for name, config in checks_of(cloud).items():
        subject = config["subject"]["id"]
        assert cloud.documents[name]["host"] == (OBJECTS.get(subject) or links[subject])["host"]


def test_checks_take_what_is_rendered_for_them(cloud: Configuration, tmp_path: Path) -> None:
    tree.write(tmp_path, tree.go_files("cloud", TARGET, cloud.documents.values(), HOSTS))
    seen = []
    for path in sorted(tmp_path.glob("hosts/*/checks.json")):
        plan = load_plan(str(path))
        for each in plan.checks:
            values(CHECKS[each["check"]].parameters, each["parameters"])
            seen.append(each["name"])
        for each in plan.samples:
            values(SAMPLES[each["sample"]].parameters, each["parameters"])
            assert each["type"] == OBJECTS[each["id"]]["type"]
    assert sorted(seen) == sorted(checks_of(cloud))


def test_an_alert_says_where_to_look(cloud: Configuration) -> None:
    vnic = next(each for each in CLOUD.inventory if each["type"] == "vnic" and each.get("instance_id"))
    server = OBJECTS[vnic["instance_id"]]
    config = checks_of(cloud)[check_name(ObjectSubject("vnic", vnic["id"]))]
    assert config["labels"] == {
        "calipso_environment": "cloud",
        "calipso_type": "vnic",
        "calipso_host": vnic["host"],
        "calipso_project": server["project"],
        "calipso_network": vnic["network_name"],
    }
    told = config["annotations"]
    assert told["calipso_id"] == vnic["id"]
    assert told["calipso_path"] == vnic["name_path"]
    assert told["calipso_affects"] == f"1 instance: {server['name']}"
    assert server["name"] in told["calipso_cliques"].split(", ")
    assert told["calipso_url"].startswith(f"{URL}/inventory?env_name=cloud&id=")


def test_an_alert_names_at_most_twenty_of_many() -> None:
    crowded = topology(1, 25)
    checks = checks_of(rendered(crowded.inventory, crowded.links, crowded.cliques))
    (switch,) = (each for name, each in checks.items() if name.startswith("vedge_compute"))
    affected = switch["annotations"]["calipso_affects"]
    assert affected.startswith("25 instances: ")
    assert affected.endswith(" and 5 more")
    assert affected.count(", ") == 19


def test_without_cliques_and_address_the_rest_is_told() -> None:
    config = next(iter(checks_of(rendered(CLOUD.inventory)).values()))
    assert set(config["annotations"]) == {"calipso_environment", "calipso_id", "calipso_path", "calipso_url"}


def test_each_check_by_itself_runs_on_its_hosts_agent(cloud: Configuration) -> None:
    alone = MonitoringTarget(host="sensu.example", batch=False, interval=30)
    configuration = rendered(CLOUD.inventory, CLOUD.links, CLOUD.cliques, batch=False, interval=30)
    files = tree.go_files("cloud", alone, configuration.documents.values(), HOSTS)
    resources = {each["metadata"].get("name"): each for each in files["server/resources.json"]}
    assert "calipso_batch" not in resources
    for name, config in checks_of(cloud).items():
        spec = resources[name]["spec"]
        assert spec["command"] == command(config, alone)
        assert spec["subscriptions"] == [f"entity:{cloud.documents[name]['host']}"]
        assert (spec["interval"], spec["ttl"]) == (30, 105)
        assert resources[name]["metadata"]["labels"] == config["labels"]


def test_no_secret_and_no_unlabelled_resource_is_written(cloud: Configuration) -> None:
    files = tree.go_files("cloud", TARGET, cloud.documents.values(), HOSTS)
    assert "password" not in json.dumps(files)
    for resource in files["server/resources.json"]:
        if resource["type"] != "Namespace":
            assert resource["metadata"]["labels"] == {"calipso_environment": environment().name}
            assert resource["metadata"]["namespace"] == "default"
