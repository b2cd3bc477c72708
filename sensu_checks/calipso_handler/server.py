"""Asking an HTTP server for JSON, over one connection that is kept."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

TIMEOUT_S = 15.0
"""How long a server may be silent."""

_LARGEST_ANSWER = 256 * 1024 * 1024


class UnreachableError(Exception):
    """The server does not answer; the text names it and says why."""


class ServerAnswer(NamedTuple):
    """`content`: the body's bytes, as they came."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def document(self) -> Any:
        """Return its JSON; ValueError."""
        return json.loads(self.content)


class Server:
    """The server at `url`, asked with `headers`. `ca`: the file of who signed its certificate."""

    def __init__(self, url: str, headers: Mapping[str, str], ca: str | None) -> None:
        self.url = url
        self._headers = dict(headers)
        self._ca = ca
        self._path = urlsplit(url).path
        self._connection: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, body: bytes | None = None) -> ServerAnswer:
        """Return the answer to a request, which is made again where a kept connection was closed."""
        is_kept = self._connection is not None
        try:
            return self._ask(method, path, body)
        except (http.client.HTTPException, OSError) as error:
            self.close()
            if not is_kept or isinstance(error, TimeoutError):
                raise self._unreachable(error) from None
        try:
            return self._ask(method, path, body)
        except (http.client.HTTPException, OSError) as error:
            self.close()
            raise self._unreachable(error) from None

    def close(self) -> None:
        """Let the connection go."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _ask(self, method: str, path: str, body: bytes | None) -> ServerAnswer:
        connection = self._connection = self._connection or self._connect()
        headers = {**self._headers, "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection.request(method, self._path + path, body, headers)
        answer = connection.getresponse()
        content = answer.read(_LARGEST_ANSWER)
        return ServerAnswer(
            answer.status, {key.lower(): value for key, value in answer.getheaders()}, content
        )

    def _connect(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        if parts.scheme == "http":
            return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT_S)
        try:
            context = ssl.create_default_context(cafile=self._ca)
        except OSError as error:
            raise OSError(f"{self._ca}: {error.strerror}") from None
        return http.client.HTTPSConnection(
            parts.hostname or "", parts.port, timeout=TIMEOUT_S, context=context
        )

    def _unreachable(self, error: Exception) -> UnreachableError:
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return UnreachableError(f"{self.url} does not answer: {why}")
