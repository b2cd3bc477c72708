"""Who may ask what: every route, asked by everybody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import pytest
from api_server import PASSWORD, Api
from pymongo import MongoClient

from calipso.accounts import Accounts
from calipso.api.route import Access, Route, all_routes
from calipso.model.clique import CliqueType, clique_type_document
from calipso.store import Store
from calipso.work import requests, schedules

ROUTES = {f"{route.method} {route.path}": route for route in all_routes()}

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Sample:
    """A request that is right, for a route."""

    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None


BLUE = {"env_name": "blue"}


OTHERS = CliqueType("others", "instance", ("instance-vnic",), environment="blue")


def samples(host: str, scan: str, schedule: str, message: str) -> dict[str, Sample]:
    """Return a request for each route; `host` is the id of an object, `scan` that of a scan that waits,
    `schedule` and `message` those of a scheduled scan and a message, all of environment blue.
    """
    blue = Sample(BLUE)
    nothing = Sample()
    return {
        "DELETE /auth/tokens": nothing,
        "DELETE /clique_types": Sample({"id": clique_type_document(OTHERS)["id"]}),
        "DELETE /environment_configs": Sample({"name": "blue", "inventory": "keep"}),
        "DELETE /scheduled_scans": Sample({"id": schedule}),
        "DELETE /snapshots": Sample({**BLUE, "name": "as designed"}),
        "DELETE /users": Sample({"name": "idle"}),
        "DELETE /users/tokens": Sample({"name": "idle"}),
        "GET /aggregates": Sample({"type": "environment", **BLUE}),
        "GET /auth/account": nothing,
        "GET /clique": Sample({**BLUE, "id": host}),
        "GET /clique_constraints": nothing,
        "GET /clique_types": blue,
        "GET /cliques": blue,
        "GET /compare": Sample({**BLUE, "before": "1"}),
        "GET /connection_tests": blue,
        "GET /constants": nothing,
        "GET /environment_configs": nothing,
        "GET /generations": blue,
        "GET /health": nothing,
        "GET /inventory": blue,
        "GET /links": blue,
        "GET /messages": blue,
        "GET /metrics": nothing,
        "GET /monitoring_config": blue,
        "GET /monitoring_config_templates": nothing,
        "GET /monitoring/health": Sample({**BLUE, "id": host}),
        "GET /monitoring/history": blue,
        "GET /monitoring/statuses": blue,
        "GET /objects": Sample({**BLUE, "id": host}),
        "GET /openapi.json": nothing,
        "GET /ready": nothing,
        "GET /scans": blue,
        "GET /scheduled_scans": blue,
        "GET /search": Sample({**BLUE, "q": "vm"}),
        "GET /snapshots": blue,
        "GET /switch_ports": blue,
        "GET /statistics": Sample({**BLUE, "id": host}),
        "GET /users": nothing,
        "GET /users/tokens": Sample({"name": "idle"}),
        "POST /auth/tokens": Sample(
            body={
                "auth": {
                    "methods": ["credentials"],
                    "credentials": {"username": "idle", "password": PASSWORD},
                }
            }
        ),
        "DELETE /monitoring_config_templates": Sample({"id": "mine", "environment": "blue"}),
        "POST /monitoring_config_templates": Sample(
            body={"id": "vnic", "side": "client", "type": "vnic", "environment": "blue"}
        ),
        "POST /clique_types": Sample(
            body={
                "environment": "blue",
                "name": "mine",
                "focal_point_type": "instance",
                "link_types": ["instance-vnic"],
            }
        ),
        "POST /connection_tests": Sample(body={**BLUE, "test_targets": ["OpenStack"]}),
        "POST /environment_configs": Sample(body={"name": "green", "distribution": "Kolla"}),
        "POST /messages": Sample(
            body={**BLUE, "messages": [{"source_system": "SNMP", "level": "warn", "message": "port flaps"}]}
        ),
        "POST /monitoring/events": Sample(body={**BLUE, "events": []}),
        "POST /scans": Sample(body=BLUE),
        "POST /scans/abort": Sample(body={"id": scan}),
        "POST /scheduled_scans": Sample(body={**BLUE, "freq": "DAILY"}),
        "POST /snapshots": Sample(body={**BLUE, "name": "before change 4711"}),
        "POST /users": Sample(body={"name": "new", "password": PASSWORD}),
        "PUT /environment_configs": Sample({"name": "blue"}, {"env_type": "testing"}),
        "PUT /messages": Sample({"id": message}, {"viewed": True}),
        "PUT /scheduled_scans": Sample({"id": schedule}, {"enabled": False}),
        "PUT /users": Sample({"name": "idle"}, {"role": "user"}),
    }


EDITORS = ("editor", "owner", "root")
VIEWERS = ("viewer", *EDITORS)
NOBODIES = ("nobody", "garbage", "expired", "revoked", "disabled", "removed")
HARMLESS = (*NOBODIES, "stranger", "viewer")
"""Those who may change nothing of what the others see."""

ABOUT_BLUE = dict.fromkeys(
    (
        "POST /clique_types",
        "DELETE /clique_types",
        "POST /scans/abort",
        "PUT /messages",
        "PUT /scheduled_scans",
        "DELETE /scheduled_scans",
    ),
    Access.EDIT,
)
"""Routes whose rights depend on what the request says: what they need for one about environment blue."""


def expected(route: Route, caller: str) -> HTTPStatus:
    """Return the status that a caller must get."""
    access = ABOUT_BLUE.get(f"{route.method} {route.path}", route.access)
    if access is Access.ANYONE:
        return route.status
    if caller in NOBODIES:
        return HTTPStatus.UNAUTHORIZED
    if access is Access.ADMIN and caller != "root":
        return HTTPStatus.FORBIDDEN
    if access in (Access.VIEW, Access.EDIT) and caller not in VIEWERS:
        return HTTPStatus.NOT_FOUND
    if access is Access.EDIT and caller not in EDITORS:
        return HTTPStatus.FORBIDDEN
    return route.status


def token_of(caller: str, api: Api, accounts: Accounts, store: Store) -> str | None:
    """Return the token that a caller shows."""
    hour = timedelta(hours=1)
    if caller == "nobody":
        return None
    if caller == "garbage":
        return "garbage"
    if caller == "expired":
        return Accounts(store, clock=lambda: LONG_AGO).issue("root", lifetime=hour).token
    if caller == "revoked":
        token = accounts.issue("root", lifetime=hour).token
        accounts.log_out(token)
        return token
    if caller == "disabled":
        token = accounts.issue("leaver", lifetime=hour).token
        accounts.change_user("leaver", disabled=True)
        return token
    if caller == "removed":
        accounts.add_user("gone", PASSWORD, role="admin")
        token = accounts.issue("gone", lifetime=hour).token
        store.remove_user("gone")
        return token
    return api.log_in(caller)


def in_order(names: Iterable[str]) -> list[str]:
    """Return requests in an order in which none takes away what another needs."""
    last = ["DELETE /environment_configs", "DELETE /auth/tokens"]
    return [*sorted(set(names) - set(last), reverse=True), *last]


@pytest.mark.parametrize("callers", [HARMLESS, *((editor,) for editor in EDITORS)])
def test_rights_follow_from_the_route(own_api: Api, store: Store, callers: tuple[str, ...]) -> None:
    host = next(store.view("blue").objects(type="host"))["id"]
    store.add_clique_type(OTHERS)
    store.put_monitoring_template(
        {"id": "mine", "environment": "blue", "side": "client", "type": "vnic", "config": None}
    )
    [message] = store.messages("blue", {"message": "an old kernel"})
    asked = samples(host, *asked_of_workers(store), message["id"])
    assert asked.keys() == ROUTES.keys(), "each route needs a sample request"
    for caller in callers:
        token = token_of(caller, own_api, Accounts(store), store)
        kept = secrets(own_api.uri)
        found, wanted = {}, {}
        for name in in_order(asked):
            route, sample = ROUTES[name], asked[name]
            how = {"params": dict(sample.query), "json": sample.body}
            answer = own_api.ask(route.method, route.path, token, **how)
            found[name], wanted[name] = answer.status_code, expected(route, caller)
            if not answer.ok:
                fault = answer.json()["error"]
                assert fault["code"] == answer.status_code
                assert fault["message"]
            assert not [secret for secret in (*kept, token or PASSWORD) if secret in answer.text]
        assert found == wanted, caller


def asked_of_workers(store: Store) -> tuple[str, str]:
    """Ask for a scan of environment blue, and for one every day; return their ids."""
    how: dict[str, Any] = {"by": "root", "at": datetime.now(UTC)}
    scan = requests.ask(store, "blue", requests.options(), **how)
    schedule = schedules.add(store, "blue", {"freq": "DAILY"}, options=requests.options(), **how)
    return scan["id"], schedule["id"]


def secrets(uri: str) -> set[str]:
    """Return what nobody is ever told: the password, and what is kept in its and the tokens' stead."""
    with MongoClient[dict[str, Any]](uri) as client:
        database = client.get_default_database()
        hashes = {user["password_hash"] for user in database["users"].find()}
        digests = {str(token["_id"]) for token in database["tokens"].find()}
    assert hashes
    return {PASSWORD} | hashes | digests


def test_lists_over_all_environments_hold_what_one_may_see(own_api: Api, store: Store) -> None:
    """A viewer of blue meets nothing of red, a stranger nothing of blue, an administrator both."""
    now = datetime.now(UTC)
    for name in ("blue", "red"):
        store.request_scan(name, options={}, by="root", at=now)
        schedules.add(store, name, {"freq": "DAILY"}, options={}, by="root", at=now)
        store.request_connection_test(name, targets=["OpenStack"], by="root", at=now)
        store.add_clique_type(CliqueType("its own", "instance", ("instance-vnic",), environment=name))
    lists = {
        "/messages": "messages",
        "/scans": "scans",
        "/scheduled_scans": "scheduled_scans",
        "/connection_tests": "connection_tests",
        "/clique_types": "clique_types",
        "/environment_configs": "environment_configs",
    }
    for user, visible in (("viewer", {"blue"}), ("stranger", {"red"}), ("root", {"blue", "red"})):
        token = own_api.log_in(user)
        for path, name in lists.items():
            found = own_api.get(path, token)[name]
            environments = {each.get("environment") or each.get("name") for each in found}
            assert environments & {"blue", "red"} == visible, path
        assert {each["environment"] for each in own_api.get("/search", token, q="vm")["objects"]} == visible
        counted = own_api.get("/aggregates", token, type="message")["aggregates"]["environments"]
        assert set(counted) & {"blue", "red"} == visible
        metrics = own_api.ask("GET", "/metrics", token).text
        assert {name for name in ("blue", "red") if f'environment="{name}"' in metrics} == visible


def test_every_change_is_noted_with_who_made_it(own_api: Api) -> None:
    editor, root = own_api.log_in("editor"), own_api.log_in("root")
    own_api.ask("POST", "/snapshots", editor, json={**BLUE, "name": "mine"})
    own_api.ask("PUT", "/environment_configs", editor, params={"name": "blue"}, json={"env_type": "testing"})
    own_api.ask("POST", "/users", root, json={"name": "ann", "password": PASSWORD})
    own_api.ask("PUT", "/users", root, params={"name": "ann"}, json={"password": PASSWORD + "!"})
    messages = own_api.get("/messages", root, level="notice")["messages"]
    noted = [(each["user"], each["environment"]) for each in messages if "user" in each]
    assert noted == [("root", None), ("root", None), ("editor", "blue"), ("editor", "blue")]
    assert not any(PASSWORD in each["message"] for each in messages)
    seen = own_api.get("/messages", editor, level="notice")["messages"]
    assert [(each["user"], each["environment"]) for each in seen] == noted[2:]
