"""Small servers that stand in for what cannot run here, with real HTTP and real TLS.

- `FakeKeystone`: Keystone, Nova and Neutron, which give the answers that were recorded of real ones
- `FakeSensuCore`: the API of Sensu Core's server, which is history
"""

from __future__ import annotations

import base64
import copy
import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

RECORDING = Path(__file__).parents[2] / "openstack_facts" / "recording" / "openstack"
PASSWORD = "a password that nobody may see"
TOKEN = "gAAAAA-a-token-that-nobody-may-see"

Reply = tuple[int, Any, dict[str, str]]


class FakeService:
    """Serves in a `with` statement, on a port of localhost."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.asked: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients that break off
        self.scheme = "https" if context else "http"
        if context:
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port = self._server.server_port
        self.url = f"{self.scheme}://localhost:{self.port}"

    def __enter__(self) -> Self:
        """Serve."""
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Serve no more."""
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, path: str, headers: Any, body: Any, query: dict[str, str]) -> Reply:
        """Return status, body and headers of the answer."""
        raise NotImplementedError

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                path, query = urlsplit(self.path).path, dict(parse_qsl(urlsplit(self.path).query))
                service.asked.append(f"{self.command} {path}")
                status, body, headers = service.answer(
                    self.command, path, self.headers, json.loads(sent) if sent else None, query
                )
                content = b"" if body is None else json.dumps(body).encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = handle_any  # noqa: N815

            def log_message(self, *_: object) -> None:
                """Tests read `asked`."""

        return Handler


class FakeKeystone(FakeService):
    """A cloud with one user, ann; its endpoints are here, unless `places` says where one is.

    `refused`: paths that answer with a status.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        super().__init__(context)
        self.places: dict[str, str] = {}
        self.refused: dict[str, int] = {}
        self._answers: dict[str, Reply] = {}
        for path in sorted(RECORDING.glob("[0-9]*.json")):
            kept = json.loads(path.read_text())
            parts = urlsplit(kept["url"])
            text = json.dumps(kept["body"])
            for port in (5000, 8774, 9696):
                text = text.replace(f"http://ctl1:{port}", self.url)
            self._answers[f"{kept['method']} {parts.path}"] = (kept["status"], json.loads(text), {})

    def clouds_yaml(self, home: Path, *, password: str = PASSWORD, **settings: Any) -> Path:
        """Write a clouds.yaml in which the cloud is called lab; return it."""
        auth = {
            "auth_url": f"{self.url}/v3",
            "username": "ann",
            "password": password,
            "project_name": "admin",
            "user_domain_name": "Default",
            "project_domain_name": "Default",
        }
        found = home / "clouds.yaml"
        found.write_text(
            json.dumps({"clouds": {"lab": {"auth": auth, "region_name": "RegionOne", **settings}}})
        )
        return found

    def answer(self, method: str, path: str, headers: Any, body: Any, query: dict[str, str]) -> Reply:
        """Answer as the recorded cloud did; let in who has the password."""
        del query
        if path in self.refused:
            return _error(self.refused[path])
        kept = self._answers.get(f"{method} {path.rstrip('/')}", _error(404))
        status, found, extra = copy.deepcopy(kept)
        if path == "/v3/auth/tokens":
            identity = body["auth"]["identity"]["password"]["user"]
            if (identity["name"], identity["password"]) != ("ann", PASSWORD):
                return _error(401)
            for service in found["token"]["catalog"]:
                for endpoint in service["endpoints"]:
                    endpoint["url"] = self.places.get(service["type"], endpoint["url"])
            return status, found, {"X-Subject-Token": TOKEN}
        if path.rstrip("/") in ("/v3", "/v2.1", "") or headers.get("X-Auth-Token") == TOKEN:
            return status, found, extra
        return _error(401)


class FakeSensuCore(FakeService):
    """A server of Sensu Core with one user, ann. `healthy`: whether a server takes what clients send."""

    healthy = True

    def answer(self, method: str, path: str, headers: Any, body: Any, query: dict[str, str]) -> Reply:
        """Answer as Sensu Core 1.9 does."""
        del body, query
        known = base64.b64encode(f"ann:{PASSWORD}".encode()).decode()
        if headers.get("Authorization") != f"Basic {known}":
            return 401, None, {"WWW-Authenticate": 'Basic realm="Restricted Area"'}
        if (method, path) == ("GET", "/info"):
            parts = {
                "transport": {"name": "rabbitmq", "connected": self.healthy},
                "redis": {"connected": True},
            }
            return 200, {"sensu": {"version": "1.9.0"}, **parts}, {}
        if (method, path) == ("GET", "/health"):
            return (204, None, {}) if self.healthy else (503, None, {})
        return 404, None, {}


def _error(status: int) -> Reply:
    return status, {"error": {"code": status, "message": "no", "title": "no"}}, {}
