# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""The REST API of a Cisco APIC: login, its renewal, and queries for all objects of a class, page by page."""

from __future__ import annotations

import os
import time
import traceback
from typing import Any, Callable

from .aci_classes import FabricClass
from .patient_http import LiveAdapter, http_session, network_cause
from .row_recording import UnreadError
from .scrubbing import scrub_text

try:
    import requests

    IMPORT_ERROR = None
except ImportError:
    IMPORT_ERROR = traceback.format_exc()

PAGE_SIZE = 5000
"""Objects that one answer holds; an APIC refuses answers of more than 100,000."""

_READINGS = 3
"""How often a class is read whose objects come and go between one page and the next."""

_OK, _BAD_REQUEST, _UNAUTHORIZED, _FORBIDDEN = 200, 400, 401, 403
_BUSY = (429, 503)
_REFRESH = 0.5
"""The part of a token's life after which it is renewed."""

_SHORTEST_LIFE = 10.0
_DETAIL_LENGTH = 300


class ApicError(Exception):
    """An APIC that cannot be asked at all; the text says why and what to do, and holds no secret."""


class LiveApic:
    """An APIC, over HTTPS, with somebody logged in."""

    def __init__(self, options: dict[str, Any], clock: Callable[[], float] = time.monotonic) -> None:
        """Log in as the module's `options` say. Raise `ApicError` where that fails."""
        name = options["host"]
        literal = ":" in name and not name.startswith("[")
        self.server = f"{f'[{name}]' if literal else name}:{options['port']}"
        self._options = options
        self._clock = clock
        self._session = http_session(LiveAdapter(1))
        self._session.trust_env = False
        self._session.headers["Accept"] = "application/json"
        self._session.verify = options["verify_tls"] and (
            options["ca_cert"] or os.environ.get("SSL_CERT_FILE") or True
        )
        if not options["verify_tls"]:
            requests.packages.urllib3.disable_warnings()
        try:
            self._log_in()
        except ApicError:
            self._session.close()
            raise

    def rows(self, table: FabricClass) -> list[dict[str, Any]]:
        """Return the objects of a class as {attribute: text}, sorted by their distinguished names.

        Objects that come or go between two pages move others over the edge of a page: then all is read
        again, and at last what any of the readings saw is returned.
        """
        found: dict[str, dict[str, Any]] = {}
        for _reading in range(_READINGS):
            read, whole = self._read(table)
            found.update(read)
            if whole:
                found = read
                break
        return [found[name] for name in sorted(found)]

    def close(self) -> None:
        """Log out; who does not answer forgets the token by itself."""
        try:
            self._send("POST", "/api/aaaLogout.json", body=self._user())
        except (ApicError, UnreadError):
            pass
        finally:
            self._session.close()

    def _read(self, table: FabricClass) -> tuple[dict[str, dict[str, Any]], bool]:
        """Return the objects of a class by name, and whether the pages were those of one state."""
        query = {"order-by": f"{table.name}.dn", "page-size": str(PAGE_SIZE)}
        if table.where:
            query["query-target-filter"] = table.where
        found: dict[str, dict[str, Any]] = {}
        totals, count, page = set(), 0, 0
        while True:
            objects, total = self._page(table, {**query, "page": str(page)})
            totals.add(total)
            count += len(objects)
            for told in objects:
                found[told["dn"]] = {name: told[name] for name in table.attributes if name in told}
            page += 1
            if not objects or count >= total:
                return found, totals == {len(found)}

    def _page(self, table: FabricClass, query: dict[str, str]) -> tuple[list[dict[str, Any]], int]:
        answer = self._ask(f"/api/class/{table.name}.json", query)
        try:
            document = answer.json()
            told = [each[table.name]["attributes"] for each in document["imdata"]]
            objects = [{**each, "dn": str(each["dn"])} for each in told]
            total = int(document["totalCount"])
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            raise UnreadError("failed", f"{self.server}: the answer about {table.name} is none") from None
        return objects, total

    def _ask(self, path: str, query: dict[str, str]) -> Any:
        """Return the answer to a question, with a token that is valid."""
        try:
            if self._clock() >= self._renew_at:
                self._renew()
            answer = self._send("GET", path, query=query)
            if answer.status_code in (_UNAUTHORIZED, _FORBIDDEN) and "oken" in _said(answer):
                self._log_in()
                answer = self._send("GET", path, query=query)
        except ApicError as error:
            raise UnreadError("failed", str(error)) from None
        if answer.status_code != _OK:
            raise UnreadError(_reason(answer.status_code), f"{self.server}: {_said(answer)}")
        return answer

    def _log_in(self) -> None:
        user = self._options["user"]
        try:
            answer = self._send(
                "POST", "/api/aaaLogin.json", body=self._user(pwd=self._options["password"] or "")
            )
        except UnreadError as error:
            raise ApicError(f"The APIC at {error}: see how busy it is, or raise `timeout`.") from None
        if answer.status_code in (_UNAUTHORIZED, _FORBIDDEN):
            raise ApicError(
                f"The APIC at {self.server} refuses {user} ({_said(answer)}): check user and password; a user"
                " of another login domain is apic:DOMAIN\\\\USER."
            )
        if answer.status_code in _BUSY:
            raise ApicError(
                f"The APIC at {self.server} takes no logins now ({_said(answer)}): it is starting, or there"
                " were too many; try again in a minute."
            )
        self._take(answer)

    def _renew(self) -> None:
        answer = self._send("GET", "/api/aaaRefresh.json")
        if answer.status_code == _OK:
            self._take(answer)
        else:
            self._log_in()

    def _take(self, answer: Any) -> None:
        """Take the token, which the session keeps as a cookie, and note when it must be renewed."""
        try:
            attributes = answer.json()["imdata"][0]["aaaLogin"]["attributes"]
            token, life = attributes["token"], float(attributes.get("refreshTimeoutSeconds") or 600)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError):
            token = None
        if answer.status_code != _OK or not isinstance(token, str) or not token:
            raise ApicError(
                f"What listens on {self.server} does not answer as an APIC does (HTTP {answer.status_code}):"
                " check host and port."
            )
        self._session.headers["Cookie"] = f"APIC-cookie={token}"
        self._renew_at = self._clock() + max(life, _SHORTEST_LIFE) * _REFRESH

    def _user(self, **attributes: str) -> dict[str, Any]:
        return {"aaaUser": {"attributes": {"name": self._options["user"], **attributes}}}

    def _send(self, method: str, path: str, *, query: dict[str, str] | None = None, body: Any = None) -> Any:
        """Return whatever is answered. Raise `ApicError` without an answer, `UnreadError` for a late one."""
        try:
            return self._session.request(
                method,
                f"https://{self.server}{path}",
                params=query,
                json=body,
                timeout=self._options["timeout"],
                allow_redirects=False,
            )
        except requests.exceptions.ReadTimeout:
            raise UnreadError(
                "timeout", f"{self.server}: no answer within {self._options['timeout']} seconds"
            ) from None
        except requests.exceptions.SSLError as error:
            raise ApicError(
                f"TLS with the APIC at {self.server} failed ({_cause(error)}): set ca_cert to the certificate"
                " of the authority that signs the APIC's, or verify_tls to false to do without."
            ) from None
        except (requests.exceptions.RequestException, OSError, ValueError) as error:
            raise ApicError(
                f"The APIC at {self.server} cannot be reached ({_cause(error)}): check host, port and"
                " network."
            ) from None


def _said(answer: Any) -> str:
    """Return what an answer says is wrong."""
    try:
        text = answer.json()["imdata"][0]["error"]["attributes"]["text"]
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError):
        text = f"HTTP {answer.status_code}"
    return scrub_text(" ".join(str(text).split()))[:_DETAIL_LENGTH]


def _reason(status: int) -> str:
    if status in (_UNAUTHORIZED, _FORBIDDEN):
        return "forbidden"
    return "unsupported" if status == _BAD_REQUEST else "failed"


def _cause(error: Exception) -> str:
    text = str(error)
    return scrub_text(network_cause(text) or " ".join(text.split()))[:_DETAIL_LENGTH] or type(error).__name__
