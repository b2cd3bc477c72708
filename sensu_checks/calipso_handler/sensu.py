"""Reading Sensu Go's API: every event that it has, and when its backend started."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from .server import Server, ServerAnswer, UnreachableError
from .settings import SensuSettings

_PAGE = 500
_STARTED = re.compile(rb"^process_start_time_seconds (\S+)$", re.MULTILINE)


class SensuError(Exception):
    """Sensu's API does not give what was asked for; the text says why."""


class Sensu:
    """Sensu's API, entered as the settings say. SensuError; SettingsError."""

    def __init__(self, settings: SensuSettings) -> None:
        self._namespace = settings.namespace
        if settings.api_key is not None:
            authorization = f"Key {settings.api_key.read()}"
        else:
            authorization = f"Bearer {_token(settings)}"
        self._server = Server(settings.url, {"Authorization": authorization}, settings.ca)

    def backend_started(self) -> float:
        """Return when the backend's process started, in seconds since 1970."""
        found = _STARTED.search(_ask(self._server, "/metrics").content)
        if found is None:
            raise SensuError(f"{self._server.url}/metrics does not say process_start_time_seconds")
        return float(found[1])

    def events(self) -> Iterator[list[Mapping[str, Any]]]:
        """Yield all events of the namespace, in pages."""
        path = f"/api/core/v2/namespaces/{quote(self._namespace, safe='')}/events?limit={_PAGE}"
        place = ""
        while True:
            answer = _ask(self._server, f"{path}&continue={place}" if place else path)
            page = _document(self._server, answer)
            if not isinstance(page, list):
                raise SensuError(f"{self._server.url} gives no list of events")
            yield [event for event in page if isinstance(event, dict)]
            place = answer.headers.get("sensu-continue", "")
            if not place:
                return


def _token(settings: SensuSettings) -> str:
    """Return what user and password are exchanged for."""
    password = settings.password.read() if settings.password is not None else ""
    credentials = base64.b64encode(f"{settings.user}:{password}".encode()).decode()
    server = Server(settings.url, {"Authorization": f"Basic {credentials}"}, settings.ca)
    said = _document(server, _ask(server, "/auth"))
    server.close()
    token = said.get("access_token") if isinstance(said, dict) else None
    if not isinstance(token, str):
        raise SensuError(f"{settings.url}/auth gives no access_token")
    return token


def _ask(server: Server, path: str) -> ServerAnswer:
    try:
        answer = server.ask("GET", path)
    except UnreachableError as error:
        raise SensuError(f"Sensu: {error}") from None
    if answer.status != HTTPStatus.OK:
        why = " (is the API key or password right?)" if answer.status in (401, 403) else ""
        raise SensuError(f"Sensu: {server.url}{path.partition('?')[0]} answers {answer.status}{why}")
    return answer


def _document(server: Server, answer: ServerAnswer) -> Any:
    try:
        return json.loads(answer.content)
    except (ValueError, RecursionError):
        raise SensuError(f"Sensu: {server.url} gives no JSON") from None
