"""A fake OpenStack that speaks the real protocol over HTTP: login, catalogue, versions, pages, errors."""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict, deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

TOKEN = "gAAAAABfake-token-of-the-fake-cloud"
PASSWORD = "correct horse"
HANG, DROP = "hang", "drop"
CLOCK = object()
"""A value in a thing that is another one each time it is read."""

COLLECTIONS = {
    "/v3/regions": "regions",
    "/v3/projects": "projects",
    "/v3/auth/projects": "projects",
    "/v3/services": "services",
    "/v3/endpoints": "endpoints",
    "/v2.1/servers/detail": "servers",
    "/v2.1/os-hypervisors/detail": "hypervisors",
    "/v2.1/os-services": "services",
    "/v2.1/os-aggregates": "aggregates",
    "/v2.1/os-availability-zone": "availabilityZoneInfo",
    "/v2.1/os-availability-zone/detail": "availabilityZoneInfo",
    "/v2.0/availability_zones": "availability_zones",
    "/v2.0/networks": "networks",
    "/v2.0/subnets": "subnets",
    "/v2.0/ports": "ports",
    "/v2.0/routers": "routers",
    "/v2.0/floatingips": "floatingips",
    "/v2.0/agents": "agents",
    "/v2.0/segments": "segments",
    "/v2.0/extensions": "extensions",
    "/v2.0/quotas": "quotas",
}


def reply(status=200, body=None, **headers):
    """Return a scripted answer: a status, a JSON-able body or bytes, and headers (Retry_After=1)."""
    return status, body, {name.replace("_", "-"): str(value) for name, value in headers.items()}


def error(status, message):
    return reply(status, {"error": {"message": message}})


class FakeCloud:
    """Serves until closed.

    things: {(region, path): [item]}, what the lists hold; region None for Keystone
    script: {(region, path): deque of answers}, each given once before anything else
    constant: {(region, path): answer}, given always
    An answer is what `reply` returns, or HANG, or DROP.
    """

    def __init__(self, regions=("RegionOne",), ssl_context=None):
        self.regions = list(regions)
        self.things = defaultdict(list)
        self.script = defaultdict(deque)
        self.constant = {}
        self.requests = []
        self.scoped = True
        self.inside = "http://inside.invalid"
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        scheme = "http"
        if ssl_context:
            self._server.socket = ssl_context.wrap_socket(self._server.socket, server_side=True)
            scheme = "https"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_port}"
        self.auth_url = f"{self.url}/v3"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def auth(self):
        return {
            "auth_url": self.auth_url,
            "username": "scanner",
            "password": PASSWORD,
            "project_name": "ops",
            "user_domain_name": "Default",
            "project_domain_name": "Default",
        }

    def asked(self, path):
        """The requests for `path` so far, as (query, headers)."""
        return [(query, headers) for asked, query, headers in self.requests if asked == path]

    def answer(self, method, target, headers, body):
        parts = urlsplit(target)
        region, path = self._place(parts.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        with self._lock:
            self.requests.append((path, query, headers))
            if self.script[region, path]:
                return self.script[region, path].popleft()
        if (region, path) in self.constant:
            return self.constant[region, path]
        if method == "POST" and path == "/v3/auth/tokens":
            return self._log_in(json.loads(body))
        if path.rstrip("/") in ("/v3", "/v2.1", ""):
            return reply(body=self._version(region, path.rstrip("/")))
        if headers.get("X-Auth-Token") != TOKEN:
            return error(401, "no token")
        if path not in COLLECTIONS:
            return error(404, "The resource could not be found.")
        return reply(body=self._page(region, path, query, parse_qs(parts.query)))

    def _place(self, path):
        """Endpoints are URL/<index of region>/<service>; Keystone is at the root."""
        first, _slash, rest = path.lstrip("/").partition("/")
        if first.isdigit():
            return self.regions[int(first)], "/" + rest
        return None, path

    def _log_in(self, body):
        identity = body["auth"]["identity"]
        secret = (
            identity["application_credential"]["secret"]
            if "application_credential" in identity["methods"]
            else identity["password"]["user"]["password"]
        )
        if secret != PASSWORD:
            return error(401, "The request you have made requires authentication.")
        token = {
            "methods": identity["methods"],
            "user": {"id": "u1", "name": "scanner", "domain": {"id": "default", "name": "Default"}},
            "audit_ids": ["an-audit-id"],
            "expires_at": "2099-01-01T00:00:00.000000Z",
            "issued_at": "2026-01-01T00:00:00.000000Z",
        }
        if self.scoped:
            token["project"] = {"id": "p1", "name": "ops", "domain": {"id": "default", "name": "Default"}}
            token["roles"] = [{"id": "r1", "name": "admin"}]
            token["catalog"] = [
                {
                    "type": kind,
                    "name": kind,
                    "id": kind,
                    "endpoints": [
                        {"id": f"{kind}{n}", "interface": "public", "region": r, "region_id": r, "url": url}
                        for r, url, n in places
                    ],
                }
                for kind, places in self._endpoints().items()
            ]
        return reply(201, {"token": token}, X_Subject_Token=TOKEN)

    def _endpoints(self):
        numbered = list(enumerate(self.regions))
        return {
            "identity": [(self.regions[0], self.auth_url, 0)] if self.regions else [],
            "compute": [(region, f"{self.url}/{n}/v2.1", n) for n, region in numbered],
            "network": [(region, f"{self.url}/{n}", n) for n, region in numbered],
        }

    def _version(self, region, path):
        if path == "/v3":
            return {
                "version": {
                    "id": "v3.14",
                    "status": "stable",
                    "links": [{"rel": "self", "href": f"{self.auth_url}/"}],
                }
            }
        here = f"{self.url}/{self.regions.index(region)}"
        if path == "/v2.1":
            return {
                "version": {
                    "id": "v2.1",
                    "status": "CURRENT",
                    "min_version": "2.1",
                    "version": "2.93",
                    "links": [{"rel": "self", "href": f"{here}/v2.1/"}],
                }
            }
        return {
            "versions": [
                {"id": "v2.0", "status": "CURRENT", "links": [{"rel": "self", "href": f"{here}/v2.0/"}]}
            ]
        }

    def _page(self, region, path, query, filters):
        """Return a page of what passes the filters: Neutron takes any, with several values; Nova `uuid`."""
        collection, things = COLLECTIONS[path], self.things[region, path]
        for name, values in filters.items():
            if path.startswith("/v2.0/") and name not in ("limit", "marker"):
                things = [thing for thing in things if thing.get(name) in values]
            elif name == "uuid":
                things = [thing for thing in things if thing["id"] == values[-1]]
        ids = [thing.get("id") for thing in things]
        start = ids.index(query["marker"]) + 1 if "marker" in query else 0
        stop = start + int(query["limit"]) if "limit" in query else len(things)
        body = {collection: things[start:stop]}
        if stop < len(things):
            href = f"{self.inside}{path}?limit={query['limit']}&marker={ids[stop - 1]}"
            body[f"{collection}_links"] = [
                {"rel": "previous", "href": f"{self.inside}{path}"},
                {"rel": "next", "href": href},
            ]
        return body

    def _handler(self):
        cloud = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                answer = cloud.answer(self.command, self.path, self.headers, body)
                if answer == HANG:
                    cloud._closing.wait(20)
                if answer in (HANG, DROP):
                    self.close_connection = True
                    return
                status, content, headers = answer
                if not isinstance(content, bytes):
                    content = json.dumps(content, default=lambda _: time.time()).encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = handle_any  # noqa: N815

            def log_message(self, *_):
                """Tests read `requests`."""

        return Handler


def filled(regions=("RegionOne",), **options):
    """Return a cloud with one or two of each thing in each region."""
    cloud = FakeCloud(regions, **options)
    cloud.things[None, "/v3/regions"] = [{"id": region, "description": ""} for region in [*regions, "Bare"]]
    cloud.things[None, "/v3/projects"] = [{"id": "p1", "name": "ops"}, {"id": "p2", "name": "ünï/ côde"}]
    cloud.things[None, "/v3/auth/projects"] = [{"id": "p1", "name": "ops"}]
    cloud.things[None, "/v3/services"] = [{"id": "s1", "type": "compute", "name": "nova"}]
    cloud.things[None, "/v3/endpoints"] = [{"id": "e1", "region_id": regions[0], "url": "http://x"}]
    for region in regions:
        own = region.lower()
        for path, items in {
            "/v2.1/servers/detail": [{"id": f"{own}-vm{n}", "name": "vm"} for n in range(5)],
            "/v2.1/os-hypervisors/detail": [{"id": f"{own}-hv", "free_ram_mb": CLOCK}],
            "/v2.1/os-services": [{"id": f"{own}-cs", "binary": "nova-compute", "updated_at": CLOCK}],
            "/v2.1/os-aggregates": [{"id": 1, "name": "agg", "hosts": ["b", "a"]}],
            "/v2.1/os-availability-zone/detail": [
                {"zoneName": "nova", "hosts": {"h": {"nova-compute": {"updated_at": CLOCK}}}}
            ],
            "/v2.1/os-availability-zone": [{"zoneName": "nova", "hosts": None}],
            "/v2.0/availability_zones": [{"name": "nova", "resource": "router", "state": "available"}],
            "/v2.0/networks": [{"id": f"{own}-net{n}", "provider:segmentation_id": n} for n in range(3)],
            "/v2.0/subnets": [{"id": f"{own}-sub"}],
            "/v2.0/ports": [{"id": f"{own}-port{n}", "binding:host_id": "h"} for n in range(7)],
            "/v2.0/routers": [{"id": f"{own}-router"}],
            "/v2.0/floatingips": [{"id": f"{own}-fip"}],
            "/v2.0/agents": [{"id": f"{own}-agent", "alive": True, "configurations": {"devices": CLOCK}}],
            "/v2.0/segments": [{"id": f"{own}-seg"}],
            "/v2.0/extensions": [{"alias": "router", "name": "Router"}],
            "/v2.0/quotas": [],
        }.items():
            cloud.things[region, path] = items
    return cloud
