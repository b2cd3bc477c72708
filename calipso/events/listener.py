"""Listening to a cloud's message bus: notifications are taken in batches, and acknowledged when durable."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import cycle
from typing import TYPE_CHECKING, Any, Protocol

from ..model.topology import Message
from .bus import RETRY_S, NoExchangeError, OwnQueues
from .notification import Notification, NotificationError, read_notification

if TYPE_CHECKING:
    from ..model.event_metadata import Queue
    from .follower import Handled

TRIES = 6
"""How often a notification is handled before it goes to the dead letters."""

BATCH = 500
"""Notifications that are taken at once."""

_GATHERED_S = 0.1
"""How long notifications are gathered for a batch."""

_PATIENCE_S = 0.5
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 30.0
_HEARTBEAT_S = 30
_TRIED = "x-calipso-tried"

_log = logging.getLogger(__name__)


class Taker(Protocol):
    """Takes notifications."""

    def take(self, events: Sequence[Notification]) -> Sequence[Handled]:
        """Make durable what they change; return what is to become of each. Raises StoreError."""

    def wants(self, event: Notification) -> bool:
        """Say whether anything follows from it."""

    def tell(self, message: Message) -> None:
        """Add a message to the environment's. Raises StoreError."""

    def state(self, operational: str) -> None:
        """Note whether the listener is running, or in error."""


class Listener:
    """Takes an environment's notifications until `stop` is called.

    `bus`: keyword arguments of kombu's Connection for each of its members; the next is tried where one does
    not answer. A bus or database that goes away is waited for.
    """

    def __init__(
        self, environment: str, bus: Sequence[dict[str, Any]], queues: Sequence[Queue], taker: Taker
    ) -> None:
        self._environment = environment
        self._members = cycle(bus)
        self._bound = queues
        self._taker = taker
        self._queues = OwnQueues(environment)
        self._stopping = threading.Event()
        self._unread: list[Any] = []

    def stop(self) -> None:
        """End soon."""
        self._stopping.set()

    def run(self, *, tick: Callable[[], None] = lambda: None) -> None:
        """Listen; call `tick` every second or so, which may raise StoreError. Raises LeaseLostError."""
        from amqp import AMQPError
        from kombu.exceptions import OperationalError

        from ..store import LeaseLostError, StoreError

        pause = _FIRST_PAUSE_S
        while not self._stopping.is_set():
            try:
                with self._consuming() as (connection, drain):
                    pause = _FIRST_PAUSE_S
                    while not self._stopping.is_set():
                        drain()
                        self._take(connection)
                        tick()
            except LeaseLostError:
                raise
            except (AMQPError, OperationalError, OSError, NoExchangeError, StoreError) as error:
                _log.warning("%s: %s; again in %d s", self._environment, error, pause)
                self._taker.state("error")
                self._stopping.wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_S)

    @contextmanager
    def _consuming(self) -> Iterator[tuple[Any, Callable[[], None]]]:
        """Yield the connection, and a function that gathers what comes within a moment."""
        from kombu.connection import Connection
        from kombu.entity import Queue
        from kombu.messaging import Consumer

        self._unread = []
        options = {"confirm_publish": True}
        with Connection(
            **next(self._members), heartbeat=_HEARTBEAT_S, connect_timeout=10, transport_options=options
        ) as connection:
            connection.connect()
            if not self._queues.bind(connection, self._bound):
                text = "What the bus told before was not heard: a scan finds what changed since the last one."
                self._taker.tell(Message("notice", text))
            queue = Queue(self._queues.unread, no_declare=True)
            channel = connection.default_channel
            with Consumer(channel, [queue], on_message=self._unread.append, prefetch_count=2 * BATCH):
                _log.info("%s: listening at queue %s", self._environment, self._queues.unread)
                self._taker.state("running")
                yield connection, lambda: self._gather(connection)

    def _gather(self, connection: Any) -> None:
        connection.heartbeat_check()
        until = time.monotonic() + _PATIENCE_S
        while len(self._unread) < BATCH and (left := until - time.monotonic()) > 0:
            waiting = bool(self._unread)
            try:
                connection.drain_events(timeout=left)
            except TimeoutError:
                return
            if not waiting:
                until = min(until, time.monotonic() + _GATHERED_S)

    def _take(self, connection: Any) -> None:
        """Take what was gathered, and acknowledge it."""
        if not self._unread:
            return
        batch, self._unread[:] = list(self._unread), []
        now = datetime.now(UTC)
        events: list[tuple[Any, Notification]] = []
        for message in batch:
            try:
                event = read_notification(message.body, now=now)
            except NotificationError as error:
                self._bury(connection, message, f"what came over the bus is no notification: {error}")
            else:
                if self._taker.wants(event):
                    events.append((message, event))
        handled = self._taker.take([event for _message, event in events]) if events else []
        for (message, event), verdict in zip(events, handled, strict=True):
            if verdict.verdict == "retry" and _tried(message) + 1 < TRIES:
                _log.info("%s comes again in %d s: %s", event.event_type, RETRY_S, verdict.reason)
                self._send(connection, message, self._queues.again, {_TRIED: _tried(message) + 1})
            elif verdict.verdict != "done":
                self._bury(connection, message, f"{event.event_type} could not be handled: {verdict.reason}")
        batch[-1].ack(multiple=True)

    def _bury(self, connection: Any, message: Any, reason: str) -> None:
        """Put a message to the dead letters, and tell why."""
        self._send(connection, message, self._queues.dead, {"x-calipso-reason": reason[:1000]})
        _log.error("%s: %s; it is in queue %s", self._environment, reason, self._queues.dead)
        self._taker.tell(Message("warn", f"{reason}; it is kept in queue {self._queues.dead}"))

    @staticmethod
    def _send(connection: Any, message: Any, queue: str, headers: dict[str, Any]) -> None:
        connection.Producer(connection.default_channel).publish(
            message.body,
            routing_key=queue,
            exchange="",
            delivery_mode=2,
            content_type=message.content_type,
            content_encoding=message.content_encoding,
            headers={**(message.headers or {}), **headers},
        )


def _tried(message: Any) -> int:
    found = (message.headers or {}).get(_TRIED)
    return found if isinstance(found, int) else 0
