"""`calipso user`: users and tokens from the command line."""

from __future__ import annotations

import getpass
import os
import pty
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cli_cloud import Calipso, Ran

from calipso.accounts import Accounts
from calipso.model.account import Account
from calipso.store import Store

PASSWORD = "correct horse battery"


@pytest.fixture
def calipso(mongo_uri: str, tmp_path: Path) -> Calipso:
    """The command line, on an empty database."""
    return Calipso(mongo_uri, tmp_path)


@pytest.fixture
def secret(tmp_path: Path) -> str:
    """A file with a password."""
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    return str(file)


def logged_in(store: Store, name: str, password: str) -> Account:
    """Log in."""
    return Accounts(store).log_in(name, password, address="here").account


def fault(ran: Ran) -> str:
    """Return what a command that failed said, on one line."""
    assert ran.status in {1, 2}, ran
    assert ran.err.startswith("Error: ")
    assert ran.err.count("\n") == 1
    assert not ran.out
    return ran.err


def test_the_first_administrator_is_made_by_a_command(calipso: Calipso, secret: str) -> None:
    assert "calipso user add NAME --admin" in calipso("user", "list").out
    assert calipso("user", "list", "--json").json == []
    assert calipso("user", "add", "root", "--admin", "--password-file", secret).out == (
        "User root is there, with role admin.\n"
    )
    with calipso.store() as store:
        assert logged_in(store, "root", PASSWORD) == Account("root", "admin", "local")
    [found] = calipso("user", "list", "--json").json
    assert (found["name"], found["role"], found["disabled"]) == ("root", "admin", False)
    assert calipso("user", "list").lines()[-1].startswith("root admin enabled 2")


def test_a_random_password_is_printed_alone_and_once(calipso: Calipso) -> None:
    ran = calipso("user", "add", "ann", "--generate")
    password = ran.out.rstrip("\n")
    assert len(password) >= 32
    with calipso.store() as store:
        assert logged_in(store, "ann", password).role == "user"
    again = calipso("user", "change", "ann", "--generate").out.rstrip("\n")
    assert again != password
    with calipso.store() as store:
        assert logged_in(store, "ann", again)
        assert not any(password in str(message) for message in store.messages(None))


def test_a_password_is_typed_twice_and_never_shown(calipso: Calipso) -> None:
    def typed(*words: str, lines: tuple[str, ...]) -> str:
        ours, theirs = pty.openpty()
        command = calipso.command(*words)
        with subprocess.Popen(
            command,
            env=calipso.variables,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        ) as running:
            os.close(theirs)
            said = b""
            for line in lines:
                while not said.endswith((b"Password: ", b"confirmation: ")):
                    said += os.read(ours, 1)
                os.write(ours, line.encode() + b"\n")
                said += os.read(ours, 1)
            try:
                while part := os.read(ours, 65536):
                    said += part
            except OSError:  # what Linux says at the end of a terminal
                pass
            os.close(ours)
            assert running.wait(60) == 0
        return said.decode()

    said = typed("user", "add", "ann", lines=("a first try at it", "another try", PASSWORD, PASSWORD))
    assert "User ann is there" in said
    assert PASSWORD not in said
    typed("user", "change", "ann", "--password", lines=(PASSWORD + "!", PASSWORD + "!"))
    with calipso.store() as store:
        assert logged_in(store, "ann", PASSWORD + "!")


def test_a_user_is_changed_and_removed(calipso: Calipso, secret: str) -> None:
    for name in ("root", "ann"):
        assert calipso("user", "add", name, "--admin", "--password-file", secret).status == 0
    token = calipso("user", "token", "ann").out.strip()
    ran = calipso("user", "change", "ann", "--no-admin", "--password-file", secret, "--logout")
    assert ran.out == "User ann has role user, has a new password, is logged out.\n"
    with calipso.store() as store:
        assert store.token(token, at=datetime.now(UTC)) is None
    assert "'root' is the last" in fault(calipso("user", "change", "root", "--no-admin"))
    assert "'root' is the last" in fault(calipso("user", "change", "root", "--disable"))
    assert "'root' is the last" in fault(calipso("user", "remove", "root"))
    assert calipso("user", "change", "ann", "--disable").out == "User ann is disabled.\n"
    assert calipso("user", "list").lines()[-2].startswith("ann user disabled")
    assert calipso("user", "change", "ann", "--enable").out == "User ann is enabled.\n"
    assert calipso("user", "remove", "ann").out == "User ann is removed.\n"
    assert [each["name"] for each in calipso("user", "list", "--json").json] == ["root"]


def test_every_change_is_in_the_messages_with_who_made_it(calipso: Calipso, secret: str) -> None:
    calipso("user", "add", "root", "--admin", "--password-file", secret)
    calipso("user", "add", "ann", "--password-file", secret)
    calipso("user", "change", "ann", "--admin")
    calipso("user", "token", "ann", "--name", "awx")
    [held] = calipso("user", "tokens", "ann", "--json").json
    calipso("user", "tokens", "ann", "--revoke", held["id"])
    calipso("user", "remove", "ann")
    fault(calipso("user", "remove", "ann"))
    with calipso.store() as store:
        found = store.messages(None)
    assert sorted(message["message"] for message in found) == [
        f"token {held['id']!r} of user 'ann' was revoked",
        "user 'ann' got a token for 'awx', until "
        + held["expires_at"].partition(".")[0].replace("T", " ")
        + "Z",
        "user 'ann' has role admin",
        "user 'ann' was added, with role user",
        "user 'ann' was removed",
        "user 'root' was added, with role admin",
    ]
    assert {message["user"] for message in found} == {getpass.getuser()}
    assert {message["level"] for message in found} == {"notice"}


def test_tokens_are_given_listed_and_revoked(calipso: Calipso, secret: str) -> None:
    calipso("user", "add", "ann", "--password-file", secret)
    assert calipso("user", "tokens", "ann").out == "User ann has no tokens.\n"
    ran = calipso("user", "token", "ann", "--lifetime", "2h", "--name", "scraper")
    token = ran.out.rstrip("\n")
    with calipso.store() as store:
        assert Accounts(store).account(token) == Account("ann", "user", "local")
    [found] = calipso("user", "tokens", "ann", "--json").json
    assert (found["label"], found["name"]) == ("scraper", "ann")
    assert token not in str(found)
    assert f"{found['id']} scraper" in calipso("user", "tokens", "ann").lines()[-1]
    assert "no token 'x'" in fault(calipso("user", "tokens", "ann", "--revoke", "x"))
    assert calipso("user", "tokens", "ann", "--revoke", found["id"], "--json").json == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "ann"), "there is no terminal to ask for the password"),
        (("add", "ann", "--password-file", "/nope"), "/nope"),
        (("add", "ann", "--password-file", "SHORT"), "too short"),
        (("add", "ann", "--password-file", "TWO"), "one line"),
        (("add", "ann", "--password-file", "BINARY"), "one line"),
        (("add", "ann", "--password-file", "SECRET", "--generate"), "exclude"),
        (("add", "group:a", "--generate"), "no name for a user"),
        (("add", "a\nb", "--generate"), "no name for a user"),
        (("add", "root", "--generate"), "'root' already"),
        (("change", "ann", "--admin"), "no local user 'ann'"),
        (("change", "root"), "nothing to change"),
        (("remove", "ann"), "no local user 'ann'"),
        (("token", "ann"), "no local user 'ann'"),
        (("token", "root", "--lifetime", "soon"), "no time span"),
        (("token", "root", "--lifetime", "9999d"), "a token lasts up to"),
    ],
)
def test_faults_are_told(
    calipso: Calipso, secret: str, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    calipso("user", "add", "root", "--admin", "--password-file", secret)
    files = {"SHORT": b"short", "TWO": b"twelve letters\nand more", "BINARY": b"\xff" * 20}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    paths = {name: str(tmp_path / name) for name in files} | {"SECRET": secret}
    assert said in fault(calipso("user", *(paths.get(word, word) for word in words)))


def test_the_database_is_named_by_a_file(mongo_uri: str, tmp_path: Path) -> None:
    socket, database = mongo_uri.removeprefix("mongodb://").split("/")
    config = tmp_path / "mongo.conf"
    config.write_text(f"server {socket.replace('%2F', '/')}\ndatabase {database}\n")
    nowhere = Calipso(None, tmp_path / "nowhere")
    named = str(config)
    for ran in (
        nowhere("--mongo-config", named, "user", "list", "--json"),
        nowhere("user", "list", "--json", CALIPSO_MONGO_CONFIG=named),
        nowhere("--mongo-config", named, "user", "list", "--json", CALIPSO_MONGO_URI="mongodb://127.0.0.1:1"),
    ):
        assert ran.json == []
    assert "exclude" in fault(nowhere("--mongo-config", named, "--mongo-uri", mongo_uri, "user", "list"))
    config.write_text("server a\ncolour blue\n")
    assert "mongo.conf:2: colour" in fault(nowhere("--mongo-config", named, "user", "list"))
