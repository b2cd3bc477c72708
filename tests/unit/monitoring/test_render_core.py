"""The files of Sensu Core 1.x: what its client and server read, in the historic layout."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from monitored_cloud import checks_of, rendered, topology

from calipso.model.monitoring import check_name, subject_of
from calipso.model.targets import MonitoringTarget
from calipso.monitoring import tree

SCHEMA = json.loads(Path(__file__).with_name("sensu_core.schema.json").read_text())
CLOUD = topology()
HOSTS = [document for document in CLOUD.inventory if document["type"] == "host"]
HOSTS.append({"id": "rack:7", "type": "host", "name": "rack:7", "ip_address": "192.0.2.7"})


def files(**target: Any) -> dict[str, Any]:
    """Return the tree's files: path -> JSON."""
    section = MonitoringTarget(host="sensu.example", type="Sensu Core", **target)
    configuration = rendered(CLOUD.inventory, CLOUD.links, CLOUD.cliques, type="Sensu Core", **target)
    return tree.core_files("cloud", section, configuration.documents.values(), HOSTS)


@pytest.mark.parametrize("batch", [True, False])
def test_core_reads_every_file(batch: bool) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    found = files(batch=batch)
    read = {path: content for path, content in found.items() if "/conf.d/" in path}
    assert len(read) == 3 * len(HOSTS) + 6
    for path, content in read.items():
        faults = [error.message for error in Draft202012Validator(SCHEMA).iter_errors(content)]
        assert faults == [], path


def test_the_layout_is_the_historic_one() -> None:
    found = files()
    of_host = {path.removeprefix("hosts/network-0/") for path in found if path.startswith("hosts/network-0/")}
    of_server = {path.removeprefix("server/") for path in found if path.startswith("server/")}
    assert of_host == {"checks.json", "conf.d/client.json", "conf.d/rabbitmq.json", "conf.d/transport.json"}
    assert of_server == {
        f"conf.d/{name}.json" for name in ("api", "filters", "handlers", "rabbitmq", "redis", "transport")
    }
    assert found["server/conf.d/api.json"]["api"]["port"] == 4567
    assert found["hosts/network-0/conf.d/rabbitmq.json"]["rabbitmq"] == {
        "host": "sensu.example",
        "port": 5671,
        "vhost": "/sensu",
        "ssl": {"cert_chain_file": "/etc/sensu/ssl/cert.pem", "private_key_file": "/etc/sensu/ssl/key.pem"},
    }


def test_a_client_has_its_hosts_checks_by_the_names_that_the_handler_reads() -> None:
    """As the developer guide says: in section checks of client.json, TYPE_ID and link_TYPE_FROM_TO."""
    expected = checks_of(rendered(CLOUD.inventory, CLOUD.links, CLOUD.cliques, type="Sensu Core"))
    found = {}
    for path, content in files(batch=False).items():
        if path.endswith("client.json"):
            found |= content["checks"]
    assert set(found) == set(expected)
    for name, check in found.items():
        assert ":" not in name
        assert check_name(subject_of(name), core=True) == name
        assert check["standalone"] is True
        assert check["calipso_id"] == expected[name]["annotations"]["calipso_id"]
        assert shlex.split(check["command"])[1].startswith("/etc/sensu/plugins/check_")


def test_clients_tell_whose_they_are_and_when_they_fall_silent() -> None:
    client = files()["hosts/rack.3a7/conf.d/client.json"]["client"]
    assert client == {
        "name": "rack.3a7",
        "address": "192.0.2.7",
        "subscriptions": ["calipso"],
        "keepalive": {"handlers": ["calipso"]},
        "calipso_environment": "cloud",
        "calipso_id": "rack:7",
    }


def test_repeats_are_kept_away_and_ends_are_not() -> None:
    """Core counts an event's occurrences on until it tells of its end, and marks that with action resolve."""
    wanted = {"negate": True, "attributes": {"action": "create", "occurrences": "eval: value > 1"}}
    found = files()
    assert found["server/conf.d/filters.json"]["filters"] == {"calipso_changes": wanted}
    assert found["server/conf.d/handlers.json"]["handlers"]["calipso"]["filters"] == ["calipso_changes"]
