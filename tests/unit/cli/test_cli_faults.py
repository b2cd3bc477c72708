"""Faults take one line that says what to do, and a status; a traceback never."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_cloud import Calipso, Ran

from calipso.model.topology import Topology
from calipso.store import Store


def fault(ran: Ran, status: int) -> str:
    """Return what a command that failed said."""
    assert ran.status == status, ran
    assert ran.err.startswith("Error: ")
    assert ran.err.count("\n") == 1
    assert ran.err.rstrip("\n").isprintable()
    return ran.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "web-O"), "'web-O'"),
        (("show", "web-O"), "uuid-0 (web-0)"),
        (("show", "twin"), "twin-1 (twin), twin-2 (twin)"),
        (("clique", "twin"), "twin-1 (twin), twin-2 (twin)"),
        (("tree", "nowhere"), "no object 'nowhere' in generation 2 of environment 'lab'"),
        (("clique", "zone"), "type availability_zone"),
        (("clique", "twin-1"), "nothing"),
        (("tree", "--env", "nope"), "there is lab"),
        (("scans", "--env", "nope"), "there is lab"),
        (("messages", "--object", "nope"), "no object 'nope'"),
        (("tree", "--generation", "7"), "it has 1, 2"),
        (("tree", "--generation", "0"), "it has 1, 2"),
        (("tree", "--generation", "as designed"), "no generation 'as designed'"),
        (("tree", "--at", "2020-01-01"), "since 2026-01-02"),
        (("snapshot", "nope", "--remove"), "no snapshot 'nope'"),
        (("find", "nope\x1b[31m"), r"nope\x1b[31m"),
        (("show", "\udcff\n"), r"\udcff"),
    ],
)
def test_what_is_not_there_is_told(calipso: Calipso, words: tuple[str, ...], said: str) -> None:
    assert said in fault(calipso(*words), 1)


@pytest.mark.parametrize(
    "words",
    [
        ("--nope",),
        ("nope",),
        ("show",),
        ("tree", "--nope"),
        ("tree", "--depth", "x"),
        ("tree", "--type", "nope"),
        ("tree", "--at", "yesterday"),
        ("tree", "--at", "2026-01-02", "--generation", "1"),
        ("snapshot",),
        ("snapshot", "7"),
        ("snapshot", "name", "--remove", "--generation", "1"),
        ("compare",),
        ("compare", "1", "--project", "a", "--object", "b"),
        ("messages", "--level", "loud\n"),
        ("completion", "tcsh"),
        ("db", "nope"),
        ("--inventory", "a$b", "tree"),
    ],
    ids=" ".join,
)
def test_wrong_usage_has_its_own_status(calipso: Calipso, words: tuple[str, ...]) -> None:
    fault(calipso(*words), 2)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("7",), "it has 1, 2"),
        (("1", "--object", "nope"), "no object 'nope' in generation 1 or 2"),
        (("1", "--object", "twin"), "twin-1, twin-2"),
        (("1", "--project", "net"), "no project 'net'"),
        (("1", "--env", "nope"), "there is lab"),
    ],
)
def test_states_that_cannot_be_compared_are_not_different(
    calipso: Calipso, words: tuple[str, ...], said: str
) -> None:
    assert said in fault(calipso("compare", *words), 2)


def test_nothing_is_said_of_an_empty_database_but_what_to_do(mongo_uri: str, tmp_path: Path) -> None:
    calipso = Calipso(mongo_uri, tmp_path)
    assert calipso("environments").out == "There is no environment yet.\n"
    assert "ansible-playbook" in fault(calipso("tree"), 1)
    assert "there is none yet" in fault(calipso("export", "--env", "lab"), 1)


def test_an_empty_generation_is_an_empty_tree(store: Store, own: Calipso) -> None:
    store.publish("bare", Topology())
    assert own("tree", "--env", "bare").out == "bare  environment\n"


@pytest.mark.parametrize("words", [("tree",), ("environments", "--json"), ("db",)], ids=" ".join)
def test_a_uri_that_is_none_is_told_without_its_password(tmp_path: Path, words: tuple[str, ...]) -> None:
    ran = Calipso("mongodb://user:ses@me@[::/x", tmp_path)(*words)
    assert "no usable MongoDB URI" in fault(ran, 1)
    assert "ses@me" not in ran.err + ran.out


def test_a_database_that_does_not_answer_is_told_without_its_password(tmp_path: Path) -> None:
    ran = Calipso("mongodb://user:sesame@127.0.0.1:1/x", tmp_path)("db", "--json")
    assert "no MongoDB lets us in at mongodb://user:***@127.0.0.1:1/x" in fault(ran, 1)
    assert (ran.json["location"], ran.json["reachable"]) == ("mongodb://user:***@127.0.0.1:1/x", False)
    assert "sesame" not in ran.err + ran.out


def test_no_database_at_all(tmp_path: Path) -> None:
    calipso = Calipso(None, tmp_path)
    assert "calipso db start" in fault(calipso("tree"), 1)
    assert "calipso db start" in fault(calipso("db"), 1)


def test_the_database_is_shown(calipso: Calipso) -> None:
    found = calipso("db", "--json").json
    assert found["reachable"] is True
    assert found["collections"]["inventory"]["documents"] == 14
    assert found["collections"]["links"]["bytes"] > 0
    assert found["server_version"].startswith("6.")
    assert "inventory 14" in " ".join(calipso("db").lines())


def test_the_embedded_database_starts_and_stops(tmp_path: Path) -> None:
    calipso = Calipso(None, tmp_path)
    try:
        started = calipso("db", "start", "--json").json
        assert started == calipso("db", "start", "--json").json
        assert calipso("db", "--json").json["embedded"] == started
        assert calipso("environments", "--json").json == []
    finally:
        stopped = calipso("db", "stop")
    assert stopped.out.startswith("The embedded database is stopped")
    assert calipso("db", "stop", "--json").json["pid"] is None
    assert "calipso db start" in fault(calipso("environments"), 1)
