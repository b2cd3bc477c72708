"""Finding the database, and what is said where there is none."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from calipso.model.topology import Topology
from calipso.store import Store, StoreUnavailableError, embedded


@pytest.fixture
def refusing_port() -> Iterator[int]:
    """A local port where nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


def test_the_environment_names_the_database(mongo_uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALIPSO_MONGO_URI", mongo_uri)
    with Store.open() as store:
        store.publish("lab", Topology())
    with Store.open(mongo_uri) as store:
        assert store.generation("lab") == 1
        assert store.location == mongo_uri


def test_without_a_database_it_is_said_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CALIPSO_MONGO_URI", raising=False)
    monkeypatch.setenv("CALIPSO_HOME", str(tmp_path / "none"))
    with pytest.raises(StoreUnavailableError, match=r"CALIPSO_MONGO_URI .* `calipso db start`"):
        Store.open()


def test_no_error_tells_a_password(refusing_port: int) -> None:
    with pytest.raises(StoreUnavailableError, match=r"at mongodb://ann:\*\*\*@.*refused") as caught:
        Store.open(f"mongodb://ann:s3cret%40@127.0.0.1:{refusing_port}/x?appname=s3cret")
    assert "s3cret" not in str(caught.value)
    assert "Topology" not in str(caught.value)


@pytest.mark.parametrize(
    "uri",
    [
        "mongodb://ann:s3/cret@host/db",
        "mongodb://ann:s3cret@x@host",
        "mongodb://ann:s3?cret@host",
        "mongodb://ann:cret@host:port",
        "mongodb://:cret@host:70000/",
        "http://ann:cret@host",
        "ann:cret@host:x",
        "mongodb://ann:c://cret@host",
    ],
)
def test_no_unusable_uri_is_told_with_its_password(uri: str) -> None:
    with pytest.raises(StoreUnavailableError, match="is no usable MongoDB URI") as caught:
        Store.open(uri)
    assert "cret" not in str(caught.value)


def test_an_unusable_uri_without_password_is_told_with_its_fault() -> None:
    with pytest.raises(StoreUnavailableError, match=r"mongodb://host:abc is no usable MongoDB URI \(.*ort"):
        Store.open("mongodb://host:abc")


def test_a_database_that_goes_away_is_told_so(tmp_path: Path) -> None:
    with Store.open(embedded.start(tmp_path)) as store:
        store.publish("lab", Topology(inventory=[{"id": "a"}]))
        view = store.view("lab")
        embedded.stop(tmp_path)
        with pytest.raises(StoreUnavailableError, match="does not answer"):
            list(view.objects())


def test_a_store_works_after_a_fork(store: Store) -> None:
    store.publish("lab", Topology(inventory=[{"id": "a"}]))
    child = os.fork()
    if not child:
        status = 1
        try:
            store.publish("lab", Topology(inventory=[{"id": "b"}]))
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    assert [found["id"] for found in store.view("lab").objects()] == ["b"]
