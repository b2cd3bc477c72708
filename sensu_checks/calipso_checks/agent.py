"""The sockets of the agent on this host, by which a check hands in results of its own."""

from __future__ import annotations

import http.client
import json
import socket
import time
from typing import Any, Dict, Protocol, Tuple

TIMEOUT_S = 10
_PATIENCE_S = 10
"""For which an agent that is asked too much at once is asked again."""
_TOO_MANY = 429


class AgentError(Exception):
    """The agent takes no result; the text says why."""


class Agent(Protocol):
    """Whoever takes results."""

    def post(self, event: Dict[str, Any]) -> None:
        """Hand in an event of Sensu Go; AgentError."""


class GoAgent:
    """The events API of Sensu Go's agent, over one connection."""

    def __init__(self, host: str, port: int) -> None:
        self._address = f"{host}:{port}"
        self._connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)

    def post(self, event: Dict[str, Any]) -> None:
        """Hand in an event; AgentError."""
        body = json.dumps(event)
        until = time.monotonic() + _PATIENCE_S
        status, said = self._ask(body)
        while status == _TOO_MANY and time.monotonic() < until:
            time.sleep(0.1)
            status, said = self._ask(body)
        if status >= http.client.BAD_REQUEST:
            text = said.decode(errors="replace").strip()[:200]
            raise AgentError(f"the agent at {self._address} answers {status}: {text}")

    def _ask(self, body: str) -> Tuple[int, bytes]:
        """Return status and text of the answer; the agent may have closed a connection that was idle."""
        for is_last in (False, True):
            try:
                self._connection.request("POST", "/events", body, {"Content-Type": "application/json"})
                answer = self._connection.getresponse()
                return answer.status, answer.read()
            except (OSError, http.client.HTTPException) as problem:
                self._connection.close()
                if is_last:
                    raise AgentError(f"the agent at {self._address} does not answer: {problem}") from None
        raise AssertionError("the last try has returned, or raised")


class CoreClient:
    """The socket of Sensu Core's client, which takes one result a connection."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)

    def post(self, event: Dict[str, Any]) -> None:
        """Hand in an event; AgentError."""
        check = event["check"]
        meta = check["metadata"]
        result = {
            name: check[name] for name in ("status", "output", "interval", "handlers", "executed", "issued")
        }
        marks = {**meta.get("labels", {}), **meta.get("annotations", {})}
        text = json.dumps({**marks, **result, "name": meta["name"]})
        try:
            with socket.create_connection(self._address, TIMEOUT_S) as connection:
                connection.sendall(text.encode())
                connection.shutdown(socket.SHUT_WR)
                said = connection.recv(64)
        except OSError as problem:
            host, port = self._address
            raise AgentError(f"the client at {host}:{port} does not answer: {problem}") from None
        if b"invalid" in said:
            raise AgentError(f"the client takes no such result: {meta['name']}")
