"""Overclouds: what their files say is what a shell makes of them, and nothing of them is run."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from shlex import quote
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from openstack.config import OpenStackConfig

from calipso.cli import main
from calipso.scan.overcloudrc import OvercloudError, cloud_of, variables
from calipso.store import Store
from tests.unit.openstack_facts.fake_openstack import PASSWORD, FakeCloud

OCATA = """\
# Clear any old environment that may conflict.
for key in $( set | awk '{FS="="}  /^OS_/ {print $1}' ); do unset $key ; done
export OS_NO_CACHE=True
export OS_CLOUDNAME=overcloud
export OS_AUTH_URL=http://192.0.2.9:5000/v2.0
export NOVA_VERSION=1.1
export COMPUTE_API_VERSION=1.1
export OS_USERNAME=admin
export no_proxy=,192.0.2.9,192.0.2.10
export OS_PASSWORD=w4RjFkzV2
export PYTHONWARNINGS="ignore:Certificate has no, ignore:A true SSLContext object is not available"
export OS_TENANT_NAME=admin
"""
QUEENS = """\
# Clear any old environment that may conflict.
for key in $( set | awk '{FS="="}  /^OS_/ {print $1}' ); do unset $key ; done
export OS_AUTH_TYPE=password
export OS_PASSWORD='it''s "here" $1'
export OS_AUTH_URL=https://overcloud.example.org:13000//v3
export OS_USERNAME=admin
export OS_PROJECT_NAME=admin
export OS_USER_DOMAIN_NAME=Default
export OS_PROJECT_DOMAIN_NAME=Default
export OS_REGION_NAME="regionOne"
export OS_CACERT=/etc/pki/ca-trust/source/anchors/ca.crt.pem
export OS_IDENTITY_API_VERSION=3
export OS_ENDPOINT_TYPE=publicURL
# Add OS_CLOUDNAME to PS1
if [ -z "${CLOUDPROMPT_ENABLED:-}" ]; then
    export PS1=${PS1:-""}
    export PS1=\\${OS_CLOUDNAME:+"(\\$OS_CLOUDNAME)"}\\ $PS1
    export CLOUDPROMPT_ENABLED=1
fi
if [ -z "$OS_REGION_NAME" ]; then unset OS_REGION_NAME; fi
"""
TRIPLEO = """\
Undercloud: {hosts: {undercloud: {ansible_connection: local}}}
Controller:
  hosts: {overcloud-controller-0: {ansible_host: 192.0.2.11, ansible_password: left-out}}
  vars: {ansible_user: heat-admin}
Compute:
  hosts: {overcloud-novacompute-0: {ansible_host: 192.0.2.21}}
  vars: {ansible_user: heat-admin}
allovercloud: {children: {Controller: {}, Compute: {}}}
"""


def told(words: list[str], home: Path, uri: str) -> tuple[int, str]:
    """Run the command line; return its status, and all that it says."""
    variables = {"CALIPSO_MONGO_URI": uri, "CALIPSO_HOME": str(home), "OS_CLIENT_CONFIG_FILE": None}
    ran = CliRunner().invoke(main, ["environment", "from-overcloudrc", *words], env=variables)
    return ran.exit_code, ran.output


def written(path: Path, text: str) -> str:
    """Write a file; return its path."""
    path.write_text(text)
    return str(path)


@pytest.fixture
def options(tmp_path: Path) -> list[str]:
    """Where the files are written."""
    return ["--clouds", str(tmp_path / "clouds.yaml"), "--hosts", str(tmp_path / "hosts.yml")]


def test_an_environment_of_an_overcloud(
    store: Store, mongo_uri: str, tmp_path: Path, options: list[str]
) -> None:
    clouds, hosts = tmp_path / "clouds.yaml", tmp_path / "hosts.yml"
    clouds.write_text("clouds: {other: {auth: {password: kept}}}\ncache: {expiration_time: 3600}\n")
    rc = written(tmp_path / "overcloudrc", QUEENS)
    words = [rc, "--inventory-file", written(tmp_path / "tripleo.yaml", TRIPLEO), *options]
    status, said = told(words, tmp_path, mongo_uri)
    assert status == 0, said
    assert '"here"' not in said
    assert f"-i {hosts} calipso.topology.scan -e calipso_environment=Apex-Euphrates" in said
    assert clouds.stat().st_mode & 0o777 == 0o600
    kept = yaml.safe_load(clouds.read_text())
    assert (kept["clouds"]["other"], kept["cache"]) == (
        {"auth": {"password": "kept"}},
        {"expiration_time": 3600},
    )
    cloud = OpenStackConfig(config_files=[str(clouds)], load_envvars=False).get_one(
        "overcloud", validate=False
    )
    assert cloud.config["auth"]["password"] == 'its "here" $1'
    assert (cloud.config["auth"]["project_name"], cloud.region_name) == ("admin", "regionOne")
    assert (cloud.config["cacert"], cloud.config["interface"]) == (
        "/etc/pki/ca-trust/source/anchors/ca.crt.pem",
        "public",
    )
    assert yaml.safe_load(hosts.read_text()) == {
        "calipso_hosts": {
            "hosts": {
                "overcloud-controller-0": {"ansible_host": "192.0.2.11", "ansible_user": "heat-admin"},
                "overcloud-novacompute-0": {"ansible_host": "192.0.2.21", "ansible_user": "heat-admin"},
            }
        }
    }
    found = store.environment("Apex-Euphrates")
    assert found is not None
    assert (found.distribution, found.distribution_version) == ("Apex", "Euphrates")
    assert found.configuration["OpenStack"]["cloud"] == "overcloud"

    before = clouds.stat().st_mtime_ns, hosts.stat().st_mtime_ns
    status, said = told(words, tmp_path, mongo_uri)
    assert (status, said.count("as it was"), said.count("as they were")) == (0, 1, 1)
    assert (clouds.stat().st_mtime_ns, hosts.stat().st_mtime_ns) == before

    written(tmp_path / "overcloudrc", OCATA)
    status, said = told(words, tmp_path, mongo_uri)
    assert (status, "another cloud 'overcloud'" in said) == (1, True)
    status, said = told([*words, "--replace"], tmp_path, mongo_uri)
    assert status == 0, said
    auth = yaml.safe_load(clouds.read_text())["clouds"]["overcloud"]["auth"]
    assert auth == {
        "auth_url": "http://192.0.2.9:5000/v2.0",
        "username": "admin",
        "password": "w4RjFkzV2",
        "project_name": "admin",
    }


def test_the_inventory_that_tripleo_prints(mongo_uri: str, tmp_path: Path, options: list[str]) -> None:
    """The dynamic one, as JSON; that its file could be run makes no difference."""
    ran = tmp_path / "ran"
    printed = {
        "Controller": {"hosts": ["overcloud-controller-0"], "vars": {"ansible_ssh_user": "tripleo-admin"}},
        "overcloud": {"children": ["Controller"], "vars": {"plan": "overcloud"}},
        "_meta": {
            "hostvars": {"overcloud-controller-0": {"ansible_host": "192.0.2.11", "secret": "left-out"}}
        },
    }
    rc = written(tmp_path / "overcloudrc", QUEENS)
    inventory = tmp_path / "inventory.json"
    words = [rc, "--inventory-file", written(inventory, json.dumps(printed)), *options]
    inventory.chmod(0o755)
    status, said = told(words, tmp_path, mongo_uri)
    assert status == 0, said
    assert yaml.safe_load((tmp_path / "hosts.yml").read_text()) == {
        "calipso_hosts": {
            "hosts": {
                "overcloud-controller-0": {
                    "ansible_host": "192.0.2.11",
                    "ansible_ssh_user": "tripleo-admin",
                }
            }
        }
    }
    inventory.write_text(f"#!/bin/sh\ntouch {ran}\necho {quote(json.dumps(printed))}\n")
    status, said = told(words, tmp_path, mongo_uri)
    assert (status, ran.exists(), "is no inventory" in said or "cannot be read" in said) == (
        1,
        False,
        True,
    ), said


def test_what_is_refused_changes_nothing(
    store: Store, mongo_uri: str, tmp_path: Path, options: list[str]
) -> None:
    rc, hosts = written(tmp_path / "overcloudrc", QUEENS), tmp_path / "hosts.yml"
    words = [rc, "--inventory-file", written(tmp_path / "tripleo.yaml", TRIPLEO), *options]
    clouds = tmp_path / "clouds.yaml"
    for path, content, reason in (
        (clouds, "clouds: {overcloud: {auth: {password: kept}}}\n", "has another cloud 'overcloud'"),
        (hosts, "web: {hosts: {www: {}}}\n", "has more than the hosts of a scan"),
    ):
        path.write_text(content)
        status, said = told(words, tmp_path, mongo_uri)
        assert (status, reason in said) == (1, True), said
        assert path.read_text() == content
        assert [each.exists() for each in (clouds, hosts)] == [each == path for each in (clouds, hosts)]
        path.unlink()
        assert store.environments() == []
    assert told(words, tmp_path, mongo_uri)[0] == 0
    clouds.chmod(0o644)
    assert told(words, tmp_path, mongo_uri)[0] == 0
    assert clouds.stat().st_mode & 0o777 == 0o600


def test_hosts_that_the_undercloud_knows(mongo_uri: str, tmp_path: Path, options: list[str]) -> None:
    servers: list[dict[str, Any]] = [
        {"id": "1", "name": "overcloud-controller-0", "addresses": {"ctlplane": [{"addr": "192.0.2.11"}]}},
        {"id": "2", "name": "elsewhere", "addresses": {"external": [{"addr": "203.0.113.2"}]}},
    ]
    rc = written(tmp_path / "overcloudrc", QUEENS)
    with FakeCloud() as cloud:
        cloud.things["RegionOne", "/v2.1/servers/detail"] = servers
        stackrc = written(
            tmp_path / "stackrc",
            f"OS_AUTH_URL={cloud.url}/v3\nOS_PASSWORD={quote(PASSWORD)}\nexport OS_AUTH_URL OS_PASSWORD\n"
            "export OS_USERNAME=admin OS_PROJECT_NAME=admin OS_USER_DOMAIN_NAME=Default\n"
            "export OS_PROJECT_DOMAIN_NAME=Default OS_REGION_NAME=RegionOne\n",
        )
        words = [rc, "--stackrc", stackrc, "--ssh-user", "tripleo-admin", *options]
        status, said = told(words, tmp_path, mongo_uri)
        assert status == 0, said
        wrong = written(tmp_path / "wrong", Path(stackrc).read_text().replace(quote(PASSWORD), "wrong"))
        refused = told([rc, "--stackrc", wrong, *options], tmp_path, mongo_uri)
    found = yaml.safe_load((tmp_path / "hosts.yml").read_text())["calipso_hosts"]["hosts"]
    assert found == {
        "overcloud-controller-0": {"ansible_host": "192.0.2.11", "ansible_user": "tripleo-admin"}
    }
    assert (refused[0], "tripleo-ansible-inventory writes" in refused[1]) == (1, True), refused


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("export OS_PASSWORD=$(hiera admin_password)", "line 1: OS_PASSWORD cannot be known"),
        ("x=1\nexport OS_PASSWORD=`cat /etc/secret`", "line 2: OS_PASSWORD cannot be known"),
        ("read -sr INPUT\nexport OS_PASSWORD=$INPUT", "$INPUT is not set in the file"),
        ("if true; then\nexport OS_PASSWORD=1\nfi", "line 2: OS_PASSWORD cannot be known"),
        ("true && export OS_PASSWORD=1", "under a condition"),
        ("export OS_CACERT=~/ca.pem", "line 1: OS_CACERT"),
        ("export OS_PASSWORD='a", "line 1"),
        ('export OS_PASSWORD="a', "line 1: a quote is not closed"),
        ("\0", "not text"),
        ("export OS_USERNAME=a", "OS_AUTH_URL is not set"),
        ("export OS_AUTH_URL=http://a", "OS_PASSWORD is not set"),
    ],
)
def test_what_only_a_shell_knows_is_told(text: str, said: str) -> None:
    with pytest.raises(OvercloudError) as caught:
        cloud_of(variables(text))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"\xff\xfe\x00", "not text"), (b"#" * (1 << 21), "1048576 bytes"), (None, "cannot be read")],
)
def test_what_is_no_file_of_variables(
    content: bytes | None, said: str, mongo_uri: str, tmp_path: Path, options: list[str]
) -> None:
    if content is not None:
        (tmp_path / "rc").write_bytes(content)
    status, told_ = told([str(tmp_path / "rc"), *options], tmp_path, mongo_uri)
    assert (status, said in told_, told_.count("\n")) == (1, True, 1), told_
    assert not (tmp_path / "clouds.yaml").exists()


def test_nothing_is_run(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    variables(f"touch {ran}\nexport PS1=$(touch {ran})\nexport OTHER=`touch {ran}`\n")
    assert not ran.exists()


@given(st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"])))
def test_any_password_comes_through(password: str) -> None:
    assert variables(f"export OS_PASSWORD={quote(password)}\n") == {"OS_PASSWORD": password}


PIECES = st.sampled_from(
    [
        "a",
        "b c",
        "'",
        '"',
        "\\",
        "\\\n",
        "$OS_A",
        "${OS_A}",
        "$",
        "#",
        " #x",
        ";",
        "\n",
        "=",
        "export OS_C=",
        "é",
        "|",
    ]
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_it_reads_as_a_shell_does(value: str) -> None:
    """What is read is what bash has; what is not read is refused, or is what bash itself cannot read."""
    text = f"OS_A=first\nexport OS_A\nexport OS_B={value}\n"
    try:
        found = variables(text)
    except OvercloudError:
        return
    with tempfile.NamedTemporaryFile("w", suffix=".rc") as rc:
        rc.write(text)
        rc.flush()
        names = "OS_A OS_B OS_C"
        script = (
            f'set -a; PATH=; . {rc.name}; for name in {names}; do printf "%s=%s\\0" $name "${{!name}}"; done'
        )
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False, env={})
    if "syntax error" in done.stderr or "unexpected EOF" in done.stderr:
        return
    real = dict(line.split("=", 1) for line in done.stdout.split("\0") if line)
    assert {name: found.get(name, "") for name in ("OS_A", "OS_B", "OS_C")} == real, text
