"""Logging in over HTTP, and how `calipso serve` is told to work."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import requests
from api_server import PASSWORD, ROOT, Api, fill, serving
from ldap_server import GROUPS, PEOPLE, SEARCHER, SEARCHERS_PASSWORD, Slapd

from calipso.store import Store


def login(api: Api, name: str, password: str, **headers: str) -> requests.Response:
    """Return the answer to a try to log in."""
    credentials = {"username": name, "password": password}
    body = {"auth": {"methods": ["credentials"], "credentials": credentials}}
    return api.ask("POST", "/auth/tokens", json=body, headers=headers)


def status(api: Api, token: str | None) -> int:
    """Return the status of a request with a token."""
    return api.ask("GET", "/auth/account", token).status_code


def test_a_token_is_good_until_one_logs_out(own_api: Api) -> None:
    told = login(own_api, "viewer", PASSWORD).json()
    assert (told["user"], told["role"]) == ("viewer", "user")
    assert own_api.get("/auth/account", told["token"])["name"] == "viewer"
    bearer = own_api.ask("GET", "/auth/account", headers={"Authorization": f"Bearer {told['token']}"})
    assert bearer.status_code == 200
    body = {"auth": {"methods": ["token"], "token": told["token"]}}
    renewed = own_api.ask("POST", "/auth/tokens", json=body).json()
    assert renewed["expires_at"] >= told["expires_at"]
    assert own_api.ask("DELETE", "/auth/tokens", told["token"]).status_code == 200
    assert (status(own_api, told["token"]), status(own_api, renewed["token"])) == (401, 200)


def test_a_token_ends_by_itself(store: Store, mongo_uri: str) -> None:
    fill(store)
    with serving(mongo_uri, "--workers", "1", "--token-lifetime", "2s") as api:
        token = api.log_in("viewer")
        assert status(api, token) == 200
        time.sleep(2.1)
        assert status(api, token) == 401


def test_too_many_failures_must_wait(store: Store, mongo_uri: str) -> None:
    """They are counted by user and address; an address is believed only from a proxy that is named."""
    fill(store)
    with serving(mongo_uri, "--workers", "2", "--proxy", "127.0.0.1") as api:
        here, there = {"X-Forwarded-For": "192.0.2.1"}, {"X-Forwarded-For": "203.0.113.9, 192.0.2.2"}
        for _attempt in range(5):
            assert login(api, "viewer", "wrong", **here).status_code == 401
        waits = login(api, "viewer", PASSWORD, **here)
        assert waits.status_code == 429
        assert 0 < int(waits.headers["Retry-After"]) <= 900
        assert login(api, "viewer", PASSWORD, **there).status_code == 201
        assert login(api, "editor", PASSWORD, **here).status_code == 201
    with serving(mongo_uri, "--workers", "1") as api:
        for number in range(5):
            assert login(api, "owner", "wrong", **{"X-Forwarded-For": f"192.0.2.{number}"}).status_code == 401
        assert login(api, "owner", PASSWORD, **{"X-Forwarded-For": "192.0.2.77"}).status_code == 429


def test_users_of_a_directory_log_in(store: Store, mongo_uri: str, slapd: Slapd, tmp_path: Path) -> None:
    """With the rights of their groups; without the directory, local users still do."""
    fill(store)
    store.change_environment("blue", {}, grant={"edit-env": ["group:ops"]})
    config = tmp_path / "ldap.conf"
    config.write_text(
        f"url {slapd.url}\nuser {SEARCHER}\npassword {SEARCHERS_PASSWORD}\nuser_tree_dn {PEOPLE}\n"
        f"group_tree_dn {GROUPS}\ntls_cacertfile {slapd.ca}\n"
    )
    with serving(mongo_uri, "--workers", "1", "--ldap_config", str(config)) as api:
        told = login(api, "bob", "bob's password").json()
        assert "ops" in api.get("/auth/account", told["token"])["groups"]
        snapshot = {"env_name": "blue", "name": "bob's"}
        assert api.ask("POST", "/snapshots", told["token"], json=snapshot).status_code == 201
        assert api.ask("GET", "/inventory?env_name=red", told["token"]).status_code == 404
        assert login(api, "bob", "wrong").status_code == 401
        assert login(api, "nobody", "wrong").status_code == 401
        slapd.stop()
        try:
            down = login(api, "ann", "ann's password")
            assert down.status_code == 503
            assert "LDAP" in down.json()["error"]["message"]
            assert str(slapd.ports[0]) not in down.text
            assert login(api, "root", PASSWORD).status_code == 201
            assert status(api, told["token"]) == 200
        finally:
            slapd.start()
        assert login(api, "ann", "ann's password").status_code == 201
    with serving(mongo_uri, "--workers", "1") as api:
        assert status(api, told["token"]) == 401, "a server without directory believes none of its tokens"


def test_a_directory_without_tls_is_not_asked(store: Store, mongo_uri: str, tmp_path: Path) -> None:
    fill(store)
    plain = Slapd(tmp_path / "plain", tls=False)
    plain.start()
    config = tmp_path / "ldap.conf"
    config.write_text(f"url {plain.url}\nuser_tree_dn {PEOPLE}\n")
    try:
        with serving(mongo_uri, "--workers", "1", "--ldap-config", str(config)) as api:
            assert login(api, "bob", "bob's password").status_code == 503
    finally:
        plain.stop()


def test_what_was_begun_is_finished_before_the_end(own_api: Api) -> None:
    """A login, which takes its time, is answered though the server is told to end meanwhile."""
    answers: list[int] = []
    asking = threading.Thread(target=lambda: answers.append(login(own_api, "viewer", PASSWORD).status_code))
    asking.start()
    time.sleep(0.1)
    own_api.process.send_signal(signal.SIGTERM)
    asking.join()
    assert answers == [201]
    assert own_api.process.wait(30) == 0


def test_it_is_told_how_to_work(store: Store, mongo_uri: str, tmp_path: Path) -> None:
    """A MongoDB config file, TLS, the environment's variables."""
    fill(store)
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    make = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=localhost",
    ]
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*make, *names], check=True, capture_output=True)
    variables = {
        "CALIPSO_TLS_CERTIFICATE": str(certificate),
        "CALIPSO_TLS_KEY": str(key),
        "CALIPSO_WORKERS": "3",
    }
    with serving(mongo_uri, **variables) as api:
        assert api.address.startswith("https://")
        answer = requests.get(f"{api.address}/ready", verify=str(certificate), timeout=30)
        assert answer.json()["status"] == "ok"
        children = Path(f"/proc/{api.process.pid}/task/{api.process.pid}/children")
        deadline = time.monotonic() + 30
        while len(children.read_text().split()) < 3 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert len(children.read_text().split()) == 3


def ended(*options: str, **variables: str) -> tuple[int, str]:
    """Return how `calipso serve` ends by itself, and what it says."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CALIPSO_")}
    done = subprocess.run(
        [sys.executable, "-m", "calipso", "serve", *options],
        env=kept | variables,
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--bind", "here"), "127.0.0.1:8000"),
        (("--bind", "127.0.0.1:70000"), "127.0.0.1:8000"),
        (("--workers", "0"), "--workers"),
        (("--token-lifetime", "soon"), "24h"),
        (("--token-lifetime", "9999d"), "3650"),
        (("--loglevel", "LOUD"), "--loglevel"),
        (("--ldap-config", "/nowhere"), "/nowhere"),
        (("-m", "/nowhere"), "/nowhere"),
        (("--tls-key", __file__), "go together"),
        (("--inventory", "a..b"), "a..b"),
    ],
)
def test_wrong_options_are_told(mongo_uri: str, options: tuple[str, ...], said: str) -> None:
    code, text = ended(*options, CALIPSO_MONGO_URI=mongo_uri)
    assert code == 2, text
    assert said in text
    assert "Traceback" not in text


def test_faults_at_the_start_are_told(mongo_uri: str, tmp_path: Path) -> None:
    """A database that is not there, a port that is taken, a directory's config file that is wrong."""
    code, text = ended(CALIPSO_MONGO_URI="mongodb://127.0.0.1:1/x?serverSelectionTimeoutMS=100")
    assert (code, "no MongoDB lets us in" in text) == (1, True), text
    wrong = tmp_path / "ldap.conf"
    wrong.write_text("url ldap://x\nstart_tls false\n")
    code, text = ended("--ldap-config", str(wrong), CALIPSO_MONGO_URI=mongo_uri)
    assert (code, f"{wrong}:2" in text) == (1, True), text
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, text = ended("--bind", f"127.0.0.1:{port}", CALIPSO_MONGO_URI=mongo_uri)
    assert code == 1
    assert str(port) in text
