"""A proxy before the API that notes what is asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

PASSED = "X-Auth-Token", "Content-Type"


class Proxy:
    """Where it answers, and what it was asked: method and path."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.asked: list[str] = []


@contextmanager
def counting(api: str) -> Iterator[Proxy]:
    """Serve what `api` answers, until the end."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            proxy.asked.append(f"{self.command} {self.path}")
            found = requests.request(
                self.command,
                api + self.path,
                headers={name: self.headers[name] for name in PASSED if name in self.headers},
                data=self.rfile.read(int(self.headers.get("Content-Length") or 0)),
                timeout=60,
            )
            self.send_response(found.status_code)
            self.send_header("Content-Length", str(len(found.content)))
            self.end_headers()
            self.wfile.write(found.content)

        do_GET = do_POST = do_DELETE = answer  # noqa: N815 - as http.server wants

        def log_message(self, *_args: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    proxy = Proxy(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
