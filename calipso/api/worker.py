"""The worker process of the server: gunicorn's, which answers in JSON what is no request, too."""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus
from typing import Any

from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, ParseException
from gunicorn.workers.gthread import ThreadWorker

from .answer import encode
from .problem import Problem

_STATUSES: tuple[tuple[type[Exception], HTTPStatus, str], ...] = (
    (LimitRequestLine, HTTPStatus.REQUEST_URI_TOO_LONG, "the URL is too long: it may have 8,000 bytes"),
    (
        LimitRequestHeaders,
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
        "the headers are too large, or too many",
    ),
    (ParseException, HTTPStatus.BAD_REQUEST, "this is no HTTP request"),
)


class Worker(ThreadWorker):  # type: ignore[misc]
    """Serves each connection in one of its threads."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Answer what could not be read as a request; then the connection ends."""
        found = next(((status, text) for kind, status, text in _STATUSES if isinstance(exc, kind)), None)
        if found is None:
            super().handle_error(req, client, addr, exc)
            return
        status, text = found
        body = encode(Problem(status, text).body()) + b"\n"
        head = (
            f"HTTP/1.1 {int(status)} {status.phrase}\r\nConnection: close\r\n"
            f"Content-Type: application/json; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.log.info("no request from %s: %s", addr and addr[0], exc)
        with suppress(OSError):
            client.sendall(head.encode() + body)
