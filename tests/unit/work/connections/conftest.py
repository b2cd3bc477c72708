"""Servers that the tests of connections try, and what a worker has to reach them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from certificates import Authority
from real_servers import MariaDb, RabbitMq
from real_sshd import Sshd
from tries import Tries

from calipso.model.environment import Environment
from calipso.work.connections import Means, Result
from calipso.work.connections import test_connection as try_connection


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The authority that workers trust."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def tries(authority: Authority) -> Tries:
    """Tries a target: called with its name, its section, environment variables, options of `Means`."""

    def tried(
        target: str, section: dict[str, Any], variables: dict[str, str] | None = None, **means: Any
    ) -> Result:
        environment = Environment("lab", configuration={target: section})
        known = {"SSL_CERT_FILE": str(authority.ca), **(variables or {})}
        result = try_connection(environment, target, Means(variables=known, **means))
        assert result.works is (result.cause is None)
        secrets = [value for name, value in known.items() if name.startswith("SECRET") and value]
        assert not any(secret in str(result) for secret in secrets), "it tells a secret"
        return result

    return tried


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[MariaDb]:
    """A MariaDB that speaks TLS."""
    server = MariaDb(tmp_path_factory.mktemp("mariadb"), authority)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def plain_mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDb]:
    """A MariaDB without TLS."""
    server = MariaDb(tmp_path_factory.mktemp("plain-mariadb"), None)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[RabbitMq]:
    """A RabbitMQ."""
    server = RabbitMq(tmp_path_factory.mktemp("rabbitmq"), authority)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def sshd() -> Iterator[Sshd]:
    """An sshd."""
    server = Sshd()
    yield server
    server.stop()
    shutil.rmtree(server.home)
