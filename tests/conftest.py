"""What all tests share: a MongoDB of their own, an empty store in it, and an LDAP directory."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from ldap_server import Slapd
from pymongo import MongoClient

from calipso.store import Store, embedded


@pytest.fixture(scope="session")
def mongo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URI of an embedded server that is these tests' own."""
    home = tmp_path_factory.mktemp("mongo")
    yield embedded.start(home)
    embedded.stop(home)


@pytest.fixture
def mongo_uri(mongo_server: str) -> Iterator[str]:
    """The URI of an empty database."""
    name = f"test-{uuid4()}"
    yield f"{mongo_server.rpartition('/')[0]}/{name}"
    with MongoClient(mongo_server) as client:
        client.drop_database(name)


@pytest.fixture
def store(mongo_uri: str) -> Iterator[Store]:
    """An empty store."""
    with Store.open(mongo_uri) as opened:
        opened.prepare()
        yield opened


@pytest.fixture(scope="session")
def slapd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    """A directory that runs."""
    server = Slapd(tmp_path_factory.mktemp("slapd") / "server")
    server.start()
    yield server
    server.stop()
