"""`calipso environment`, as users run it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from calipso.model.environment import Environment
from calipso.model.topology import Topology
from calipso.store import Store
from tests.unit.cli.cli_cloud import Calipso

SECRET = "hunter2"


@pytest.fixture
def calipso(store: Store, mongo_uri: str, tmp_path: Path) -> Calipso:  # noqa: ARG001 - an empty one
    """The command line, on an empty database."""
    return Calipso(mongo_uri, tmp_path)


def said(calipso: Calipso, *words: str, status: int) -> str:
    """Return the one line that a command fails with."""
    ran = calipso(*words)
    assert (ran.status, ran.out, ran.err.count("\n")) == (status, "", 1)
    assert SECRET not in ran.err
    return ran.err


def test_an_environment_from_its_beginning_to_its_end(calipso: Calipso, tmp_path: Path) -> None:
    file = tmp_path / "lab.yml"
    file.write_text(
        "name: lab\nenv_type: testing\nconfiguration:\n"
        "  - {name: OpenStack, cloud: old}\n  - {name: CLI, user: ops}\n"
    )
    words = ("--file", str(file), "--distribution", "Kolla", "--cloud", "new", "--type-driver", "vxlan")
    rights = ("--grant", "view:ann", "--grant", "edit:group:ops", "--user", "bob")
    assert calipso("environment", "add", "lab", *words, *rights).out == "Environment lab is there.\n"
    shown = calipso("environment", "show", "lab", "--json").json
    assert shown["configuration"] == {"OpenStack": {"cloud": "new"}, "CLI": {"user": "ops"}}
    assert shown["auth"] == {"view-env": ["ann"], "edit-env": ["group:ops"]}
    assert (shown["distribution"], shown["env_type"], shown["user"]) == ("Kolla", "testing", "bob")
    assert (shown["type_drivers"], shown["features"]) == (
        ["vxlan"],
        ["listening", "monitoring", "scanning"],
    )

    file.write_text(json.dumps({"configuration": {"CLI": None}, "distribution": None}))
    changed = calipso(
        "environment", "change", "lab", "--file", str(file), "--grant", "view:cat", "--revoke", "view:ann"
    )
    assert sorted(changed.lines()) == [
        'auth.view-env: ["ann"] -> ["cat"]',
        'configuration.CLI: {"user": "ops"} -> -',
        "distribution: Kolla -> -",
    ]
    assert calipso("environment", "change", "lab", "--env-type", "testing").out == "Nothing is different.\n"
    lines = calipso("environment", "show", "lab").lines()
    assert 'configuration.OpenStack {"cloud": "new"}' in lines
    assert calipso("environment", "list", "--json").json == calipso("environments", "--json").json

    with calipso.store() as store:
        store.publish("lab", Topology([{"id": "a"}]))
    assert "keep (it can still be read)" in said(calipso, "environment", "delete", "lab", status=2)
    assert "kept" in calipso("environment", "delete", "lab", "--inventory", "keep").out
    assert "no configuration" in said(calipso, "environment", "show", "lab", status=1)
    assert calipso("generations", "--env", "lab", "--json").json[0]["number"] == 1
    assert calipso("environment", "delete", "lab", "--inventory", "delete").status == 0
    assert "no environment 'lab'" in said(
        calipso, "environment", "delete", "lab", "--inventory", "delete", status=1
    )


def test_who_did_it_is_noted(calipso: Calipso) -> None:
    done = (("add", "lab"), ("change", "lab", "--env-type", "staging"), ("change", "lab", "--user", "ann"))
    for words in done:
        assert calipso("environment", *words).status == 0
    assert calipso("environment", "change", "lab", "--user", "ann").out == "Nothing is different.\n"
    with calipso.store() as store:
        found = store.messages(["lab"])
    assert [message["message"] for message in found][::-1] == [
        "environment 'lab' was added",
        "environment 'lab' was changed: env_type",
        "environment 'lab' was changed: user",
    ]
    assert all(message["user"] for message in found)


@pytest.mark.parametrize(
    ("words", "text", "expected"),
    [
        (("add", "/x"), "", "neither blanks nor slashes"),
        (("add", "x", "--distribution", "kola"), "", "did you mean Kolla?"),
        (("add", "x", "--env-type", "prod"), "", "env_type: input should be 'development'"),
        (
            ("add", "x", "--listen", "--file", "FILE"),
            "mechanism_drivers: [Nexus]",
            "listening is not supported",
        ),
        (("add", "x", "--grant", "own:ann"), "", "view:NAME or edit:NAME"),
        (("add", "x", "--file", "FILE"), f"password: {SECRET}", "password: a secret, and no secret is taken"),
        (("add", "x", "--file", "FILE"), f"password: *{SECRET}", "no YAML or JSON at line 1, column 11"),
        (("add", "x", "--file", "FILE"), f"{{password: {SECRET}", "no YAML or JSON at line"),
        (("add", "x", "--file", "FILE"), f"- {SECRET}", "must hold a mapping"),
        (("add", "x", "--file", "FILE"), "name: y", "the file is not of environment 'x'"),
        (("add", "x", "--file", "FILE", "--cloud", "c"), "configuration: [1]", "section 0 of the list"),
        (("add", "x", "--file", "FILE", "--cloud", "c"), "configuration: 7", "expected a mapping"),
        (("change", "lab"), "", "nothing to change"),
        (("change", "lab", "--file", "FILE"), "scanned: true", "only Calipso itself writes this"),
        (("change", "lab", "--file", "FILE"), "retention: {all: 1}", "retention"),
        (("change", "lab", "--distribution", "kola"), "", "did you mean Kolla?"),
        (("delete", "lab", "--inventory", "burn"), "", "'keep', 'delete'"),
    ],
)
def test_wrong_usage_is_told_and_changes_nothing(
    calipso: Calipso, tmp_path: Path, words: tuple[str, ...], text: str, expected: str
) -> None:
    calipso("environment", "add", "lab")
    before = calipso("environment", "list", "--json").json
    file = tmp_path / "file"
    file.write_text(text)
    words = tuple(str(file) if word == "FILE" else word for word in words)
    assert expected in said(calipso, "environment", *words, status=2)
    assert calipso("environment", "list", "--json").json == before


def test_what_a_scan_has_left_unsupported_stands_in_nobodys_way(calipso: Calipso) -> None:
    with calipso.store() as store:
        store.create_environment(Environment("lab", distribution="In-house"))
    assert calipso("environment", "change", "lab", "--grant", "view:ann").status == 0
    assert "did you mean OVS?" in said(
        calipso, "environment", "change", "lab", "--mechanism-driver", "ovs", status=2
    )


def test_what_is_there_or_is_not_is_told(calipso: Calipso) -> None:
    calipso("environment", "add", "lab")
    assert "'lab' already" in said(calipso, "environment", "add", "lab", status=1)
    for command in (("change", "x", "--user", "a"), ("show", "x"), ("delete", "x", "--inventory", "keep")):
        assert "there is lab" in said(calipso, "environment", *command, status=1)
