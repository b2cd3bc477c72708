"""Connections to real servers: what works is said to work, and what is wrong is named."""

from __future__ import annotations

from typing import Any

import pytest
from certificates import Authority
from fake_services import PASSWORD as APIC_PASSWORD
from fake_services import FakeSensuCore
from ldap_server import free_port
from real_servers import PASSWORD, MariaDb, RabbitMq
from real_sshd import Sshd
from sensu_server import SensuBackend
from tries import Tries

from tests.fake_apic import FakeApic

SECRET = {"secret_in": {"environment_variable": "SECRET"}}
RIGHT = {"SECRET": PASSWORD}
WRONG = {"SECRET": "another password"}

CERTIFICATES = {
    "expired": "the certificate of localhost expired at ",
    "early": "the certificate of localhost is not valid before ",
    "elsewhere": "the certificate is for elsewhere.example.org, and not for localhost",
    "unknown": "is signed by a stranger, whom the worker does not trust",
}


def mysql(server: MariaDb, **changes: Any) -> dict[str, Any]:
    """Return the section of a database."""
    return {"host": "localhost", "port": server.port, "user": "calipso", **SECRET, **changes}


def amqp(server: RabbitMq, *, tls: bool = True, **changes: Any) -> dict[str, Any]:
    """Return the section of a bus."""
    port = server.tls_port if tls else server.port
    return {"host": "localhost", "port": port, "user": "calipso", "tls": tls, **SECRET, **changes}


def test_a_database_that_works(mariadb: MariaDb, plain_mariadb: MariaDb, tries: Tries) -> None:
    result = tries("mysql", mysql(mariadb), RIGHT)
    assert result.cause is None
    steps = [step.step for step in result.steps]
    assert steps[-6:] == ["secret", "name resolution", "TCP connection", "TLS", "login", "first question"]
    said = {step.step: step.text for step in result.steps}
    assert "TLSv1" in said["TLS"]
    assert "of localhost, valid until 20" in said["TLS"]
    assert "signed by the tests' authority" in said["TLS"]
    assert said["first question"].endswith("calipso sees neutron")
    plain = tries("mysql", mysql(plain_mariadb, tls=False), RIGHT)
    assert plain.works
    assert "MariaDB" in {step.step: step.text for step in plain.steps}["protocol"]


@pytest.mark.parametrize(
    ("changes", "variables", "step", "cause"),
    [
        ({}, WRONG, "login", "wrong user or password"),
        ({"user": "nobody"}, RIGHT, "login", "wrong user or password"),
        ({"user": "poor"}, RIGHT, "first question", "poor has no rights"),
        ({}, {}, "secret", "set SECRET where the worker is started"),
        ({"secret_in": None}, RIGHT, "secret", "say in the section's secret_in"),
        ({"secret_in": {"awx_credential": "db"}}, RIGHT, "secret", "AWX gives credentials to its own jobs"),
        ({"host": "no-such-host.invalid"}, RIGHT, "name resolution", "no-such-host.invalid"),
        ({"host": "127.0.0.1"}, RIGHT, "TLS", "the certificate is for localhost, and not for 127.0.0.1"),
    ],
)
def test_a_database_that_does_not_work(
    mariadb: MariaDb, tries: Tries, changes: Any, variables: Any, step: str, cause: str
) -> None:
    result = tries("mysql", mysql(mariadb, **changes), variables)
    assert [each.step for each in result.steps if not each.works] == [step]
    assert cause in str(result.cause)


@pytest.mark.parametrize("kind", CERTIFICATES)
def test_a_certificate_that_is_not_good(
    mariadb: MariaDb, rabbitmq: RabbitMq, authority: Authority, tries: Tries, kind: str
) -> None:
    """The database begins in clear, the bus and the APIC do not."""
    mariadb.show(kind)
    rabbitmq.show(kind)
    with FakeApic(authority.context(kind)) as apic:
        aci = {"host": "localhost", "port": apic.port, "user": "ann", **SECRET}
        results = (
            tries("mysql", mysql(mariadb), RIGHT),
            tries("AMQP", amqp(rabbitmq), RIGHT),
            tries("ACI", aci, {"SECRET": APIC_PASSWORD}),
        )
        unchecked = tries("ACI", {**aci, "verify_tls": False}, {"SECRET": APIC_PASSWORD})
    mariadb.show("good")
    rabbitmq.show("good")
    for result in results:
        assert (result.steps[-1].step, result.steps[-1].works) == ("TLS", False), result
        assert CERTIFICATES[kind] in str(result.cause)
    assert unchecked.works
    assert "which is not checked" in str(unchecked.steps)


def test_tls_where_there_is_none_and_the_other_way_round(
    mariadb: MariaDb, plain_mariadb: MariaDb, rabbitmq: RabbitMq, sensu_backend: SensuBackend, tries: Tries
) -> None:
    sensu = {"host": "localhost", "port": sensu_backend.ports.api}
    for result in (
        tries("mysql", mysql(plain_mariadb), RIGHT),
        tries("AMQP", amqp(rabbitmq, port=rabbitmq.port), RIGHT),
        tries("Monitoring", sensu),
    ):
        assert result.steps[-1].step == "TLS"
        assert "speaks no TLS" in str(result.cause)
        assert "`tls: false`" in str(result.cause)
    mysql_over_http = tries("Monitoring", {**sensu, "port": mariadb.port})
    assert "speaks no TLS" in str(mysql_over_http.cause)
    other = tries("AMQP", amqp(rabbitmq, tls=False, port=rabbitmq.tls_port), RIGHT)
    assert "speaks TLS only: set `tls: true`" in str(other.cause)
    mariadb.tell("SET GLOBAL require_secure_transport = ON")
    required = tries("mysql", mysql(mariadb, tls=False), RIGHT)
    mariadb.tell("SET GLOBAL require_secure_transport = OFF")
    assert "over TLS only: set `tls: true`" in str(required.cause)


def test_a_bus(rabbitmq: RabbitMq, tries: Tries) -> None:
    for tls in (True, False):
        result = tries("AMQP", amqp(rabbitmq, tls=tls), RIGHT)
        assert result.works, result
        assert "messagingv2" in result.steps[-1].text
    for changes, variables, step, cause in (
        ({}, WRONG, "login", "wrong user or password"),
        ({"virtual_host": "/nova"}, RIGHT, "login", "there is no virtual host /nova"),
        ({"port": free_port()}, RIGHT, "TCP connection", "nothing listens on port"),
    ):
        result = tries("AMQP", amqp(rabbitmq, **changes), variables)  # type: ignore[arg-type]
        assert [each.step for each in result.steps if not each.works] == [step]
        assert cause in str(result.cause)


def test_a_port_of_something_else(rabbitmq: RabbitMq, mariadb: MariaDb, sshd: Sshd, tries: Tries) -> None:
    bus = tries("AMQP", amqp(rabbitmq, tls=False, port=mariadb.port), RIGHT)
    assert "is no RabbitMQ" in str(bus.cause)
    database = tries("mysql", mysql(mariadb, tls=False, port=sshd.port), RIGHT)
    assert "is no MySQL or MariaDB" in str(database.cause)
    monitoring = tries("Monitoring", {"host": "localhost", "port": mariadb.port, "tls": False})
    assert "speaks no HTTP" in str(monitoring.cause)


def test_sensu_go(sensu_backend: SensuBackend, tries: Tries) -> None:
    section = {"host": "localhost", "port": sensu_backend.ports.api, "tls": False}
    named = {**section, "user": sensu_backend.user, **SECRET}
    right = {"SECRET": sensu_backend.password}
    assert tries("Monitoring", section).works
    assert tries("Monitoring", named, right).works
    assert tries("Monitoring", {**section, **SECRET}, {"SECRET": sensu_backend.api_key}).works
    for changed, variables, cause in (
        (named, WRONG, "wrong user or password"),
        ({**section, **SECRET}, WRONG, "wrong API key"),
        ({**named, "namespace": "nowhere"}, right, "there is no namespace nowhere"),
        ({**section, "type": "Sensu Core"}, {}, "is no Sensu Core: check `type`"),
    ):
        result = tries("Monitoring", changed, variables)
        assert not result.works
        assert cause in str(result.cause)


def test_sensu_go_over_tls(tries: Tries) -> None:
    backend = SensuBackend(tls=True)
    try:
        backend.start()
        section = {"host": "localhost", "port": backend.ports.api}
        assert tries("Monitoring", section, {"SSL_CERT_FILE": str(backend.ca)}).works
        assert "whom the worker does not trust" in str(tries("Monitoring", section).cause)
        assert "set `tls: true`" in str(tries("Monitoring", {**section, "tls": False}).cause)
    finally:
        backend.remove()


def test_sensu_core(tries: Tries) -> None:
    right = {"SECRET": APIC_PASSWORD}
    with FakeSensuCore() as core:
        section = {"type": "Sensu Core", "host": "localhost", "port": core.port, "tls": False}
        named = {**section, "user": "ann", **SECRET}
        assert tries("Monitoring", named, right).works
        assert "wrong user or password" in str(tries("Monitoring", named, WRONG).cause)
        assert "wants a password" in str(tries("Monitoring", section).cause)
        core.healthy = False
        assert "no connection to transport" in str(tries("Monitoring", named, right).cause)


def test_an_apic(authority: Authority, tries: Tries) -> None:
    right = {"SECRET": APIC_PASSWORD}
    with FakeApic(authority.context()) as apic:
        section = {"host": "localhost", "port": apic.port, "user": "ann", **SECRET}
        result = tries("ACI", section, right)
        assert result.steps[-1].text == "the fabric has 1 controller, 4 leaf, 2 spine"
        assert apic.asked[-1] == "POST /api/aaaLogout.json"
        assert "wrong user or password" in str(tries("ACI", section, WRONG).cause)
    closed = tries("ACI", section, right)
    assert "nothing listens on port" in str(closed.cause)
    with FakeApic() as plain:
        mismatch = tries("ACI", {**section, "port": plain.port}, right)
    assert "speaks no TLS" in str(mismatch.cause)
