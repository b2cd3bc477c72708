"""HTTP as the tests of connections speak it: one request after the other to a server that was reached."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .network import TIMEOUT_S, Server, connect, reach, speaks_tls, wants_tls
from .result import StepError, Trial

_MOST = 10 * 2**20
"""Bytes of an answer that are read."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered."""

    status: int
    content: bytes
    cookies: tuple[str, ...] = ()

    @property
    def document(self) -> Any:
        """The answer from JSON; None if it is no JSON."""
        try:
            return json.loads(self.content)
        except ValueError:
            return None


class _Connection(http.client.HTTPConnection):
    """A connection to a server, with TLS if it is to be, also when it must be made again."""

    def __init__(self, server: Server) -> None:
        super().__init__(server.name, server.port, timeout=TIMEOUT_S)
        self._server = server

    def connect(self) -> None:
        """Make the connection again."""
        self.sock = connect(self._server)


class Http:
    """A server that was reached. What goes wrong is raised as StepError."""

    def __init__(self, server: Server, trial: Trial) -> None:
        """Reach the server; note each step."""
        self.server = server
        self._connection = _Connection(server)
        self._connection.sock = reach(server, trial)

    def ask(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, body: Any = None
    ) -> Answer:
        """Return what the server answers, whatever status it has; `body` is sent as JSON."""
        sent = None if body is None else json.dumps(body).encode()
        told = {"Accept": "application/json", **({"Content-Type": "application/json"} if sent else {})}
        try:
            self._connection.request(method, path, body=sent, headers={**told, **(headers or {})})
            answer = self._connection.getresponse()
            found = Answer(
                answer.status, answer.read(_MOST), tuple(answer.headers.get_all("Set-Cookie") or ())
            )
        except TimeoutError:
            raise StepError(
                f"{self.server} does not answer {method} {path} within {TIMEOUT_S:g} s",
                f"{self.server} takes connections and does not answer: see its log, and how busy it is",
            ) from None
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise self._silence(error) from None
        if found.status == http.client.BAD_REQUEST and self.server.tls is None and speaks_tls(self.server):
            raise wants_tls(self.server)
        return found

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _silence(self, error: Exception) -> StepError:
        if self.server.tls is None and speaks_tls(self.server):
            return wants_tls(self.server)
        return StepError(
            f"{self.server} does not answer as HTTP does ({type(error).__name__})",
            f"what listens on {self.server} speaks no HTTP: check `port`",
        )
