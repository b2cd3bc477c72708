"""Tests of connections that were asked for: each is made once, whatever becomes of the workers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cli_cloud import Calipso
from fake_services import PASSWORD, FakeKeystone
from ldap_server import free_port
from tries import Tries

from calipso.model.environment import Environment
from calipso.store import LeaseLostError, Store
from calipso.work.connections import Means, take_up_tests

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

SECTIONS = {
    "OpenStack": {"cloud": "lab"},
    "AMQP": {
        "host": "127.0.0.1",
        "port": free_port(),
        "user": "calipso",
        "secret_in": {"environment_variable": "SECRET_BUS"},
    },
}
VARIABLES = {"SECRET_BUS": "a secret of the bus"}


def ask(store: Store, *targets: str) -> str:
    """Ask for a test of environment lab; return its id."""
    store.create_environment(Environment("lab", configuration=SECTIONS))
    return str(store.request_connection_test("lab", targets=targets, by="ann", at=NOW)["id"])


def found(store: Store) -> dict[str, Any]:
    """Return the one test that there is."""
    [test] = store.connection_tests(None)
    return test


def test_a_test_that_was_asked_for_is_made_once(store: Store, tmp_path: Path) -> None:
    with FakeKeystone() as cloud:
        config = cloud.clouds_yaml(tmp_path)
        means = Means(variables=VARIABLES | {"OS_CLIENT_CONFIG_FILE": str(config)})
        test_id = ask(store, "OpenStack", "AMQP", "ACI")
        assert take_up_tests(store, "one", means, NOW) == test_id
        assert take_up_tests(store, "one", means, NOW) is None
    made = found(store)
    assert (made["status"], made["worker"], made["started_at"]) == ("completed", "one", NOW)
    assert made["ended_at"] > NOW
    works = {target: result["works"] for target, result in made["results"].items()}
    assert works == {"OpenStack": True, "AMQP": False, "ACI": False}
    assert "nothing listens on port" in made["results"]["AMQP"]["cause"]
    assert "add the section ACI" in made["results"]["ACI"]["cause"]
    assert not any(secret in str(made) for secret in (PASSWORD, *VARIABLES.values()))


def test_a_test_of_what_was_deleted_fails(store: Store) -> None:
    store.request_connection_test("gone", targets=["AMQP"], by="ann", at=NOW)
    take_up_tests(store, "one", Means(variables={}), NOW)
    assert found(store)["status"] == "failed"
    assert "was deleted" in found(store)["results"]["AMQP"]["cause"]


def test_a_dead_worker_is_succeeded(store: Store, mongo_uri: str) -> None:
    test_id = ask(store, "AMQP", "OpenStack")
    script = (
        "import sys, datetime; from calipso.store import Store\n"
        "store = Store.open(sys.argv[1])\n"
        "claim = store.claim_connection_test('dead', at=datetime.datetime.now(datetime.UTC), term=300)\n"
        "claim.report('AMQP', {'works': True}); print('claimed', flush=True); sys.stdin.read()"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", script, mongo_uri], **pipes, text=True) as dead:  # type: ignore[call-overload]
        assert dead.stdout.readline() == "claimed\n"
        assert take_up_tests(store, "one", Means(variables={}), NOW) is None, "it is another worker's"
        os.kill(dead.pid, signal.SIGKILL)
    assert take_up_tests(store, "one", Means(variables={}), NOW) == test_id
    made = found(store)
    assert (made["status"], made["worker"]) == ("completed", "one")
    assert made["results"]["AMQP"] == {"works": True}, "what the dead one found is kept"
    assert "no clouds.yaml" in made["results"]["OpenStack"]["cause"]


def test_who_was_taken_over_changes_nothing_more(store: Store) -> None:
    ask(store, "AMQP")
    late = store.claim_connection_test("late", at=NOW, term=0)
    assert late is not None
    claim = store.claim_connection_test("one", at=NOW, term=300)
    assert claim is not None
    with claim:
        with late, pytest.raises(LeaseLostError):
            late.report("AMQP", {"works": True})
        claim.end("completed", at=NOW)
    assert (found(store)["worker"], found(store)["results"]) == ("one", {})


@pytest.fixture
def calipso(store: Store, mongo_uri: str, tmp_path: Path) -> Calipso:
    """The command line, with an environment of which one section works."""
    store.create_environment(Environment("lab", configuration=SECTIONS))
    return Calipso(mongo_uri, tmp_path)


def test_on_the_command_line(calipso: Calipso, tmp_path: Path) -> None:
    with FakeKeystone() as cloud:
        known = {"OS_CLIENT_CONFIG_FILE": str(cloud.clouds_yaml(tmp_path)), **VARIABLES}
        all_of_it = calipso("environment", "test", "lab", "--here", **known)
        one = calipso("environment", "test", "lab", "--here", "--target", "OpenStack", "--json", **known)
        asked = calipso("environment", "test", "lab", "--target", "OpenStack", "--target", "AMQP")
        worker = calipso.command("work", "--once", "--name", "one")
        done = subprocess.run(
            worker, env=calipso.variables | known, capture_output=True, text=True, check=False, timeout=120
        )
    assert all_of_it.status == 1
    lines = all_of_it.lines()
    assert any(line.startswith("OpenStack login works Keystone at http://localhost") for line in lines)
    assert any(line.startswith("AMQP TCP connection fails") for line in lines)
    assert lines[-2] == "OpenStack works"
    assert lines[-1].startswith("AMQP fails: nothing listens on port")
    assert (one.status, one.json["OpenStack"]["works"], one.json["OpenStack"]["cause"]) == (0, True, None)
    assert (asked.status, "is asked for" in asked.out) == (0, True)
    assert done.returncode == 0, done.stderr
    with calipso.store() as store:
        assert (found(store)["status"], found(store)["worker"]) == ("completed", "one")
    secrets = (PASSWORD, *VARIABLES.values())
    assert not any(
        secret in text for secret in secrets for text in (str(all_of_it), done.stdout + done.stderr)
    )


def test_waiting_on_the_command_line(calipso: Calipso) -> None:
    words = ("environment", "test", "lab", "--target", "AMQP", "--wait", "--json")
    waiting = subprocess.Popen(
        calipso.command(*words),
        env=calipso.variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert waiting.stderr is not None
    assert "is asked for" in waiting.stderr.readline()
    with calipso.store() as store:
        take_up_tests(store, "one", Means(variables={}), NOW)
    out, _err = waiting.communicate(timeout=60)
    assert waiting.returncode == 1
    assert "set SECRET_BUS where the worker is started" in json.loads(out)["AMQP"]["cause"]


def vault(home: Path, secret: str) -> dict[str, Any]:
    """Return means whose inventory has a secret in Vault."""
    (home / "vault-password").write_text("what opens the vault\n")
    group = home / "group_vars"
    group.mkdir()
    (home / "hosts.yml").write_text("calipso_hosts: {}\n")
    (group / "all.yml").write_text(json.dumps({"vault_bus": secret, "plain_bus": "{{ vault_bus }}"}))
    subprocess.run(
        [sys.executable, "-m", "ansible", "vault", "encrypt", group / "all.yml"],
        env=os.environ | {"ANSIBLE_VAULT_PASSWORD_FILE": str(home / "vault-password")},
        check=True,
        capture_output=True,
    )
    return {"inventories": [str(home / "hosts.yml")]}


def test_secrets_in_ansible(tries: Tries, tmp_path: Path) -> None:
    secret = 'a "bus\'s" {password} # here'
    means = vault(tmp_path, secret)
    opened = {"ANSIBLE_VAULT_PASSWORD_FILE": str(tmp_path / "vault-password"), "PATH": os.environ["PATH"]}

    def section(variable: str) -> dict[str, Any]:
        return {**SECTIONS["AMQP"], "secret_in": {"ansible_variable": variable}}

    result = tries("AMQP", section("plain_bus"), opened, **means)
    assert [step.step for step in result.steps if not step.works] == ["TCP connection"], result
    assert secret not in str(result)
    locked = tries("AMQP", section("vault_bus"), {"PATH": os.environ["PATH"]}, **means)
    assert "give the worker Vault's password" in str(locked.cause)
    missing = tries("AMQP", section("vault_other"), opened, **means)
    assert "no usable variable vault_other for localhost" in str(missing.cause)
