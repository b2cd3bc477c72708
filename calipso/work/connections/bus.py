"""The message bus with the cloud's notifications: RabbitMQ, over AMQP 0-9-1."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

from ...model.targets import AmqpTarget
from .network import TIMEOUT_S, Server, reach, speaks_tls, trust, wants_tls
from .result import StepError, Trial
from .secret import Means, secret_of

EXCHANGES = ("nova", "neutron")
"""Where OpenStack's services put their notifications, unless their control_exchange says otherwise."""


def try_amqp(section: AmqpTarget, environment: str, means: Means, trial: Trial) -> None:
    """Try the bus, each of its members. Raises StepError."""
    password = secret_of(section, environment, means, trial)
    for host in (section.host, *section.other_hosts):
        _try_member(section, password, Server(host, section.port), means, trial)


def _try_member(section: AmqpTarget, password: str, server: Server, means: Means, trial: Trial) -> None:
    if section.tls:
        server = replace(server, tls=trust(means.authorities))
    reach(server, trial).close()
    with trial.step("login") as say:
        connection = _log_in(section, password, server, means)
        say(f"{section.user} is let in to virtual host {section.virtual_host}")
    try:
        with trial.step("first question") as say:
            say(_ask(connection))
    finally:
        with suppress(OSError):
            connection.close()


def _log_in(section: AmqpTarget, password: str, server: Server, means: Means) -> Any:
    try:
        import amqp
    except ImportError:
        raise StepError(
            "py-amqp is not installed where the worker runs",
            "the worker cannot ask a message bus: install it with pip install 'calipso[events]'",
        ) from None
    tls = {"server_hostname": server.name, "ca_certs": means.authorities}
    connection = amqp.Connection(
        host=f"{server.host}:{server.port}",
        userid=section.user,
        password=password,
        virtual_host=section.virtual_host,
        ssl=tls if server.tls else False,
        connect_timeout=TIMEOUT_S,
        read_timeout=TIMEOUT_S,
        write_timeout=TIMEOUT_S,
    )
    try:
        connection.connect()
    except amqp.AccessRefused as error:
        local = "; guest may log in from the bus's own machine only" if section.user == "guest" else ""
        raise StepError(
            f"{server} refuses {section.user}: {error.reply_text}",
            "wrong user or password: check `user`, and the password where secret_in says that it "
            f"lives{local}",
        ) from None
    except amqp.NotAllowed as error:
        raise StepError(
            f"{server} does not open {section.virtual_host}: {error.reply_text}",
            f"there is no virtual host {section.virtual_host}, or {section.user} has no right there: check "
            "`virtual_host`, or run rabbitmqctl set_permissions",
        ) from None
    except (OSError, amqp.AMQPError) as error:
        if server.tls is None and speaks_tls(server):
            raise wants_tls(server) from None
        raise StepError(
            f"{server} does not speak AMQP 0-9-1: {type(error).__name__}",
            f"what listens on {server} is no RabbitMQ, or one that breaks off: check `port`, and its log",
        ) from None
    return connection


def _ask(connection: Any) -> str:
    """Return which exchanges with notifications there are. Raises StepError."""
    import amqp

    there = []
    for exchange in EXCHANGES:
        try:
            connection.channel().exchange_declare(exchange, "topic", passive=True)
        except amqp.NotFound:
            continue
        except (OSError, amqp.AMQPError) as error:
            raise StepError(
                f"the bus does not say whether there is an exchange {exchange}: {error}",
                "the bus breaks off: see its log",
            ) from None
        there.append(exchange)
    if there:
        return f"there are exchanges {', '.join(there)}"
    return (
        f"there is no exchange {' or '.join(EXCHANGES)} yet: notifications come once services send them "
        "(driver messagingv2 in their oslo_messaging_notifications)"
    )
