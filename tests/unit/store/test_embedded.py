"""The embedded server: one a home, whatever happened to the last one."""

from __future__ import annotations

import os
import signal
import stat
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from calipso.model.topology import Topology
from calipso.store import EmbeddedServerError, Store, embedded


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """The home of a server that is stopped in the end."""
    place = tmp_path / "a home" / ("x" * 150) / "é"
    yield place
    embedded.stop(place)


def listening(pid: int) -> list[str]:
    """Return the TCP sockets on which a process listens."""
    inodes = {
        os.readlink(fd).removeprefix("socket:[").removesuffix("]")  # noqa: PTH115
        for fd in Path(f"/proc/{pid}/fd").iterdir()
    }
    tables = [Path(f"/proc/{pid}/net/{name}").read_text() for name in ("tcp", "tcp6")]
    sockets = [line.split() for table in tables for line in table.splitlines()]
    return [fields[1] for fields in sockets if fields[3] == "0A" and fields[9] in inodes]


def test_it_starts_once_and_stops(home: Path) -> None:
    assert embedded.status(home).uri is None
    with ThreadPoolExecutor() as pool:
        uris = {*pool.map(embedded.start, [home] * 4)}
    status = embedded.status(home)
    assert uris == {status.uri}
    assert status.pid
    assert not listening(status.pid)
    run = (home / "mongodb" / "run").readlink()
    assert stat.S_IMODE(run.stat().st_mode) == 0o700
    with Store.open(*uris) as store:
        store.publish("lab", Topology())
    assert embedded.stop(home)
    assert not embedded.stop(home)
    assert embedded.status(home).uri is None
    assert not run.exists()
    with Store.open(embedded.start(home)) as store:
        assert store.generation("lab") == 1


def test_it_starts_after_a_crash(home: Path) -> None:
    with Store.open(embedded.start(home)) as store:
        store.publish("lab", Topology())
    pid = embedded.status(home).pid
    assert pid
    os.kill(pid, signal.SIGKILL)
    while embedded.status(home).pid:
        time.sleep(0.01)
    note = home / "mongodb" / "data" / "mongod.lock"
    assert note.read_text().strip() == str(pid)
    note.write_text(f"{os.getpid()}\n")
    assert embedded.status(home).pid is None
    with Store.open(embedded.start(home)) as store:
        assert store.generation("lab") == 1


def test_it_starts_again_where_its_socket_was_removed(home: Path) -> None:
    embedded.start(home)
    pid = embedded.status(home).pid
    ((home / "mongodb" / "run").readlink() / "mongod.sock").unlink()
    assert embedded.status(home).uri is None
    Store.open(embedded.start(home)).close()
    assert embedded.status(home).pid != pid


def test_a_copied_home_leaves_the_original_alone(home: Path, tmp_path: Path) -> None:
    uri = embedded.start(home)
    copy = tmp_path / "copy"
    (copy / "mongodb").mkdir(parents=True)
    (copy / "mongodb" / "run").symlink_to((home / "mongodb" / "run").readlink())
    assert embedded.status(copy).uri is None
    embedded.start(copy)
    embedded.stop(copy)
    Store.open(uri).close()


def test_what_the_server_says_is_told(home: Path) -> None:
    data = home / "mongodb" / "data"
    data.mkdir(parents=True)
    (data / "storage.bson").write_text("nonsense")
    with pytest.raises(EmbeddedServerError, match=r"does not start: .*\(log: .*mongod\.log\)") as caught:
        embedded.start(home)
    assert "CALIPSO_MONGO_URI" in str(caught.value)
    assert embedded.status(home).uri is None


def test_a_home_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedServerError, match="CALIPSO_HOME"):
        embedded.start(tmp_path / "file")


def test_it_starts_again_where_it_was_moved(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    with Store.open(embedded.start(old)) as store:
        store.publish("lab", Topology(inventory=[{"id": "a"}]))
    old.rename(new)
    assert embedded.status(new).uri is None
    with Store.open(embedded.start(new)) as store:
        assert [found["id"] for found in store.view("lab").objects()] == ["a"]
        store.prepare()
    assert embedded.stop(new)
