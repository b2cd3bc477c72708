"""No agent, but what takes an agent's place where a test must see, or spoil, what is posted: it records."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class RecordingAgent:
    """`events`: what was posted; `connections`: how many there were.

    `refusals`: the statuses with which the next ones are answered; 0 closes the connection without an answer.
    """

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.connections = 0
        self.refusals: list[int] = []
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                recorder.connections += 1
                super().setup()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = recorder.refusals.pop(0) if recorder.refusals else 201
                if status == 0:
                    self.close_connection = True
                    return
                if status < 300:
                    recorder.events.append(json.loads(body))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]

    @contextmanager
    def running(self) -> Iterator[None]:
        """Answer."""
        thread = Thread(target=self._server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()
