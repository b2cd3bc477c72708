# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""The API of a Sensu Go backend, over one connection."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import ssl
from typing import Any, Dict, List, Optional, Tuple
from urllib.parse import quote, urlsplit

CORE = "/api/core/v2"
PAGE = 500

_UNAUTHORIZED = 401
_FORBIDDEN = 403
_NOT_FOUND = 404
_DROPPED = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)


class SensuError(Exception):
    """Sensu does not do what was asked for; the text says why, and what to do."""


class SensuApi:
    """A backend's API at `url`. `ca`: file of the authorities that its certificate is checked with.

    Every request raises SensuError: who asks is refused, nobody answers, or the request is wrong.
    """

    def __init__(
        self, url: str, *, ca: Optional[str] = None, validate_certs: bool = True, timeout_s: float = 30
    ) -> None:
        self.url = url.rstrip("/")
        self._headers = {"Accept": "application/json", "Content-Type": "application/json"}
        self._connection, self._prefix = _connection(self.url, ca, validate_certs, timeout_s)

    def use_api_key(self, key: str) -> None:
        """Ask as the user of an API key."""
        self._authorize("Key " + key)

    def log_in(self, user: str, password: str) -> None:
        """Ask as a user; SensuError if the password is wrong."""
        credentials = base64.b64encode((user + ":" + password).encode()).decode()
        self._authorize("Basic " + credentials)
        status, content, _headers = self._exchange("GET", "/auth")
        if status == _UNAUTHORIZED:
            raise SensuError(f"Sensu at {self.url} does not let in {user}: check `user` and `password`.")
        answer = self._document("GET /auth", status, content)
        if not isinstance(answer, dict) or not isinstance(answer.get("access_token"), str):
            raise SensuError(f"{self.url}/auth gives no token: is that the API of a Sensu Go backend?")
        self._authorize("Bearer " + answer["access_token"])

    def get(self, *path: str) -> Any:
        """Return what is there, or None."""
        status, content, _headers = self._exchange("GET", _path(path))
        return None if status == _NOT_FOUND else self._document(f"GET {_path(path)}", status, content)

    def get_all(self, *path: str) -> List[Dict[str, Any]]:
        """Return all of a collection, which is asked for page by page."""
        found: List[Dict[str, Any]] = []
        place = ""
        while True:
            target = f"{_path(path)}?limit={PAGE}" + (f"&continue={place}" if place else "")
            status, content, headers = self._exchange("GET", target)
            page = self._document(f"GET {_path(path)}", status, content)
            if not isinstance(page, list):
                raise SensuError(
                    f"{self.url}{_path(path)} is no list: is that the API of a Sensu Go backend?"
                )
            found.extend(page)
            place = headers.get("Sensu-Continue", "")
            if not place:
                return found

    def put(self, document: Dict[str, Any], *path: str) -> None:
        """Create or replace what is there."""
        status, content, _headers = self._exchange("PUT", _path(path), json.dumps(document).encode())
        self._document(f"PUT {_path(path)}", status, content)

    def delete(self, *path: str) -> None:
        """Delete what is there, if anything is."""
        status, content, _headers = self._exchange("DELETE", _path(path))
        if status != _NOT_FOUND:
            self._document(f"DELETE {_path(path)}", status, content)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _authorize(self, authorization: str) -> None:
        try:
            authorization.encode("latin-1")
        except UnicodeEncodeError:
            raise SensuError("The API key has characters that no API key has: check `api_key`.") from None
        self._headers["Authorization"] = authorization

    def _exchange(
        self, method: str, target: str, body: Optional[bytes] = None
    ) -> Tuple[int, bytes, http.client.HTTPMessage]:
        """Return status, content and headers. A kept connection that the server closed is made anew, once."""
        try:
            kept = self._connection.sock is not None
            try:
                return self._exchange_once(method, target, body)
            except _DROPPED:
                self._connection.close()
                if not kept:
                    raise
                return self._exchange_once(method, target, body)
        except ssl.SSLCertVerificationError as error:
            raise SensuError(
                f"The certificate of {self.url} is not trusted ({error.verify_message}): name the file of the"
                " authority that signed it with `ca`, and the host as the certificate does in `url`."
            ) from None
        except ssl.SSLError as error:
            raise SensuError(
                f"No TLS with {self.url} ({error.reason or error}): check whether that port speaks TLS."
            ) from None
        except socket.timeout:
            raise SensuError(
                f"Sensu at {self.url} does not answer in time: see its log, or raise `timeout`."
            ) from None
        except OSError as error:
            why = error.strerror or str(error) or type(error).__name__
            raise SensuError(
                f"Sensu at {self.url} cannot be reached ({why}): check `url`, and that it runs there."
            ) from None
        except http.client.HTTPException as error:
            raise SensuError(f"{self.url} does not speak HTTP ({error!r}): check `url`.") from None

    def _exchange_once(
        self, method: str, target: str, body: Optional[bytes]
    ) -> Tuple[int, bytes, http.client.HTTPMessage]:
        self._connection.request(method, self._prefix + target, body=body, headers=self._headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read(), answer.headers

    def _document(self, request: str, status: int, content: bytes) -> Any:
        """Return the answer from JSON, or None if it is empty; SensuError if it is a refusal."""
        if status == _UNAUTHORIZED:
            raise SensuError(
                f"Sensu at {self.url} does not know who asks: check `api_key`, or who `user` is."
            )
        if status == _FORBIDDEN:
            raise SensuError(
                f"Sensu at {self.url} does not allow {request} to this user: give it a role that does."
            )
        if not 200 <= status < 300:
            raise SensuError(f"Sensu at {self.url} answers {request} with {status}: {_reason(content)}")
        if not content:
            return None
        try:
            return json.loads(content)
        except ValueError:
            raise SensuError(
                f"{self.url} gives no JSON for {request}: is that the API of a Sensu Go backend?"
            ) from None


def _connection(
    url: str, ca: Optional[str], validate_certs: bool, timeout_s: float
) -> Tuple[http.client.HTTPConnection, str]:
    """Return a connection, which is made when it is first used, and what all paths begin with."""
    wrong = SensuError(f"`url` is {url!r}, and must be like https://sensu.example.com:8080")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise wrong from None
    if parts.scheme not in ("http", "https") or not host or parts.username is not None or parts.query:
        raise wrong
    if parts.scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=timeout_s), parts.path
    try:
        context = ssl.create_default_context(cafile=ca)
    except OSError as error:  # ssl.SSLError too
        raise SensuError(f"`ca` is {ca}, which cannot be read as PEM: {error}") from None
    if not validate_certs:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(host, port, timeout=timeout_s, context=context), parts.path


def _path(names: Tuple[str, ...]) -> str:
    """Return where that is. Sensu finds no event by a name whose colons are escaped."""
    return CORE + "".join("/" + quote(name, safe=":") for name in names)


def _reason(content: bytes) -> str:
    """Return what Sensu says of a refusal."""
    text = content.decode("utf-8", "replace").strip()
    try:
        answer = json.loads(text)
    except ValueError:
        return text[:300]
    message = answer.get("message") or answer.get("Message") if isinstance(answer, dict) else None
    return str(message or text)[:300]
