"""Rendering by command line, and its templates over the API."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from api_server import fill, serving
from click.testing import CliRunner
from monitored_cloud import AT, environment, topology

from calipso.cli import main
from calipso.store import Store

CLOUD = topology(2, 2)
NICS = sorted(f"host_pnic_{each['id']}" for each in CLOUD.inventory if each["type"] == "host_pnic")
HOST = next(each["id"] for each in CLOUD.inventory if each["type"] == "host")
OTEP = {"id": "otep", "side": "client", "type": "otep"}

Run = Callable[..., Any]


@pytest.fixture
def run(store: Store, mongo_uri: str) -> Run:
    """Runs `calipso monitoring` on a database with environment cloud."""
    store.create_environment(environment())
    store.publish("cloud", CLOUD, at=AT)

    def run(*words: str, status: int = 0) -> str:
        ran = CliRunner().invoke(main, ["--mongo-uri", mongo_uri, "monitoring", *words], prog_name="calipso")
        assert ran.exit_code == status, ran.output
        return ran.output

    return run


def test_rendering_by_command_line(run: Run, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    assert "provision None" in run("render")
    assert run("config") == "Nothing like that was rendered.\n"
    would = run("render", "--provision", "Files", "--directory", str(tree), "--check")
    assert "would be added" in would
    assert not tree.exists()
    did = run("render", "--provision", "Files", "--directory", str(tree), "--url", "https://calipso.example")
    assert f"changed: hosts/{HOST}/checks.json\n" in did
    assert "0 documents added, 0 changed, 0 removed." in run(
        "render", "--provision", "DB", "--url", "https://calipso.example"
    )
    found = json.loads(run("config", "--host", HOST, "--type", "check", "--limit", "1000", "--json"))
    plan = json.loads((tree / "hosts" / HOST / "checks.json").read_text())
    assert {each["id"] for each in found} == {each["name"] for each in plan["checks"]}
    assert "These are the first 3" in run("config", "--limit", "3")
    assert "needs a directory" in run("render", "--provision", "Deploy", status=1)
    assert "no environment 'gone'" in run("render", "--env", "gone", status=1)


def test_templates_by_command_line(run: Run, store: Store) -> None:
    listed = {each["id"]: each for each in json.loads(run("templates", "--json"))}
    assert {"host_pnic", "vnic", "calipso_batch", "rabbitmq.json"} <= listed.keys()
    own = {**listed["otep"], "environment": "cloud", "config": None}
    store.put_monitoring_template(own)
    assert [each for each in json.loads(run("templates", "--json")) if each["id"] == "otep"] == [
        listed["otep"],
        own,
    ]
    store.put_monitoring_template({**own, "side": "middle"})
    assert "template 'otep': side is one of client, server" in run("templates", status=1)


def test_templates_over_the_api(store: Store, mongo_uri: str) -> None:
    fill(store)
    with serving(mongo_uri, "--workers", "1") as api:
        root, viewer = api.log_in("root"), api.log_in("viewer")
        path = "/monitoring_config_templates"
        ships = api.get(path, viewer, id="otep")
        assert (ships["environment"], ships["config"]["check"]) == (None, "otep")
        bad = api.ask("POST", path, root, json={**OTEP, "config": {"check": "rm", "summary": "{{ objekt }}"}})
        assert bad.status_code == 400
        told = [each["message"].partition(": ")[2] for each in bad.json()["error"]["details"]]
        assert told[0].startswith("config: '{{ objekt }}': there is no objekt, but ")
        assert told[1].startswith("config.check is one of ")
        assert len(told) == 2
        new = {**OTEP, "config": {"check": "otep", "parameters": {"address": "{{ object.name }}"}}}
        assert api.ask("POST", path, viewer, json=new).status_code == 403
        assert api.ask("POST", path, root, json=new).status_code == 201
        assert api.get(path, viewer, id="otep")["config"] == new["config"]
        assert api.ask("POST", path, root, json={**new, "environment": "nowhere"}).status_code == 404
        assert (
            api.ask("POST", path, root, json={**OTEP, "environment": "blue", "config": None}).status_code
            == 201
        )
        both = api.get(path, viewer, id="otep")["monitoring_config_templates"]
        assert [each["environment"] for each in both] == [None, "blue"]
        for of in ({"environment": "blue"}, {}):
            assert api.ask("DELETE", path, root, params={"id": "otep", **of}).status_code == 200
            assert api.ask("DELETE", path, root, params={"id": "otep", **of}).status_code == 404
        assert api.get(path, viewer, id="otep") == ships
        assert api.get(path, viewer, side="client", type="vnic")[path[1:]] == [
            api.get(path, viewer, id="vnic")
        ]


def test_what_was_rendered_over_the_api(run: Run, store: Store, mongo_uri: str) -> None:
    run("render", "--provision", "DB")
    fill(store)
    store.change_environment("cloud", {"auth": {"view-env": ["viewer"]}})
    with serving(mongo_uri, "--workers", "1") as api:
        viewer, stranger = api.log_in("viewer"), api.log_in("stranger")
        path, query = "/monitoring_config", {"env_name": "cloud"}
        found = api.get(path, viewer, **query, type="check", page_size=1000)["monitoring_config"]
        assert sorted(each["id"] for each in found if each["id"].startswith("host_pnic_")) == NICS
        page = api.get(path, viewer, **query, type="check", page_size=5, page=1)["monitoring_config"]
        assert page == found[5:10]
        of_host = api.get(path, viewer, **query, host=HOST, page_size=1000)["monitoring_config"]
        assert of_host == [each for each in found if each["host"] == HOST]
        server = api.get(path, viewer, **query, side="server")["monitoring_config"]
        assert "calipso_batch" in {each["id"] for each in server}
        assert api.get(path, viewer, **query, id=NICS[0])["monitoring_config"][0]["config"]["name"] == NICS[0]
        assert api.ask("GET", path, stranger, params=query).status_code == 404
