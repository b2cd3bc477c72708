"""What all tests share: servers of their own (MongoDB, LDAP, Sensu Go), and an empty store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from ldap_server import Slapd
from pymongo import MongoClient
from sensu_server import SensuAgent, SensuBackend

from calipso.store import Store, embedded

# How long an example takes is the machine's affair.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


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


@pytest.fixture(scope="session")
def sensu_backend() -> Iterator[SensuBackend]:
    """A Sensu backend that runs."""
    backend = SensuBackend()
    try:
        backend.start()
        yield backend
    finally:
        backend.remove()


@pytest.fixture
def sensu_agent(
    sensu_backend: SensuBackend, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., SensuAgent]]:
    """Starts agents of `sensu_backend`: called with a name, and the options of `SensuAgent`."""
    with ExitStack() as running:

        def start(name: str, **options: Any) -> SensuAgent:
            agent = SensuAgent(sensu_backend, tmp_path_factory.mktemp("agent"), name, **options)
            running.callback(agent.stop)
            agent.start()
            return agent

        yield start
