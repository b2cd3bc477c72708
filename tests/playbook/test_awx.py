"""playbooks/awx.yml by the modules of AWX's own collection, against FakeAwx."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from awx_collection import awx_collections
from controller import ROOT, Played
from fake_awx import FakeAwx
from fake_awx_checks import rendered

SECRETS = [f"a secret #{number}" for number in range(9)]
VARIABLES = {
    "calipso_environment": "blue",
    "calipso_awx_project_url": "https://git.example.org/calipso.git",
    "calipso_awx_image": "registry.example.org/calipso:1",
    "calipso_awx_mongo_uri": f"mongodb://calipso:{SECRETS[0]}@db.example.org/",
    "calipso_awx_clouds_yaml": f"clouds: {{blue: {{auth: {{password: '{SECRETS[1]}'}}}}}}\n",
    "calipso_awx_machine": {"username": "stack", "ssh_key_data": SECRETS[2], "become_password": SECRETS[3]},
    "calipso_awx_api": {"url": "https://calipso.example.org", "token": SECRETS[4]},
    "calipso_awx_sensu": {
        "sensu_backend_admin_password": SECRETS[5],
        "sensu_agent_password": SECRETS[6],
        "sensu_handler_token": SECRETS[7],
    },
    "calipso_awx_sensu_backends": ["watch1"],
    "calipso_awx_notification": {
        "type": "webhook",
        "configuration": {
            "url": "https://chat.example.org",
            "headers": {},
            "username": "c",
            "password": SECRETS[8],
        },
    },
}
DATABASE, OPENSTACK, MACHINE = "Calipso database", "OpenStack blue", "Hosts of blue"
CLOUD, SCANNED = "Calipso blue: hosts that OpenStack knows", "Calipso blue: hosts that were scanned"
SCAN = ["calipso_limit", "calipso_only", "calipso_clear"]
JOB_TEMPLATES = {  # name: playbook, inventory, credentials, survey's variables, slices
    "scan": ("scan", CLOUD, {DATABASE, OPENSTACK, MACHINE}, SCAN, 1),
    "scan one object": ("scan", CLOUD, {DATABASE, OPENSTACK, MACHINE}, ["calipso_object"], 1),
    "begin a scan": ("scan_begin", CLOUD, {DATABASE, OPENSTACK}, [], 1),
    "ask the hosts": ("scan_collect", CLOUD, {DATABASE, MACHINE}, [], 4),
    "build and publish": ("scan_publish", CLOUD, {DATABASE}, [], 1),
    "snapshot": ("snapshot", CLOUD, {DATABASE}, ["calipso_snapshot", "calipso_generation"], 1),
    "dated snapshot": ("snapshot", CLOUD, {DATABASE}, [], 1),
    "compare": (
        "compare", CLOUD, {DATABASE},
        ["calipso_before", "calipso_after", "calipso_project", "calipso_fail_if_different"], 1,
    ),
    "deploy monitoring": (
        "monitoring", SCANNED, {DATABASE, MACHINE, "Calipso Sensu"}, ["calipso_provision"], 1,
    ),
}  # fmt: skip


@pytest.fixture
def awx(tmp_path: Path) -> Iterator[FakeAwx]:
    """An AWX whose project is this checkout."""
    with FakeAwx(ROOT, tmp_path).running() as server:
        yield server


def play(awx: FakeAwx, *options: str, without: str = "", **more: Any) -> Played:
    """Run the playbook."""
    variables = json.dumps({name: value for name, value in (VARIABLES | more).items() if name != without})
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "ansible",
            "playbook",
            "playbooks/awx.yml",
            "-e",
            variables,
            *options,
        ],
        cwd=ROOT,
        env=os.environ
        | {
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": f"{ROOT / 'collections'}:{awx_collections()}",
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "json",
            "ANSIBLE_NOCOLOR": "1",
            "CONTROLLER_HOST": awx.url,
            "CONTROLLER_OAUTH_TOKEN": awx.token,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    return Played(done.returncode, done.stdout, done.stderr)


def test_all_is_made_once_and_changed_back(awx: FakeAwx) -> None:
    first = play(awx).succeeded()
    assert first.changed == 14
    the_common_objects_are_right(awx)
    the_inventories_are_right(awx)
    the_templates_are_right(awx)
    the_workflow_and_schedules_are_right(awx)

    made = {name: list(objects) for name, objects in awx.objects.items()}
    second = play(awx, "-vvv").succeeded()
    assert second.changed == 0
    for run in (first, second):
        told = [secret for secret in (*SECRETS, awx.token) if secret in run.output + run.errors]
        assert told == []
    assert {name: list(objects) for name, objects in awx.objects.items()} == made

    template = awx.one("job_templates", "Calipso blue: ask the hosts")
    survey = awx.surveys[awx.one("job_templates", "Calipso blue: compare")["id"]]
    node = awx.one("workflow_job_template_nodes", "collect")
    credential = awx.one("credentials", OPENSTACK)
    schedule = awx.one("schedules", "Calipso blue: every night")
    awx.change(template, job_slice_count=1, ask_variables_on_launch=False)
    awx.change(credential, inputs={**credential["inputs"], "cloud": "green"})
    awx.change(schedule, enabled=False)
    survey["spec"][0]["required"] = False
    awx.relations[node["id"], "always_nodes"].clear()
    awx.requests.clear()
    assert play(awx, "--check").succeeded().changed == 4
    assert {method for method, _path in awx.requests} == {"GET"}
    assert play(awx).succeeded().changed == 4
    the_templates_are_right(awx)
    the_workflow_and_schedules_are_right(awx)
    assert credential["inputs"] == {"clouds": VARIABLES["calipso_awx_clouds_yaml"], "cloud": "blue"}


def the_common_objects_are_right(awx: FakeAwx) -> None:
    """Compare what all clouds share, and what the credentials give to a job."""
    (organization,) = awx.all("organizations")
    (environment,) = awx.all("execution_environments")
    (project,) = awx.all("projects")
    (notification,) = awx.all("notification_templates")
    for each in (organization, environment, project, notification):
        assert each["name"] == "Calipso"
    assert environment["image"] == "registry.example.org/calipso:1"
    assert (project["scm_type"], project["scm_url"]) == ("git", "https://git.example.org/calipso.git")
    assert project["default_environment"] == environment["id"]
    assert notification["notification_configuration"]["password"] == SECRETS[8]
    given = {}
    for each in awx.all("credentials"):
        kind = awx.objects["credential_types"][each["credential_type"]]
        given[each["name"]] = {
            name: rendered(text, {**each["inputs"], "tower": {"filename": {"clouds": "/f"}}})
            for where in ("env", "extra_vars")
            for name, text in kind["injectors"].get(where, {}).items()
        }
    assert given == {
        DATABASE: {"CALIPSO_MONGO_URI": VARIABLES["calipso_awx_mongo_uri"]},
        OPENSTACK: {"OS_CLIENT_CONFIG_FILE": "/f", "OS_CLOUD": "blue"},
        "Calipso API": {
            "CALIPSO_URL": "https://calipso.example.org",
            "CALIPSO_TOKEN": SECRETS[4],
        },
        "Calipso Sensu": VARIABLES["calipso_awx_sensu"],
        MACHINE: {},
    }


def the_inventories_are_right(awx: FakeAwx) -> None:
    """Compare the inventories, their sources, and the group of Sensu's backend."""
    assert {each["name"] for each in awx.all("inventories")} == {CLOUD, SCANNED}
    sources = {
        each["name"]: (
            awx.objects["inventories"][each["inventory"]]["name"],
            each["source_path"],
            awx.objects["credentials"][each["credential"]]["name"],
            json.loads(each["source_vars"] or "{}"),
        )
        for each in awx.all("inventory_sources")
        if (each["source"], each["update_on_launch"], each["overwrite"]) == ("scm", True, True)
    }
    assert sources == {
        CLOUD: (CLOUD, "inventory_plugin/openstack.yml", OPENSTACK, {}),
        SCANNED: (SCANNED, "inventory_plugin/calipso.yml", "Calipso API", {"CALIPSO_ENVIRONMENTS": "blue"}),
    }
    for _name, path, *_others in sources.values():
        assert (ROOT / path).is_file()
    assert awx.related(awx.one("groups", "sensu_backend"), "hosts") == ["watch1"]


def the_templates_are_right(awx: FakeAwx) -> None:
    """Compare the job templates."""
    templates = {each["name"].removeprefix("Calipso blue: "): each for each in awx.all("job_templates")}
    assert {
        name: (
            Path(each["playbook"]).stem,
            awx.objects["inventories"][each["inventory"]]["name"],
            set(awx.related(each, "credentials")),
            [question["variable"] for question in awx.surveys.get(each["id"], {}).get("spec", ())],
            each["job_slice_count"],
        )
        for name, each in templates.items()
    } == JOB_TEMPLATES
    for name, each in templates.items():
        assert each["ask_variables_on_launch"]
        assert each["survey_enabled"] == bool(JOB_TEMPLATES[name][3])
        assert json.loads(each["extra_vars"])["calipso_environment"] == "blue"
        assert awx.related(each, "notification_templates_error") == ["Calipso"]
    required = [
        question["variable"]
        for each in templates.values()
        for question in awx.surveys.get(each["id"], {}).get("spec", ())
        if question["required"]
    ]
    assert required == ["calipso_object", "calipso_snapshot", "calipso_before"]


def the_workflow_and_schedules_are_right(awx: FakeAwx) -> None:
    """Compare the workflow, its nodes, and the schedules."""
    (workflow,) = awx.all("workflow_job_templates")
    assert workflow["name"] == "Calipso blue: scan in slices"
    assert awx.related(workflow, "notification_templates_error") == ["Calipso"]
    asked = [question["variable"] for question in awx.surveys[workflow["id"]]["spec"]]
    assert asked == [*SCAN, "calipso_snapshot"]
    templates = {each["id"]: each["name"] for each in (*awx.all("job_templates"), workflow)}
    nodes = {
        each["identifier"]: (
            templates[each["unified_job_template"]].removeprefix("Calipso blue: "),
            awx.related(each, "success_nodes"),
            awx.related(each, "always_nodes"),
        )
        for each in awx.all("workflow_job_template_nodes")
        if each["workflow_job_template"] == workflow["id"] and not awx.related(each, "failure_nodes")
    }
    assert nodes == {
        "begin": ("begin a scan", ["collect"], []),
        "collect": ("ask the hosts", [], ["publish"]),
        "publish": ("build and publish", ["monitoring"], []),
        "monitoring": ("deploy monitoring", [], []),
    }
    schedules = {
        each["name"]: (templates[each["unified_job_template"]], each["rrule"], each["enabled"])
        for each in awx.all("schedules")
    }
    assert schedules == {
        "Calipso blue: every night": (
            "Calipso blue: scan in slices",
            "DTSTART:20260101T020000Z RRULE:FREQ=DAILY;INTERVAL=1",
            True,
        ),
        "Calipso blue: every week": (
            "Calipso blue: dated snapshot",
            "DTSTART:20260104T040000Z RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=SU",
            True,
        ),
    }


def test_wrong_variables_are_named_and_nothing_is_asked(awx: FakeAwx) -> None:
    missing = play(awx, without="calipso_awx_image").message
    assert "missing required arguments: calipso_awx_image" in missing
    wrong = play(awx, calipso_awx_machine={"user": "stack", "ssh_key_data": SECRETS[2]})
    assert "calipso_awx_machine.user. Supported parameters include: become_method" in wrong.message
    assert SECRETS[2] not in wrong.output + wrong.errors
    assert awx.requests == []
