"""Listening to a cloud's message bus: a queue of Calipso's own, beside those of others."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..model.topology import Message
from .notification import NotificationError, read_notification

if TYPE_CHECKING:
    from ..store import Store

EXCHANGES = ("nova", "neutron", "cinder", "glance", "keystone", "openstack")
"""Where OpenStack's services put notifications, by their control_exchange."""

KEYS = tuple(
    f"{topic}.{priority}"
    for topic in ("notifications", "versioned_notifications")
    for priority in ("error", "critical")
)
"""The routing keys of the notifications that are listened to."""

OPENSTACK = "OpenStack"
"""Who tells them."""

UNREAD_DAYS = 7
"""As long the bus keeps the queue of a listener that went away."""

_MOST_UNREAD = 100_000
_PREFETCHED = 100
_PATIENCE_S = 1.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 30.0
_HEARTBEAT_S = 30

_log = logging.getLogger(__name__)


class NoExchangeError(Exception):
    """The bus has no exchange that notifications come by."""


class Listener:
    """Takes an environment's notifications of errors into its messages, until `stop` is called.

    `bus`: keyword arguments of kombu's Connection. What is taken is acknowledged when it is in the database.
    A bus or database that goes away is waited for.
    """

    def __init__(self, store: Store, environment: str, bus: dict[str, Any]) -> None:
        self._store = store
        self._environment = environment
        self._bus = bus
        self._stopping = threading.Event()

    def stop(self) -> None:
        """End soon."""
        self._stopping.set()

    def run(self) -> None:
        """Listen."""
        from amqp import AMQPError
        from kombu.exceptions import OperationalError

        from ..store import StoreError

        pause = _FIRST_PAUSE_S
        while not self._stopping.is_set():
            try:
                with self._consuming() as drain:
                    pause = _FIRST_PAUSE_S
                    while not self._stopping.is_set():
                        drain()
            except (AMQPError, OperationalError, OSError, NoExchangeError, StoreError) as error:
                _log.warning("%s: %s; again in %d s", self._environment, error, pause)
                self._stopping.wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_S)

    @contextmanager
    def _consuming(self) -> Iterator[Any]:
        """Yield a function that takes what comes within a moment."""
        from kombu.connection import Connection
        from kombu.entity import Queue
        from kombu.messaging import Consumer

        with Connection(**self._bus, heartbeat=_HEARTBEAT_S, connect_timeout=10) as connection:
            connection.connect()
            name = f"calipso.{self._environment}"
            self._bind(connection, name)
            channel = connection.default_channel
            with Consumer(
                channel, [Queue(name, no_declare=True)], on_message=self._take, prefetch_count=_PREFETCHED
            ):
                _log.info("%s: listening at queue %s", self._environment, name)

                def drain() -> None:
                    try:
                        connection.drain_events(timeout=_PATIENCE_S)
                    except TimeoutError:
                        connection.heartbeat_check()

                yield drain

    def _bind(self, connection: Any, name: str) -> None:
        """Make the queue, and bind it to the exchanges that are there; none of those is made."""
        from amqp import NotFound

        there = []
        for exchange in EXCHANGES:
            with connection.channel() as channel:
                try:
                    channel.exchange_declare(exchange, "topic", passive=True)
                except NotFound:
                    continue
                there.append(exchange)
        if not there:
            raise NoExchangeError(
                f"the bus has no exchange {', '.join(EXCHANGES)}: have services send notifications (driver "
                "messagingv2 in their section oslo_messaging_notifications)"
            )
        channel = connection.default_channel
        limits = {"x-expires": UNREAD_DAYS * 86_400_000, "x-max-length": _MOST_UNREAD}
        channel.queue_declare(name, durable=True, auto_delete=False, arguments=limits)
        for exchange in there:
            for key in KEYS:
                channel.queue_bind(name, exchange, key)

    def _take(self, message: Any) -> None:
        """Note what a notification tells; what is none is noted, too, and not asked for again."""
        now = datetime.now(UTC)
        try:
            read = read_notification(message.body, now=now)
        except NotificationError as error:
            told, at = Message("warn", f"what came over the bus is no notification: {error}"), now
        else:
            found = read.message()
            if found is None:
                message.ack()
                return
            told, at = found, min(read.at, now)
        self._store.add_messages(self._environment, [told], source_system=OPENSTACK, scan_id=None, at=at)
        message.ack()
