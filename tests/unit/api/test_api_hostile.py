"""Whatever is sent, the API answers with a clear error, and serves on."""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from api_server import Api

JSON = {"Content-Type": "application/json"}
OPERATORS = ('{"$ne": ""}', '{"$gt": ""}', "$where", "[$ne]", '{"$regex": ".*"}', "../../..", "' or 1=1")


@pytest.fixture(autouse=True)
def _serves_on(api: Api) -> Iterator[None]:
    yield
    assert api.get("/ready")["status"] == "ok"


def fault(api: Api, method: str, path: str, token: str | None, status: int, **how: object) -> str:
    """Return what the answer, which must have this status, says is wrong."""
    answer = api.ask(method, path, token, **how)
    assert answer.status_code == status, f"{answer.status_code}: {answer.text[:500]}"
    error = answer.json()["error"]
    assert error["code"] == status
    assert error["reason"]
    return str(error["message"])


@pytest.mark.parametrize("operator", OPERATORS)
def test_operators_are_plain_text(api: Api, tokens: dict[str, str], operator: str) -> None:
    """What is no object's id, name or type finds nothing, wherever it stands."""
    token = tokens["viewer"]
    assert "no environment" in fault(
        api, "GET", "/inventory", token, 404, params={"env_name": operator, "id": "x"}
    )
    for path, name, parameters in (
        ("/inventory", "objects", ("id_path", "parent_id", "type")),
        ("/links", "links", ("host", "link_type", "link_name", "source_id", "state", "attributes:network")),
        ("/cliques", "cliques", ("focal_point", "focal_point_type", "link_type", "link_id")),
        ("/messages", "messages", ("related_object", "source_system")),
    ):
        for parameter in parameters:
            assert api.get(path, token, env_name="blue", **{parameter: operator})[name] == []
    assert api.get("/search", token, q=operator)["objects"] == []
    for path in ("/inventory", "/links", "/cliques", "/messages", "/scans"):
        fault(api, "GET", path, token, 404, params={"env_name": "blue", "id": operator})
    fault(api, "GET", "/links", token, 400, params={"env_name": "blue", "attributes:$where": "1"})
    fault(api, "GET", "/links", token, 400, params={"env_name": "blue", "id[$ne]": "1"})
    login = {"auth": {"methods": ["credentials"], "credentials": {"username": {"$ne": ""}, "password": "x"}}}
    assert "username" in fault(api, "POST", "/auth/tokens", None, 400, json=login)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("page=-1", "query.page"),
        ("page=1e3", "query.page"),
        (f"page={10**30}", "query.page"),
        ("page_size=0", "query.page_size"),
        ("page_size=10001", "query.page_size"),
        ("page=0&page=1", "twice"),
        ("colour=red", "query.colour"),
        ("type=%ff", "UTF-8"),
        ("type=%00", "NUL"),
        ("generation=1&at=2026-01-01T00:00:00Z", "exclude each other"),
        ("at=yesterday", "query.at"),
        ("at=2026-01-01T00:00:00", "query.at"),
        ("at=1700000000", "ISO 8601"),
        ("sub_tree=maybe", "query.sub_tree"),
        ("sub_tree=true", "parent_path"),
        ("&".join(["a=b"] * 300), "parameters"),
    ],
)
def test_a_wrong_query_is_told(api: Api, tokens: dict[str, str], query: str, said: str) -> None:
    path = f"/inventory?env_name=blue&{query}"
    assert said in fault(api, "GET", path, tokens["viewer"], 400)


def test_pages_beyond_the_end_are_empty(api: Api, tokens: dict[str, str]) -> None:
    for page in (1, 10**9):
        found = api.get("/inventory", tokens["viewer"], env_name="blue", page=page, page_size=10_000)
        assert found == {"objects": []}


@pytest.mark.parametrize(
    ("generation", "status"),
    [("0", 404), ("3", 404), ("-1", 404), (str(10**40), 404), ("gone", 404), ("1970-01-01", 404)],
)
def test_states_that_are_not_there_are_told(
    api: Api, tokens: dict[str, str], generation: str, status: int
) -> None:
    query = {"env_name": "blue", "generation": generation}
    assert "it has 1, 2" in fault(api, "GET", "/inventory", tokens["viewer"], status, params=query)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"[" * 200_000, "no JSON"),
        (b'{"a": NaN}', "no JSON"),
        (b'{"env_name": "\xff"}', "UTF-8"),
        ('{"env_name": "blue"}'.encode("utf-16"), "UTF-8"),
        (b"[]", "body"),
        (b"null", "body"),
        (b'"text"', "body"),
        (b'{"env_name": 1, "name": "x"}', "body.env_name"),
        (b'{"env_name": "blue", "name": "\\ud800"}', "body"),
        (b'{"env_name": "blue", "name": "x", "generation": 1e400}', "body"),
        (b'{"env_name": "blue", "name": "latest"}', "no name for a snapshot"),
        (b'{"env_name": "blue", "name": "x", "more": 1}', "body.more"),
    ],
)
def test_a_wrong_body_is_told(api: Api, tokens: dict[str, str], content: bytes, said: str) -> None:
    token = tokens["root"]
    assert said in fault(api, "POST", "/snapshots", token, 400, data=content, headers=JSON)


def test_a_body_that_is_too_large_or_of_another_kind_is_refused(api: Api, tokens: dict[str, str]) -> None:
    token = tokens["root"]
    large = b'{"a": "' + b"x" * 2_000_000 + b'"}'
    fault(api, "POST", "/snapshots", token, 413, data=large, headers=JSON)
    fault(api, "POST", "/snapshots", token, 413, data=iter([large]), headers=JSON)
    fault(api, "POST", "/snapshots", token, 415, data="<a/>", headers={"Content-Type": "text/xml"})
    packed = gzip.compress(json.dumps({"env_name": "blue", "name": "x"}).encode())
    fault(api, "POST", "/snapshots", token, 400, data=packed, headers={**JSON, "Content-Encoding": "gzip"})


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/inventory/", 404),
        ("GET", "/inventory/x/y/z" * 100, 404),
        ("GET", "/..%2f..%2fetc/passwd", 404),
        ("GET", "/%00", 404),
        ("GET", "/%ff", 404),
        ("POST", "/inventory", 405),
        ("PATCH", "/users", 405),
        ("OPTIONS", "/auth/tokens", 405),
        ("TRACE", "/health", 405),
        ("GET", "/inventory?" + "x" * 9_000, 414),
    ],
)
def test_what_is_not_there_is_told(api: Api, method: str, path: str, status: int) -> None:
    fault(api, method, path, None, status)
    if status == 405:
        assert api.ask(method, path).headers["Allow"]


@pytest.mark.parametrize("token", ["x", "x" * 8_000, "Bearer", "$ne", "a\tb", "\xe9"])
def test_tokens_that_are_none_are_refused(api: Api, token: str) -> None:
    headers = {"X-Auth-Token": token.encode("latin-1")}
    assert "token" in fault(api, "GET", "/inventory?env_name=blue", None, 401, headers=headers)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET /health HTTP/9.9\r\n\r\n", 400),
        (b"GET /health HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"GET /health HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n", 431),
        (b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n", 414),
    ],
)
def test_what_is_no_request_is_answered_too(api: Api, sent: bytes, status: int) -> None:
    address = urlsplit(api.address)
    with socket.create_connection((str(address.hostname), address.port or 0), timeout=10) as connection:
        connection.sendall(sent)
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    head, _blank, body = answer.partition(b"\r\n\r\n")
    assert head.split()[1] == str(status).encode()
    assert json.loads(body)["error"]["code"] == status
