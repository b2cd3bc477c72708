"""The WSGI application: routes become Bottle's, errors become JSON, answers become bytes."""

from __future__ import annotations

import logging
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from http import HTTPStatus
from itertools import chain
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import bottle
from pydantic import BaseModel

from .answer import Answer, Stream, Text, chunks, encode
from .call import Call, NotModifiedError
from .metrics import Metrics
from .patience import Patience
from .problem import Problem, problems
from .request import client_address, read_body, read_query, tags, takes_gzip
from .route import Access, Route, all_routes

if TYPE_CHECKING:
    from ..accounts import Accounts
    from ..build.registry import Registry
    from ..store import Store

LOG = logging.getLogger("calipso.api")

JSON = "application/json"

_GZIP = 16 + zlib.MAX_WBITS
_GZIP_LEVEL = 5
_WORTH_GZIP = 1_024
"""Bytes."""


@dataclass(frozen=True, slots=True)
class Services:
    """What calls work with. `proxies`: addresses whose X-Forwarded-For is believed."""

    store: Store
    accounts: Accounts
    registry: Registry
    metrics: Metrics
    proxies: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Reply:
    """An answer as bytes."""

    status: HTTPStatus
    headers: dict[str, str]
    body: Iterable[bytes]


def make_application(services: Services) -> bottle.Bottle:
    """Return the WSGI application that serves every route."""
    application = bottle.Bottle()
    patience = Patience(services.store)
    for route in all_routes():
        application.route(route.path, route.method, _callback(services, patience, route))
    application.default_error_handler = _unrouted
    return application


def _callback(services: Services, patience: Patience, route: Route) -> Callable[[], bottle.HTTPResponse]:
    def callback() -> bottle.HTTPResponse:
        began = time.perf_counter()
        reply = _reply(services, patience, route)
        services.metrics.served(route, reply.status, time.perf_counter() - began)
        return _finished(reply)

    return callback


def _reply(services: Services, patience: Patience, route: Route) -> _Reply:
    call = _call(services)
    try:
        with problems(), patience.asking() if route.asks_store else nullcontext():
            return _success(call, route, _handled(call, route))
    except NotModifiedError as known:
        return _Reply(HTTPStatus.NOT_MODIFIED, {"ETag": str(known)}, [])
    except Problem as problem:
        if problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            LOG.warning("%s %s: %s", route.method, route.path, problem)
        return _failure(problem)
    except Exception:
        number = uuid4().hex[:12]
        LOG.exception("%s %s failed, error %s", route.method, route.path, number)
        return _failure(
            Problem(
                HTTPStatus.INTERNAL_SERVER_ERROR,
                f"this is a fault of Calipso; its log tells more under error {number}",
            )
        )


def _call(services: Services) -> Call:
    request = bottle.request
    scheme, _blank, bearer = _header("Authorization").partition(" ")
    token = _header("X-Auth-Token") or (bearer.strip() if scheme.lower() == "bearer" else None)
    return Call(
        store=services.store,
        accounts=services.accounts,
        registry=services.registry,
        metrics=services.metrics,
        account=None,
        token=token or None,
        address=client_address(request.environ, services.proxies),
        url=f"{request.path}?{request.query_string}",
        known_tags=tags(_header("If-None-Match")),
    )


def _header(name: str) -> str:
    """Return a header of the request, "" where there is none. Bottle's own way fails for what is no UTF-8."""
    return str(bottle.request.environ.get(f"HTTP_{name.upper().replace('-', '_')}", ""))


def _handled(call: Call, route: Route) -> Answer | Stream | Text:
    if route.access is not Access.ANYONE:
        if call.token is None:
            raise Problem(
                HTTPStatus.UNAUTHORIZED,
                "this needs a token in the header X-Auth-Token: POST /auth/tokens gives one",
                headers={"WWW-Authenticate": "Bearer"},
            )
        call.account = call.accounts.account(call.token)
    if route.access is Access.ADMIN and call.user.role != "admin":
        raise Problem(
            HTTPStatus.FORBIDDEN, f"only administrators may do this, and {call.user.name!r} is none"
        )
    given = _given(route)
    if route.access in (Access.VIEW, Access.EDIT):
        name = next((part.env_name for part in given.values() if hasattr(part, "env_name")), None)
        if name is not None:
            call.environment(name, edit=route.access is Access.EDIT)
    return route.handler(call, **given)


def _given(route: Route) -> dict[str, Any]:
    """Return the request's query and body, as the route declares them."""
    request = bottle.request
    given: dict[str, BaseModel] = {}
    if route.query is not None:
        given["query"] = read_query(route.query, request.query_string)
    elif request.query_string:
        raise Problem(HTTPStatus.BAD_REQUEST, f"{route.method} {route.path} takes no query parameters")
    if route.body is not None:
        source = request.environ["wsgi.input"]
        given["body"] = read_body(
            route.body, source, request.content_length, request.content_type, largest=route.largest_body
        )
    return given


def _success(call: Call, route: Route, answer: Answer | Stream | Text) -> _Reply:
    headers = {"Content-Type": f"{JSON}; charset=utf-8"}
    if call.tag is not None:
        headers["ETag"] = call.tag
    if isinstance(answer, Stream):
        pieces = chunks(answer)
        return _Reply(route.status, headers, chain([next(pieces)], _logged(pieces, route)))
    if isinstance(answer, Text):
        return _Reply(route.status, {"Content-Type": answer.media_type}, [answer.body.encode()])
    if route.status is HTTPStatus.NO_CONTENT:
        return _Reply(route.status, dict(answer.headers), [])
    return _Reply(
        answer.status or route.status, headers | dict(answer.headers), [encode(answer.body) + b"\n"]
    )


def _logged(pieces: Iterator[bytes], route: Route) -> Iterator[bytes]:
    """Yield the rest of a stream. Its status is sent: if it breaks off, so does the connection."""
    try:
        yield from pieces
    except Exception:
        LOG.exception("%s %s broke off", route.method, route.path)
        raise


def _failure(problem: Problem) -> _Reply:
    headers = {"Content-Type": f"{JSON}; charset=utf-8", **problem.headers}
    return _Reply(problem.status, headers, [encode(problem.body()) + b"\n"])


def _finished(reply: _Reply) -> bottle.HTTPResponse:
    """Return what Bottle sends: compressed where that is wanted, and worth it."""
    headers = {**reply.headers, "Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff"}
    body = reply.body
    whole = isinstance(body, list)
    if not isinstance(body, list) or sum(map(len, body)) >= _WORTH_GZIP:
        headers["Vary"] = "Accept-Encoding"
        if takes_gzip(_header("Accept-Encoding")):
            headers["Content-Encoding"] = "gzip"
            body = _compressed(body)
    return bottle.HTTPResponse(b"".join(body) if whole else body, int(reply.status), headers)


def _compressed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    compressor = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP)
    for piece in pieces:
        if packed := compressor.compress(piece):
            yield packed
    yield compressor.flush()


def _unrouted(error: bottle.HTTPError) -> bytes:
    """Answer for what no route takes."""
    status = HTTPStatus(error.status_code)
    request = bottle.request
    texts = {
        HTTPStatus.NOT_FOUND: f"there is no {request.path}: /openapi.json describes all that there is",
        HTTPStatus.METHOD_NOT_ALLOWED: f"{request.path} does not take {request.method}, but "
        f"{error.headers.get('Allow', '')}",
    }
    bottle.response.content_type = f"{JSON}; charset=utf-8"
    for name, value in error.headerlist:
        if name == "Allow":
            bottle.response.set_header(name, value)
    return encode(Problem(status, texts.get(status, status.description)).body()) + b"\n"
