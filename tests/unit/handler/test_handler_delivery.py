"""The handler gives Calipso what Sensu gives it: as it is, all of it, whatever else is wrong."""

from __future__ import annotations

import json
import resource
import signal
import ssl
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from api_server import Api
from handler_host import HandlerHost, event, raw
from ldap_server import make_ca

from calipso.model.topology import Document
from calipso.store import Store

DONE, WAITING, LOST = range(3)
NOWHERE = "http://127.0.0.1:9"


def statuses(known: Store) -> dict[str, str]:
    """Return id -> status."""
    return {found["id"]: found["status"] for found in known.statuses("blue")}


@contextmanager
def someone_else(tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serve a web site that is not Calipso's."""
    with ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        Thread(target=server.serve_forever).start()
        yield f"http{'s' if tls else ''}://localhost:{server.server_port}"
        server.shutdown()


def test_events_of_sensu_go_and_of_sensu_core_are_delivered(
    host: HandlerHost, known: Store, vnics: list[Document]
) -> None:
    """What Sensu Core gives has client, check and action, and its names have no colons."""
    go, core = vnics[:2]
    name = json.loads(raw(event(core, 1)))["check"]["metadata"]["name"].replace(":", ".3a")
    core_event = {
        "id": "ef6b87d2-1f89-439f-8bea-33881436ab90",
        "action": "create",
        "timestamp": int(time.time()),
        "occurrences": 1,
        "client": {"name": core["host"], "address": "10.0.0.1", "calipso_environment": "blue"},
        "check": {
            "name": name,
            "status": 1,
            "output": "slow\n",
            "executed": int(time.time()),
            "issued": int(time.time()),
            "type": "standard",
            "history": ["0", "1"],
            "calipso_environment": "blue",
        },
    }
    assert host.handle(raw(event(go, 2))) == (DONE, "calipso: 1 events delivered\n")
    assert host.handle(raw(core_event)) == (DONE, "calipso: 1 events delivered\n")
    assert statuses(known) == {go["id"]: "error", core["id"]: "warning"}
    assert not host.waiting()


def test_what_calipso_cannot_be_told_waits_and_follows(
    host: HandlerHost, calipso: Api, known: Store, vnics: list[Document]
) -> None:
    """It does while nobody answers, while somebody else does, and while the token is refused or not there."""
    token = host.token_file.read_text()
    vnics = vnics[-3:]
    at = datetime.now(UTC) - timedelta(minutes=1)
    host.set(url=NOWHERE)
    status, said = host.handle(raw(event(vnics[0], 1, at=at)))
    assert (status, len(host.waiting())) == (WAITING, 1)
    assert "does not answer: Connection refused" in said
    with someone_else() as url:
        host.set(url=url)
        status, said = host.handle(raw(event(vnics[0], 2, at=at + timedelta(seconds=1))))
    assert (status, len(host.waiting())) == (WAITING, 2)
    assert "answers 501, and not as Calipso does" in said
    host.set(url=calipso.address)
    host.token_file.write_text("wrong")
    status, said = host.handle(raw(event(vnics[1], 1)))
    assert (status, len(host.waiting())) == (WAITING, 3)
    assert "answers 401" in said
    assert "wrong" not in said
    host.token_file.unlink()
    status, said = host.handle(raw(event(vnics[2], 1)))
    assert (status, len(host.waiting())) == (WAITING, 4)
    assert f"{host.token_file}: No such file or directory" in said
    host.token_file.write_text(token)
    assert host.sync() == (DONE, "calipso: 4 events delivered\n")
    assert statuses(known) == {vnics[0]["id"]: "error", vnics[1]["id"]: "warning", vnics[2]["id"]: "warning"}
    assert [found["status"] for found in known.status_history("blue", vnics[0]["id"])] == ["error", "warning"]


def test_calipso_must_prove_who_it_is(host: HandlerHost, tmp_path: Path, vnics: list[Document]) -> None:
    """By a certificate that the settings' authority signed."""
    ca = make_ca(tmp_path, "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "localhost.pem", tmp_path / "localhost.key")
    for settings, why in (
        ({"ca": str(ca)}, "answers 501, and not as Calipso does"),
        ({"ca": None}, "certificate verify failed"),
        ({"ca": str(host.token_file)}, f"{host.token_file}: [X509"),
        ({"ca": "/no/such"}, "/no/such: No such file or directory"),
    ):
        with someone_else(context) as url:
            host.set(url=url, **settings)
            status, said = host.handle(raw(event(vnics[0], 1)))
        assert (status, said.count("\n")) == (WAITING, 1)
        assert why in said


def test_a_token_is_never_shown(host: HandlerHost, vnics: list[Document]) -> None:
    for token in ("sec\nret", "sec\u2028ret", "sec ret"):
        host.set(token=token, token_file=None)
        status, said = host.handle(raw(event(vnics[0], 1)))
        assert status == WAITING
        assert "sec" not in said.replace("a secret of", "")


def test_only_its_owner_may_read_the_spool(host: HandlerHost, vnics: list[Document]) -> None:
    host.set(url=NOWHERE)
    host.handle(raw(event(vnics[0], 2)))
    host.handle(b"nothing of that kind")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in host.spool.rglob("*") if path.is_file()}
    assert modes == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in [host.spool, *host.waiting()[0].parents[:2]]} == {
        0o700
    }


NO_EVENT = "standard input holds no event of Sensu, which is a JSON object"
WRONG: dict[str, tuple[bytes, str]] = {
    "no JSON": (b"{", NO_EVENT),
    "a list": (b"[1]", NO_EVENT),
    "no UTF-8": (b'{"check": "\xff"}', NO_EVENT),
    "deep": (b'{"check":' + b"[" * 100_000, NO_EVENT),
    "nothing": (b"\n", "there is no event on standard input"),
    "too large": (b'{"check": "' + b"x" * 300_000 + b'"}', "it has more than 256 KiB"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_no_event_is_said_in_one_line(host: HandlerHost, case: str) -> None:
    text, why = WRONG[case]
    status, said = host.handle(text)
    assert (status, said.count("\n")) == (LOST, 1)
    assert why in said
    assert not host.waiting()


def test_no_event_holds_up_another(
    host: HandlerHost, calipso: Api, known: Store, vnics: list[Document]
) -> None:
    """Broken files, and events that Calipso refuses alone or for which it refuses all, are put aside."""
    host.set(url=NOWHERE)
    host.handle(raw(event(vnics[0], 2)))
    host.set(url=calipso.address)
    waiting = host.waiting()[0].parent
    good = event(vnics[1], 2)
    broken = {
        "0-torn.json": raw(good)[:100],
        "1-empty.json": b"",
        "2-nobody's.json": raw({"check": {}, "entity": {}}),
        "3-not a number.json": raw({**good, "x": float("nan")}),
        "4-half a character.json": raw(event(vnics[1], 2, output="\ud800")),
        "5-no status.json": raw({**good, "check": good["check"] | {"status": "bad"}}),
        "6-large.json": raw(event(vnics[1], 2, output="x" * 100_000)),
        "7-another's.json": raw(good).replace(b'"blue"', b'"green"'),
    }
    for name, text in broken.items():
        (waiting / name).write_bytes(text)
    (waiting / "8-directory.json").mkdir()
    status, said = host.handle(raw(event(vnics[2], 1)))
    assert statuses(known) == {vnics[0]["id"]: "error", vnics[2]["id"]: "warning"}
    assert (len(host.refused()), host.waiting()) == (len(broken) + 1, [])
    assert status == WAITING, "environment green may come yet"
    assert "there is no environment 'green' that 'editor' may see" in said


def test_a_disk_that_is_full_is_said(host: HandlerHost, vnics: list[Document]) -> None:
    """And all that Sensu has will be sent once there is room."""
    host.handle(raw(event(vnics[0], 1)))
    (host.spool / "synced").write_text('{"at": 1, "backend_started": 1}')
    status, said = host.handle(raw(event(vnics[0], 2)), preexec_fn=_full)
    assert (status, host.waiting()) == (LOST, [])
    assert "the event is lost, since it cannot be kept: [Errno 27] File too large" in said
    assert not (host.spool / "synced").exists()


def _full() -> None:
    """Let this process write no file beyond 100 bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))


SETTINGS: dict[str, tuple[str, str]] = {
    "no JSON": ("{", "is no JSON"),
    "no object": ("[]", "the settings: no JSON object"),
    "a slip": ('{"url": "http://a", "tokn": "x"}', "there is no tokn; there are ca, full_every"),
    "no token": ('{"url": "http://a"}', "says neither token_file nor token"),
    "no address": ('{"token": "x"}', "url is no http:// or https:// address"),
    "no key": ('{"url": "http://a", "token": "x", "sensu": {"url": "http://b"}}', "neither api_key_file nor"),
}


@pytest.mark.parametrize("case", SETTINGS)
def test_settings_that_are_wrong_are_said(host: HandlerHost, case: str) -> None:
    text, why = SETTINGS[case]
    host.config.write_text(text)
    status, said = host.handle(b"{}")
    assert (status, said.count("\n")) == (LOST, 1)
    assert str(host.config) in said
    assert why in said


def test_of_many_at_once_one_delivers_and_nothing_stays(
    host: HandlerHost, known: Store, vnics: list[Document]
) -> None:
    """The others leave at once: what came while the one let go, it fetches, or another does."""
    found = vnics[0]
    at = datetime.now(UTC) - timedelta(minutes=5)
    events = [event(found, number % 4, at=at + timedelta(seconds=number)) for number in range(60)]
    processes = [host.start() for _number in range(30)]
    said = []
    for half in (events[:30], events[30:]):
        for process, each in zip(processes, half, strict=True):
            assert process.stdin is not None
            process.stdin.write(raw(each))
            process.stdin.close()
        for process in processes:
            assert process.stdout is not None
            said.append(process.stdout.read().decode())
            process.stdout.close()
            assert process.wait() == DONE, said[-1]
        processes = [host.start() for _number in range(30)]
    for process in processes:
        process.communicate(b"")
    assert not host.waiting()
    assert sum(int(line.split()[1]) for line in said) == len(events)
    assert [line for line in said if "another process delivers" in line]
    assert statuses(known) == {found["id"]: ("ok", "warning", "error", "unknown")[59 % 4]}


def test_processes_that_are_killed_lose_nothing_that_waits(
    host: HandlerHost, known: Store, vnics: list[Document]
) -> None:
    """Whatever they were at: the next one finishes it."""
    for number, found in enumerate(vnics[:12]):
        process = host.start()
        before = host.names()
        assert process.stdin is not None
        process.stdin.write(raw(event(found, 2)))
        process.stdin.close()
        while process.poll() is None and host.names() <= before:
            time.sleep(0.001)
        time.sleep(0.005 * number)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
    assert host.handle(raw(event(vnics[12], 1)))[0] == DONE
    assert statuses(known) == {found["id"]: "error" for found in vnics[:12]} | {vnics[12]["id"]: "warning"}
