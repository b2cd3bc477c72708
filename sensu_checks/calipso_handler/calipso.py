"""Sending events to Calipso's API in bulk, so that none that it cannot take holds up another."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import NamedTuple

from .server import Server, ServerAnswer, UnreachableError
from .settings import CalipsoSettings

MOST_EVENTS = 1000
MOST_BYTES = 2 * 1024 * 1024
"""Of a request, unless one event has more."""

_PATH = "/monitoring/events"
_PATIENCE = 24
"""Answers 500 until it is Calipso that is out of order, and not an event."""

_WRONG = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
)
_CLOSED = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})


class DeliveryError(Exception):
    """Calipso takes no events now; the text says why."""


class Sent(NamedTuple):
    """What became of the event at `place` in those that were sent.

    `refused`: why Calipso will never take it, else None; `is_closed`: only since its environment is not
    there, or not for our user to change. `failed`: why it was not taken now, else None.
    """

    place: int
    refused: str | None = None
    is_closed: bool = False
    failed: str | None = None


class Calipso:
    """Calipso's API. SettingsError where its token cannot be read."""

    def __init__(self, settings: CalipsoSettings) -> None:
        self._server = Server(settings.url, {"X-Auth-Token": settings.token.read()}, settings.ca)
        self._patience = _PATIENCE

    def send(self, environment: str, events: Sequence[bytes]) -> Iterator[Sent]:
        """Send events, each the text of a JSON object, and yield what became of each; DeliveryError."""
        parts = list(reversed(list(_parts(events))))
        while parts:
            start, end = parts.pop()
            answer = self._post(environment, events[start:end])
            refused = _refused(answer)
            if refused is not None:
                yield from (Sent(index, refused=refused.get(index - start)) for index in range(start, end))
                continue
            why = self._fault(answer)
            is_wrong, is_failed = answer.status in _WRONG, answer.status == HTTPStatus.INTERNAL_SERVER_ERROR
            self._patience -= is_failed
            if (is_failed and not self._patience) or not (is_wrong or is_failed or answer.status in _CLOSED):
                raise DeliveryError(why)
            if (is_wrong or is_failed) and end - start > 1:
                middle = (start + end) // 2
                parts += [(middle, end), (start, middle)]
            elif is_failed:
                yield Sent(start, failed=why)
            else:
                is_closed = answer.status in _CLOSED
                yield from (Sent(index, refused=why, is_closed=is_closed) for index in range(start, end))

    def _post(self, environment: str, events: Sequence[bytes]) -> ServerAnswer:
        body = b'{"env_name":%s,"events":[%s]}' % (json.dumps(environment).encode(), b",".join(events))
        try:
            return self._server.ask("POST", _PATH, body)
        except UnreachableError as error:
            raise DeliveryError(str(error)) from None

    def _fault(self, answer: ServerAnswer) -> str:
        """Return what Calipso finds wrong; DeliveryError where it is not Calipso that answers."""
        try:
            message = str(answer.document()["error"]["message"])
        except (ValueError, LookupError, TypeError, RecursionError):
            raise DeliveryError(
                f"{self._server.url} answers {answer.status}, and not as Calipso does"
            ) from None
        return f"{self._server.url} answers {answer.status}: {message}"


def _parts(events: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """Yield the bounds of parts of `events` that go in one request each."""
    start, size = 0, 0
    for index, event in enumerate(events):
        if index > start and (index - start == MOST_EVENTS or size + len(event) > MOST_BYTES):
            yield start, index
            start, size = index, 0
        size += len(event)
    if len(events) > start:
        yield start, len(events)


def _refused(answer: ServerAnswer) -> dict[int, str] | None:
    """Return the events of a part that was taken which are refused, by their place: why; None: it was not."""
    if answer.status != HTTPStatus.OK:
        return None
    try:
        return {int(each["index"]): str(each["message"]) for each in answer.document()["refused"]}
    except (ValueError, LookupError, TypeError, RecursionError):
        raise DeliveryError("what answers 200 is not Calipso") from None
