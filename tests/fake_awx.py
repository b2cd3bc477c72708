"""FakeAwx: a server that answers as AWX does where its collection's modules, and launchers of jobs, ask it.

AWX itself is a cluster of services with PostgreSQL and Redis, and no package. This one follows its published
schema (fake_awx_schema): it stores, filters, pages, relates, hides secrets, and refuses what AWX refuses. It
is stricter in one thing: a field that AWX does not know is refused, where AWX passes it over.

- `awx.url`, `.token`, `.password` (of user admin), `.ca`: what a client needs
- `awx.make("organizations", name="x")`: an object, by the API
- `awx.one("job_templates", "scan")`, `.all("schedules")`, `.related(template, "credentials")`: what there is
- `awx.change(object, limit="one")`: as somebody does by hand
- `awx.requests`: method and address of each request, oldest first
- `awx.jobs`: the jobs that were launched (fake_awx_jobs)
"""

from __future__ import annotations

import base64
import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import parse_qsl, urlencode, urlsplit

from fake_awx_checks import CHECKS, shown, survey_fault
from fake_awx_jobs import Jobs
from fake_awx_schema import MACHINE, READ_ONLY, RESOURCES, UNIFIED, Field, Resource
from ldap_server import make_ca

Object = dict[str, Any]
VERSION = "24.6.1"
_PAGE_SIZE = 25
_API = "/api/v2/"


class RefusedError(Exception):
    """An answer that is no success: its status, and what it says."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body


def refuse(field: str, fault: str, status: int = 400) -> NoReturn:
    """Refuse for one field's sake."""
    raise RefusedError(status, {field: [fault]})


class FakeAwx:
    """An AWX with a user admin and the credential type Machine. `project`: what its projects check out."""

    password = "an admin's password #2"

    def __init__(self, project: Path, home: Path, *, tls: bool = False) -> None:
        self.project = project
        self.token = "a token that must not be printed"
        self.requests: list[tuple[str, str]] = []
        self.lock = threading.RLock()
        self.objects: dict[str, dict[int, Object]] = {
            name: {} for name in (*RESOURCES, "instance_groups", "labels")
        }
        self.relations: dict[tuple[int, str], list[int]] = {}
        self.surveys: dict[int, Object] = {}
        self.jobs = Jobs(self, home)
        self._last_id = 0
        self._store("credential_types", dict(MACHINE))
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.awx = self  # type: ignore[attr-defined]
        self.ca = make_ca(home, "localhost") if tls else None
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(home / "localhost.pem", home / "localhost.key")
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"{'https' if tls else 'http'}://localhost:{self._server.server_address[1]}"

    @contextmanager
    def running(self) -> Iterator[FakeAwx]:
        """Answer requests."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.jobs.stop()
            self._server.shutdown()
            thread.join()
            self._server.server_close()

    def make(self, resource: str, **fields: Any) -> int:
        """Make an object as a client does, and return its id."""
        status, made = self.answer("POST", f"{_API}{resource}/", fields, f"Bearer {self.token}")
        assert status == 201, made
        return int(made["id"])

    def all(self, resource: str) -> list[Object]:
        """Return the objects of a resource, as stored: secrets in clear text."""
        return list(self._objects(resource).values())

    def one(self, resource: str, name: str) -> Object:
        """Return the object of that name, or identifier."""
        (found,) = [each for each in self.all(resource) if name in (each.get("name"), each.get("identifier"))]
        return found

    def related(self, item: Object, relation: str) -> list[str]:
        """Return the names, or identifiers, of what stands in an object's list."""
        other = RESOURCES[self._resource(item)].many[relation]
        found = [self.objects[other][one] for one in self.relations.get((item["id"], relation), ())]
        return [str(each.get("name") or each["identifier"]) for each in found]

    def change(self, item: Object, **values: Any) -> None:
        """Change fields of an object, as somebody does by hand."""
        assert values.keys() <= item.keys()
        item.update(values)

    def answer(self, method: str, url: str, body: Any, authorization: str) -> tuple[int, Any]:
        """Return the status and the body of the answer to a request."""
        parts = urlsplit(url)
        with self.lock:
            self.requests.append((method, url))
            words = parts.path.removeprefix(_API).strip("/").split("/")
            if words[0] == "tokens":
                return self._tokens(method, authorization)
            if authorization != f"Bearer {self.token}":
                return 401, {"detail": "Authentication credentials were not provided."}
            try:
                return self._dispatch(method, words, dict(parse_qsl(parts.query)), body)
            except RefusedError as error:
                return error.status, error.body

    def _tokens(self, method: str, authorization: str) -> tuple[int, Any]:
        basic = base64.b64encode(f"admin:{self.password}".encode()).decode()
        if authorization != f"Basic {basic}":
            return 401, {"detail": "Invalid username/password."}
        return (201, {"id": 1, "token": self.token}) if method == "POST" else (204, None)

    def _dispatch(self, method: str, words: list[str], query: dict[str, str], body: Any) -> tuple[int, Any]:
        match method, words:
            case "GET", [("job_events" | "jobs" | "workflow_jobs" | "project_updates"), *_]:
                return self.jobs.get(words, query)
            case "POST", [("jobs" | "workflow_jobs"), number, "cancel"]:
                return self.jobs.cancel(int(number))
            case "GET", [resource]:
                return 200, self._page(
                    f"{_API}{resource}/", self._filtered(self.all_of(resource), query), query
                )
            case "POST", [resource]:
                return 201, self.show(resource, self._make(resource, body))
            case _, [resource, number]:
                return self._object(method, resource, int(number), body)
            case _, [resource, number, "survey_spec"]:
                return self._survey(method, self._find(resource, int(number)), body)
            case "POST", [("job_templates" | "workflow_job_templates") as resource, number, "launch"]:
                return self.jobs.launch(resource, self._find(resource, int(number)), body)
            case _, [resource, number, relation] if relation in RESOURCES[resource].many:
                return self._relation(method, self._find(resource, int(number)), relation, query, body)
        raise RefusedError(404, {"detail": "Not found."})

    def _object(self, method: str, resource: str, number: int, body: Any) -> tuple[int, Any]:
        item = self._find(resource, number)
        match method:
            case "PATCH":
                item.update(
                    self._valid(self._resource(item), body, item), modified=datetime.now(UTC).isoformat()
                )
            case "DELETE":
                del self._objects(self._resource(item))[number]
                return 204, None
            case "GET":
                pass
            case _:
                raise RefusedError(405, {"detail": f'Method "{method}" not allowed.'})
        return 200, self.show(self._resource(item), item)

    def _relation(
        self, method: str, item: Object, relation: str, query: dict[str, str], body: Any
    ) -> tuple[int, Any]:
        other = RESOURCES[self._resource(item)].many[relation]
        held = self.relations.setdefault((item["id"], relation), [])
        if method == "GET":
            found = [self.show(other, self.objects[other][each]) for each in held]
            return 200, self._page(f"{item['url']}{relation}/", found, query)
        if not isinstance(body, dict) or not body.keys() <= {"id", "associate", "disassociate"}:
            raise RefusedError(400, {"msg": '"id" field is missing.'})
        number = body.get("id")
        if number not in self._objects(other):
            raise RefusedError(400, {"detail": f"Object with id {number} does not exist."})
        if body.get("disassociate"):
            held.remove(number)
        elif number not in held:
            held.append(number)
        return 204, None

    def _survey(self, method: str, item: Object, body: Any) -> tuple[int, Any]:
        match method:
            case "GET":
                return 200, self.surveys.get(item["id"], {})
            case "DELETE":
                self.surveys.pop(item["id"], None)
            case "POST":
                if fault := survey_fault(body):
                    raise RefusedError(400, {"error": fault})
                self.surveys[item["id"]] = body
        return 200, None

    def _make(self, resource: str, body: Any) -> Object:
        if resource not in RESOURCES:
            raise RefusedError(405, {"detail": 'Method "POST" not allowed.'})
        values = {name: field.default for name, field in RESOURCES[resource].fields.items()}
        return self._store(resource, values | self._valid(resource, body, None))

    def _store(self, resource: str, values: Object) -> Object:
        self._last_id += 1
        kind = RESOURCES[resource].type if resource in RESOURCES else resource.removesuffix("s")
        item = {
            "id": self._last_id,
            "type": kind,
            "url": f"{_API}{resource}/{self._last_id}/",
            "created": datetime.now(UTC).isoformat(),
            "modified": datetime.now(UTC).isoformat(),
            **values,
        }
        if resource in ("execution_environments", "credentials", "credential_types"):
            item.setdefault("managed", False)
        if resource == "projects":
            item |= {"status": "successful", "scm_revision": "5eb63bbbe01eeed093cb22bb8f5acdc3"}
        self.objects[resource][item["id"]] = item
        return item

    def _valid(self, resource: str, body: Any, item: Object | None) -> Object:
        """Return what a request writes; refuse it where AWX does."""
        if not isinstance(body, dict):
            raise RefusedError(400, {"detail": "JSON parse error - not a JSON object"})
        fields = RESOURCES[resource].fields
        values = {name: value for name, value in body.items() if name in fields}
        faults = {name: ["This field is unknown."] for name in body.keys() - fields.keys() - READ_ONLY}
        if item is None:
            missing = {name for name, field in fields.items() if field.required} - values.keys()
            faults |= {name: ["This field is required."] for name in missing}
        for name, value in values.items():
            values[name], fault = self._taken(fields[name], value)
            if fault:
                faults[name] = [fault]
        if faults:
            raise RefusedError(400, faults)
        wanted = (item or {name: field.default for name, field in fields.items()}) | values
        self._must_be_unique(RESOURCES[resource], resource, wanted)
        if fault := CHECKS[resource](self, wanted, item) if resource in CHECKS else None:
            raise RefusedError(*fault)
        return {name: wanted[name] for name in fields}

    def _taken(self, field: Field, value: Any) -> tuple[Any, str | None]:
        """Return a value as AWX takes it, and what is wrong with it."""
        if value is None and field.kind in ("text", "choice") and field.default is not None:
            return field.default, None
        if value == "" and field.kind == "id":
            return None, None
        fault = field.fault(value)
        if not fault and field.kind == "id" and value is not None and value not in self._objects(field.of):
            fault = f'Invalid pk "{value}" - object does not exist.'
        return value, fault

    def _must_be_unique(self, kind: Resource, resource: str, wanted: Object) -> None:
        for other in self.all(resource):
            if other["id"] != wanted.get("id") and all(other[name] == wanted[name] for name in kind.unique):
                text = f"{kind.type} with this {' and '.join(kind.unique)} already exists."
                raise RefusedError(400, {"__all__": [text]})

    def show(self, resource: str, item: Object) -> Object:
        """Return an object as AWX shows it."""
        related = {"survey_spec": f"{item['url']}survey_spec/", "launch": f"{item['url']}launch/"}
        summary: Object = {}
        if resource == "projects":
            related["update"] = f"{item['url']}update/"
            summary["last_update"] = {"id": item["id"], "status": "successful"}
        if resource in RESOURCES:
            related |= {name: f"{item['url']}{name}/" for name in RESOURCES[resource].many}
        return {**shown(self, resource, item), "related": related, "summary_fields": summary}

    def all_of(self, resource: str) -> list[Object]:
        """Return the objects of a resource as AWX shows them; those of all UNIFIED are one list, too."""
        names = UNIFIED if resource == "unified_job_templates" else (resource,)
        return [self.show(name, each) for name in names for each in self._objects(name).values()]

    def _objects(self, resource: str) -> dict[int, Object]:
        if resource == "unified_job_templates":
            return {number: each for name in UNIFIED for number, each in self.objects[name].items()}
        if resource not in self.objects:
            raise RefusedError(404, {"detail": "Not found."})
        return self.objects[resource]

    def _find(self, resource: str, number: int) -> Object:
        if number not in self._objects(resource):
            raise RefusedError(404, {"detail": "Not found."})
        return self._objects(resource)[number]

    @staticmethod
    def _resource(item: Object) -> str:
        return str(item["url"]).removeprefix(_API).split("/")[0]

    @staticmethod
    def _filtered(items: list[Object], query: dict[str, str]) -> list[Object]:
        tests: dict[str, list[Callable[[Object], bool]]] = {"and": [], "or": []}
        for key, value in query.items():
            if key in ("page", "page_size", "order_by", "format"):
                continue
            how = "or" if key.startswith("or__") else "and"
            name, _separator, lookup = key.removeprefix("or__").partition("__")
            if items and name not in items[0] and name not in ("organization", "type"):
                refuse("detail", f"{items[0]['type']} has no field named '{name}'")
            tests[how].append(_test(name, lookup, value))
        return [
            each
            for each in items
            if all(test(each) for test in tests["and"])
            and (not tests["or"] or any(test(each) for test in tests["or"]))
        ]

    @staticmethod
    def _page(path: str, items: list[Object], query: dict[str, str]) -> Object:
        number, size = int(query.get("page", 1)), min(int(query.get("page_size", _PAGE_SIZE)), 200)
        if order := query.get("order_by"):
            items = sorted(items, key=lambda each: each[order.lstrip("-")], reverse=order.startswith("-"))
        more = number * size < len(items)
        following = urlencode({**query, "page": number + 1})
        return {
            "count": len(items),
            "next": f"{path}?{following}" if more else None,
            "previous": None,
            "results": items[(number - 1) * size : number * size],
        }

    def page(self, path: str, items: list[Object], query: dict[str, str]) -> Object:
        """Return a page of what a query finds among items."""
        return self._page(path, self._filtered(items, query), query)


def _test(name: str, lookup: str, value: str) -> Callable[[Object], bool]:
    match lookup:
        case "":
            return lambda each: str(each.get(name)) == value
        case "iexact":
            return lambda each: str(each.get(name)).lower() == value.lower()
        case "gt":
            return lambda each: bool(each[name] > int(value))
        case "in":
            return lambda each: str(each.get(name)) in value.split(",")
    refuse("detail", f"Unsupported lookup '{lookup}'")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Any

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length)
        body = json.loads(raw) if raw else {}
        status, answer = self.server.awx.answer(
            self.command, self.path, body, self.headers.get("Authorization", "")
        )
        content = b"" if answer is None else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-API-Product-Name", "AWX")
        self.send_header("X-API-Product-Version", VERSION)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """Print nothing."""
