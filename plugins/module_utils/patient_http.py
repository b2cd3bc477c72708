# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""HTTP that is patient with a busy server, and quick to give up on a dead one."""

from __future__ import annotations

import re
from typing import Any

try:
    from requests.adapters import HTTPAdapter
    from urllib3.exceptions import ReadTimeoutError
    from urllib3.util.retry import Retry
except ImportError:  # openstacksdk brings both; without them nothing of this is used
    HTTPAdapter = Retry = object
    ReadTimeoutError = ()

CONNECT_TIMEOUT = 10.0
"""Seconds for a connection to be made; a server that is there answers in far less."""

_LONGEST_RETRY_AFTER = 60.0
_BUSY = (429, 500, 502, 503, 504)
_CAUSES = (
    re.compile(r"\[SSL[^\]]*\] ([^('\"]+)"),
    re.compile(r"(invalid path: \S+)"),
    re.compile(r"\[Errno -?\d+\] ([^')\"\]]+)"),
    re.compile(r"(Remote end closed connection without response|timed out)"),
)
"""How the layers below name the cause of a network's error, the most telling first."""


class _BusyRetry(Retry):
    """Tries again what was refused, cut off or answered by a busy server; never what took too long."""

    def increment(self, *args: Any, error: Exception | None = None, **kwargs: Any) -> _BusyRetry:
        if isinstance(error, ReadTimeoutError):
            raise error
        return super().increment(*args, error=error, **kwargs)

    def get_retry_after(self, response: Any) -> float | None:
        seconds = super().get_retry_after(response)
        return None if seconds is None else min(seconds, _LONGEST_RETRY_AFTER)


class LiveAdapter(HTTPAdapter):
    """Sends requests to the cloud, `connections` of them at once to one service."""

    def __init__(self, connections: int) -> None:
        retries = _BusyRetry(
            total=None,
            connect=2,
            read=2,
            redirect=0,
            status=4,
            other=0,
            status_forcelist=_BUSY,
            allowed_methods=None,
            backoff_factor=0.5,
            raise_on_status=False,
        )
        super().__init__(pool_maxsize=connections, max_retries=retries)

    def send(self, request: Any, timeout: float | None = None, **options: Any) -> Any:
        limits = (CONNECT_TIMEOUT if timeout is None else min(timeout, CONNECT_TIMEOUT), timeout)
        return super().send(request, timeout=limits, **options)


def http_session(transport: Any) -> Any:
    """Return a session of `requests` that sends everything through `transport`."""
    import requests

    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, transport)
    return session


def network_cause(text: str) -> str | None:
    """Return the cause that the long text of a network's error names, or None."""
    found = (cause.search(text) for cause in _CAUSES)
    return next((match.group(1).strip() for match in found if match), None)
