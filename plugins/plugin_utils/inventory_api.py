# Copyright: Contributors to the Calipso project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads what an inventory is made of from Calipso's API."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from itertools import count
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit

from ansible.module_utils.urls import ConnectionError as UnreachableError
from ansible.module_utils.urls import SSLValidationError, open_url

from .inventory_known import Document, Known, SourceError

_NOT_FOUND, _UNAUTHORIZED, _SERVER_FAULT = 404, 401, 500
_PAGE = 10_000
_BROKEN = OSError, HTTPException, EOFError, zlib.error


class _RefusedError(SourceError):
    """An answer that is an error; `status` is HTTP's."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text, unavailable=status >= _SERVER_FAULT)
        self.status = status


@dataclass(frozen=True)
class Access:
    """Where the API is, and who asks: a token, or a user with a password. `timeout`: seconds."""

    url: str
    token: str | None = field(repr=False)
    user: str | None
    password: str | None = field(repr=False)
    validate_certs: bool
    ca_cert: str | None
    timeout: int


@dataclass(frozen=True)
class Wanted:
    """What is read. No `environments`: all that the caller may see. `generation`: None is the newest.

    `affected_by`: objects' ids, or `ENVIRONMENT:ID`.
    """

    environments: Sequence[str]
    generation: str | None
    instances: bool
    affected_by: Sequence[str]


def read_topology(access: Access, wanted: Wanted) -> Known:
    """Return the hosts, and the instances that are wanted. Raises `SourceError`."""
    known = Known()
    with _logged_in(access) as api:
        environments = list(wanted.environments) or api.names()
        for name in environments:
            api.read(name, wanted, known)
        for asked in wanted.affected_by:
            known.affected[asked] = api.affected(asked, known)
    return known


@contextmanager
def _logged_in(access: Access) -> Iterator[_Api]:
    """Give the API with a token; one that a password bought is given back."""
    if urlsplit(access.url).scheme not in ("http", "https"):
        raise SourceError(f"url is {access.url!r}, and must begin with http:// or https://")
    if access.token:
        yield _Api(access, access.token)
        return
    if not (access.user and access.password):
        raise SourceError("Calipso wants to know who asks: set token (CALIPSO_TOKEN), or user and password")
    credentials = {"username": access.user, "password": access.password}
    body = {"auth": {"methods": ["credentials"], "credentials": credentials}}
    api = _Api(access, None)
    api.token = str(api.ask("POST", "/auth/tokens", body)["token"])
    try:
        yield api
    finally:
        with suppress(SourceError):  # it ends by itself, later
            api.ask("DELETE", "/auth/tokens")


class _Api:
    """The API, with a token."""

    def __init__(self, access: Access, token: str | None) -> None:
        self._access = access
        self._url = access.url.rstrip("/")
        self.token = token

    def ask(self, method: str, path: str, body: Document | None = None, **query: object) -> Document:
        """Return the JSON object that answers a request."""
        headers = {"Accept": "application/json", "Accept-Encoding": "gzip"}
        if self.token:
            headers["X-Auth-Token"] = self.token
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            with open_url(
                f"{self._url}{path}{'?' if query else ''}{urlencode(query)}",
                method=method,
                data=json.dumps(body) if body is not None else None,
                headers=headers,
                timeout=self._access.timeout,
                validate_certs=self._access.validate_certs,
                ca_path=self._access.ca_cert,
                follow_redirects="none",
                use_netrc=False,
                decompress=False,  # Ansible's own does not know answers that come in chunks
                http_agent="calipso-inventory",
            ) as answer:
                found = _content(answer)
        except HTTPError as error:
            raise self._refused(error) from None
        except (SSLValidationError, UnreachableError, URLError) as error:
            raise self._gone(f"cannot be reached: {getattr(error, 'reason', error)}") from None
        except _BROKEN as error:
            raise self._gone(f"broke off: {str(error) or type(error).__name__}") from None
        except ValueError:
            raise self._stranger() from None
        if not isinstance(found, dict):
            raise self._stranger()
        return found

    def _refused(self, error: HTTPError) -> _RefusedError:
        try:
            said = _content(error)["error"]["message"]
        except (*_BROKEN, ValueError, LookupError, TypeError):
            said = error.headers.get("Location") or error.reason
        who = "refuses the token, or the user and password" if error.code == _UNAUTHORIZED else "answers"
        return _RefusedError(f"Calipso at {self._url} {who}: {said} (HTTP {error.code})", error.code)

    def _gone(self, how: str) -> SourceError:
        return SourceError(f"Calipso at {self._url} {how}", unavailable=True)

    def _stranger(self) -> SourceError:
        return SourceError(f"What answers at {self._url} is not Calipso's API: check url")

    def _listed(self, path: str, name: str, **query: object) -> list[Document]:
        """Return all pages of a list."""
        found: list[Document] = []
        for page in count():
            answer = self.ask("GET", path, None, **query, page=page, page_size=_PAGE)
            if not isinstance(answer.get(name), list):
                raise self._stranger()
            found += answer[name]
            if len(answer[name]) < _PAGE:
                break
        return found

    def names(self) -> list[str]:
        """Return the names of the environments that the caller may see."""
        return sorted(
            str(each["name"]) for each in self._listed("/environment_configs", "environment_configs")
        )

    def read(self, environment: str, wanted: Wanted, known: Known) -> None:
        """Add what is known of an environment, all of one generation."""
        found = self.ask("GET", "/environment_configs", name=environment)
        generation = wanted.generation or found["generation"]
        if not generation:
            known.warnings.append(f"Calipso has not scanned environment {environment!r} yet")
            return
        known.environments[environment] = {
            "mechanism_drivers": found["mechanism_drivers"],
            "generation": generation,
        }
        state = {"env_name": environment, "generation": generation, "whole": "true"}
        known.hosts += self._listed("/inventory", "objects", type="host", **state)
        known.aggregates += self._listed("/inventory", "objects", type="aggregate", **state)
        if wanted.instances:
            known.instances += self._listed("/inventory", "objects", type="instance", **state)

    def affected(self, asked: str, known: Known) -> dict[str, list[str]]:
        """Return the ids of the hosts and instances in the cliques around an object, by environment.

        The instances are added to those that are known.
        """
        name, _colon, rest = asked.partition(":")
        named = bool(rest) and name in known.environments
        environments, key = ([name], rest) if named else (list(known.environments), asked)
        found: dict[str, list[str]] = {}
        for environment in environments:
            state = known.environments[environment]["generation"]
            try:
                clique = self.ask("GET", "/clique", env_name=environment, id=key, generation=state)
            except _RefusedError as error:
                if error.status != _NOT_FOUND:
                    raise
                continue
            found[environment] = _reached(clique["objects"])
            have = {each["id"] for each in known.instances if each["environment"] == environment}
            known.instances += [
                each for each in clique["objects"] if each["type"] == "instance" and each["id"] not in have
            ]
        if not found:
            places = ", ".join(environments) or "any, since none was read"
            raise SourceError(f"affected_by names {asked!r}, which is no object's id in environment {places}")
        return found


def _content(answer: Any) -> Any:
    """Return the JSON of an answer. Raises ValueError for what is none, and `_BROKEN` for half of it."""
    body = answer.read()
    return json.loads(gzip.decompress(body) if answer.headers.get("Content-Encoding") == "gzip" else body)


def _reached(objects: Sequence[Document]) -> list[str]:
    """Return the ids of instances among `objects`, and of the hosts that they are and are on."""
    instances = {each["id"] for each in objects if each["type"] == "instance"}
    hosts = {each["id"] if each["type"] == "host" else each.get("host") for each in objects}
    return sorted(instances | (hosts - {None}))
