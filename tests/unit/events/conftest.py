"""A real RabbitMQ, OpenStack's side of it, and `calipso listen` in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import amqp
import pytest
from bus_messages import connected, eventually
from certificates import Authority
from real_servers import PASSWORD, RabbitMq

from calipso.model.environment import Environment
from calipso.store import Store

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_S = 30


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The authority that signed the bus's certificate."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[RabbitMq]:
    """A RabbitMQ."""
    server = RabbitMq(tmp_path_factory.mktemp("rabbitmq"), authority)
    yield server
    server.stop()


@pytest.fixture
def bus(rabbitmq: RabbitMq) -> Iterator[amqp.Channel]:
    """OpenStack's side of the bus, with a queue of somebody else's, `others`."""
    channel = connected(rabbitmq).channel()
    channel.queue_declare("others", auto_delete=False)
    channel.queue_bind("others", "nova", "#")
    yield channel
    with connected(rabbitmq) as connection:
        for queue in ("calipso.lab", "calipso.lab.retry", "calipso.lab.dead", "others"):
            connection.channel().queue_delete(queue)


@pytest.fixture
def listening(
    store: Store, mongo_uri: str, rabbitmq: RabbitMq, authority: Authority, tmp_path: Path
) -> Callable[..., Any]:
    """Starts `calipso listen`, over TLS, with variables of its environment; ends it, if it was not killed."""
    section = {
        "host": "localhost",
        "port": rabbitmq.tls_port,
        "user": "calipso",
        "tls": True,
        "secret_in": {"environment_variable": "BUS_PASSWORD"},
    }
    store.create_environment(Environment("lab", configuration={"AMQP": section}))
    known = {"CALIPSO_MONGO_URI": mongo_uri, "BUS_PASSWORD": PASSWORD, "SSL_CERT_FILE": str(authority.ca)}

    @contextmanager
    def start(**variables: str) -> Iterator[subprocess.Popen[bytes]]:
        log = tmp_path / "listen.log"
        log.write_bytes(b"")
        with log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "calipso", "listen", "--env", "lab", "--home", str(tmp_path / "runs")],
                cwd=ROOT,
                env={"PATH": "/usr/bin:/bin", **known, **variables},
                stderr=output,
            )
        try:
            eventually(lambda: b"listening at queue calipso.lab" in log.read_bytes(), "it listens")
            yield process
        finally:
            was_killed = process.poll() is not None
            process.terminate()
            status = process.wait(PATIENCE_S)
            assert was_killed or status == 0, log.read_text()

    return start
