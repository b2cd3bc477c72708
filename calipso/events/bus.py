"""How an environment's message bus is reached, and what is Calipso's own there."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..model.event_metadata import Queue
from ..model.targets import AmqpTarget
from ..work.connections.result import Trial
from ..work.connections.secret import Means, secret_of
from ..work.connections.try_target import section_of

if TYPE_CHECKING:
    from ..model.environment import Environment

UNREAD_DAYS = 7
"""As long the bus keeps the queue of a listener that went away."""

RETRY_S = 10
"""When a notification comes again that could not be handled yet."""

_MOST_UNREAD = 100_000
_MOST_DEAD = 10_000

_log = logging.getLogger(__name__)


class NoExchangeError(Exception):
    """The bus has no exchange that notifications come by."""


def bus_of(environment: Environment, means: Means) -> list[dict[str, Any]]:
    """Return keyword arguments of kombu's Connection, the password among them, for each member of the bus.

    Raises StepError.
    """
    trial = Trial()
    section: AmqpTarget = section_of(environment, "AMQP", trial)
    password = secret_of(section, environment.name, means, trial)
    tls = {"ca_certs": means.authorities, "cert_reqs": ssl.CERT_REQUIRED}
    return [
        {
            "transport": "pyamqp",
            "hostname": host,
            "port": section.port,
            "userid": section.user,
            "password": password,
            "virtual_host": section.virtual_host,
            "ssl": {**tls, "server_hostname": host} if section.tls else False,
        }
        for host in (section.host, *section.other_hosts)
    ]


class OwnQueues:
    """The queues of one environment: what is unread, what comes again, what nobody could handle.

    They are bound to exchanges that are there; none of those is made, and nobody else's queue is touched.
    """

    def __init__(self, environment: str) -> None:
        self.unread = f"calipso.{environment}"
        self.again = f"{self.unread}.retry"
        self.dead = f"{self.unread}.dead"

    def bind(self, connection: Any, queues: Iterable[Queue]) -> bool:
        """Make them, and bind the first; return whether that was there before. Raises NoExchangeError."""
        wanted = {queue.exchange: queue for queue in queues}
        there = [queue for queue in wanted.values() if _is_there(connection, "exchange", queue.exchange)]
        if not there:
            raise NoExchangeError(
                f"the bus has no exchange {', '.join(wanted)}: have services send notifications (driver "
                "messagingv2 in their section oslo_messaging_notifications)"
            )
        was_there = _is_there(connection, "queue", self.unread)
        channel = connection.default_channel
        unused = {"x-expires": UNREAD_DAYS * 86_400_000}
        back = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": self.unread}
        for name, limits in (
            (self.unread, {"x-max-length": _MOST_UNREAD}),
            (self.again, {**back, "x-message-ttl": RETRY_S * 1000}),
            (self.dead, {"x-max-length": _MOST_DEAD}),
        ):
            channel.queue_declare(name, durable=True, auto_delete=False, arguments={**unused, **limits})
        for queue in there:
            for key in queue.routing_keys:
                channel.queue_bind(self.unread, queue.exchange, key)
        return was_there


def _is_there(connection: Any, what: str, name: str) -> bool:
    """Say whether an exchange or a queue exists; that closes the channel of one that does not."""
    from amqp import NotFound

    with connection.channel() as channel:
        try:
            if what == "exchange":
                channel.exchange_declare(name, "topic", passive=True)
            else:
                channel.queue_declare(name, passive=True)
        except NotFound:
            return False
    return True
