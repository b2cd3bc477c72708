"""A stand-in for Cisco's APIC, which cannot be had here: its REST API over HTTPS, and a made fabric.

Of the API it has login, renewal and end of a session by token and cookie; and queries for all objects of a
class, with `page`, `page-size`, `order-by` and a `query-target-filter` of one wcard().
"""

from __future__ import annotations

import re
import ssl
import time
from typing import Any

from ansible_collections.calipso.topology.plugins.module_utils.aci_classes import CLASSES
from fake_services import PASSWORD, FakeService, Reply

from tests.handmade import aci
from tests.handmade.fabric import MadeFabric

_MOST = 100_000
"""Objects that an APIC puts in one answer."""

_CLASS = re.compile(r"/api/class/(\w+)\.json")
_ORDER = re.compile(r"(\w+)\.(\w+)")
_WCARD = re.compile(r'wcard\((\w+)\.(\w+),"([^"]*)"\)')


class FakeApic(FakeService):
    """A controller with one user, ann, and the fabric of the hand-made cloud `aci`, unless another is given.

    life: seconds that a token is good for
    refused: class to the status and text that a query for it gets
    busy: how many requests still get 503
    slow: class to the seconds that its answers take
    moving: class whose first object vanishes after its first page
    """

    def __init__(self, context: ssl.SSLContext | None = None, fabric: MadeFabric | None = None) -> None:
        super().__init__(context)
        self.fabric = fabric or aci.fabric(aci.make())
        self.life = 600.0
        self.refused: dict[str, tuple[int, str]] = {}
        self.busy = 0
        self.slow: dict[str, float] = {}
        self.moving: set[str] = set()
        self.queries: list[dict[str, str]] = []
        self._tokens: dict[str, float] = {}

    def answer(self, method: str, path: str, headers: Any, body: Any, query: dict[str, str]) -> Reply:
        """Answer as an APIC does."""
        if self.busy:
            self.busy -= 1
            return _error(503, "Service Unavailable")
        if (method, path) == ("POST", "/api/aaaLogin.json"):
            user = body["aaaUser"]["attributes"]
            if (user["name"], user["pwd"]) != ("ann", PASSWORD):
                return _error(401, "Username or password is incorrect - FAILED local authentication")
            return self._token()
        found = re.search(r"APIC-cookie=([^;]+)", headers.get("Cookie") or "")
        if self._tokens.get(found.group(1) if found else "", 0) < time.monotonic():
            return _error(403, "Token was invalid (Error: Token timeout)")
        if (method, path) == ("GET", "/api/aaaRefresh.json"):
            return self._token()
        if (method, path) == ("POST", "/api/aaaLogout.json"):
            self._tokens.clear()
            return 200, _imdata(0), {}
        asked = _CLASS.fullmatch(path)
        if method != "GET" or asked is None:
            return _error(400, f"Request in bad format: {path}")
        return self._listed(asked.group(1), query)

    def _token(self) -> Reply:
        token = f"eyJ-a-token-that-nobody-may-see-{len(self._tokens)}"
        self._tokens[token] = time.monotonic() + self.life
        told = {"token": token, "refreshTimeoutSeconds": str(int(self.life)), "userName": "ann"}
        cookie = {"Set-Cookie": f"APIC-cookie={token}; path=/; HttpOnly; Secure"}
        return 200, _imdata(1, {"aaaLogin": {"attributes": told}}), cookie

    def _listed(self, name: str, query: dict[str, str]) -> Reply:
        self.queries.append({"class": name, **query})
        time.sleep(self.slow.get(name, 0))
        if name in self.refused:
            return _error(*self.refused[name])
        if name not in CLASSES:
            return _error(400, f"Request in bad format, class {name} is not found")
        found = list(self.fabric.objects[name])
        if "query-target-filter" in query:
            filtered = _WCARD.fullmatch(query["query-target-filter"])
            if filtered is None or filtered.group(1) != name:
                return _error(400, "Invalid filter")
            _class, attribute, part = filtered.groups()
            found = [each for each in found if part in each[attribute]]
        if "order-by" in query:
            ordered = _ORDER.fullmatch(query["order-by"])
            if ordered is None or ordered.group(1) != name:
                return _error(400, "Invalid order-by")
            found.sort(key=lambda each: each[ordered.group(2)])
        page, size = int(query.get("page", 0)), int(query.get("page-size", _MOST))
        if size > _MOST or (len(found) > _MOST and "page-size" not in query):
            return _error(400, "Unable to process the query, result dataset is too big")
        if name in self.moving and page == 0:
            self.moving.discard(name)
            gone = found[0]
            self.fabric.objects[name].remove(gone)
        shown = found[page * size : (page + 1) * size]
        return 200, _imdata(len(found), *({name: {"attributes": each}} for each in shown)), {}


def _imdata(total: int, *objects: Any) -> Any:
    return {"totalCount": str(total), "imdata": list(objects)}


def _error(status: int, text: str) -> Reply:
    return status, _imdata(1, {"error": {"attributes": {"code": str(status), "text": text}}}), {}
