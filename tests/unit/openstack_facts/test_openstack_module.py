"""The module as Ansible runs it: arguments in, one JSON document out."""

import json
import os
import subprocess
import sys

import pytest
import yaml
from fake_openstack import PASSWORD, filled

MODULE = "ansible_collections.calipso.topology.plugins.modules.openstack_facts"


def run(folder, environment=None, **arguments):
    """Run the module in `folder`, without any OpenStack settings of the user's own."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("OS_")}
    done = subprocess.run(
        [sys.executable, "-m", MODULE],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}),
        env={
            **inherited,
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder),
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            **(environment or {}),
        },
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert not any(word in done.stderr for word in ("Traceback", "hunter2", PASSWORD))
    return json.loads(done.stdout)


def test_cloud_of_clouds_yaml_and_of_the_environment(tmp_path):
    with filled() as cloud:
        (tmp_path / "clouds.yaml").write_text(
            yaml.safe_dump({"clouds": {"lab": {"auth": cloud.auth}, "other": {}}})
        )
        named = run(tmp_path, cloud="lab")
        assert named["changed"] is False
        assert (named["cloud"], named["gaps"]) == ("lab", [])
        variables = {f"OS_{name.upper()}": value for name, value in cloud.auth.items()}
        (tmp_path / "empty").mkdir()
        for folder, environment in ((tmp_path, {"OS_CLOUD": "lab"}), (tmp_path / "empty", variables)):
            assert run(folder, environment)["rows"] == named["rows"]


@pytest.mark.parametrize(
    ("text", "arguments", "said"),
    [
        (None, {"cloud": "lab"}, "There is no clouds.yaml that can be read: put one"),
        (None, {}, "There is no clouds.yaml that can be read: put one"),
        ("clouds: {a: {}, b: {}}", {"cloud": "lab"}, "Cloud 'lab' is not known: choose from a, b"),
        ("clouds: {a: {}, b: {}}", {}, "No cloud is named: set `cloud` or OS_CLOUD, and choose from a, b."),
        ("clouds: {a: {auth: {password: hunter2", {"cloud": "a"}, "YAML"),
        ("clouds: [hunter2]", {"cloud": "a"}, "does not have the form that openstacksdk documents."),
        (
            "clouds: {a: {auth: {password: hunter2}}}",
            {"cloud": "a"},
            "cloud 'a' lack auth_url: add it",
        ),
        ("clouds: {a: {auth_type: magic, auth: {password: hunter2}}}", {"cloud": "a"}, "magic"),
        ("clouds: {a: {}}", {"workers": 0}, "`workers` is 0, and must be at least 1."),
    ],
)
def test_settings_that_cannot_be_used_are_told_in_one_sentence(tmp_path, text, arguments, said):
    if text:
        (tmp_path / "clouds.yaml").write_text(text)
    answer = run(tmp_path, **arguments)
    assert answer["failed"]
    assert said in answer["msg"]
    assert "hunter2" not in json.dumps(answer)


def test_auth_option_is_hidden_and_censors_no_fact(tmp_path):
    with filled() as cloud:
        cloud.things[None, "/v3/projects"].append({"id": "p3", "name": "scanner"})
        answer = run(tmp_path, auth=cloud.auth)
        names = {row["data"]["name"] for row in answer["rows"] if row["kind"] == "project"}
        assert {"ops", "scanner"} <= names
        assert PASSWORD not in json.dumps(answer)

        cloud.things[None, "/v3/projects"].append({"id": "p4", "name": f"the {PASSWORD} project"})
        answer = run(tmp_path, auth=cloud.auth)
        assert answer["failed"]
        assert "Keep the credentials in clouds.yaml" in answer["msg"]
        assert PASSWORD not in json.dumps(answer)


def test_missing_library_is_told_in_one_sentence(tmp_path):
    (tmp_path / "openstack.py").write_text("raise ImportError('not here')")
    answer = run(
        tmp_path, {"PYTHONPATH": os.pathsep.join([str(tmp_path), *filter(None, sys.path)])}, cloud="lab"
    )
    assert answer["failed"]
    assert answer["msg"].startswith("Failed to import the required Python library (openstacksdk")
