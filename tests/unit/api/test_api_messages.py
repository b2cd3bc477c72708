"""Messages that other systems post, and what people say of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from api_server import Api

from calipso.model.topology import Message
from calipso.store import Store

BLUE = {"env_name": "blue"}


def told(**what: Any) -> dict[str, Any]:
    """Return a message that SNMP posts."""
    return {"source_system": "SNMP", "level": "warn", "message": "port 7 flaps", **what}


def post(api: Api, *messages: dict[str, Any], caller: str = "editor") -> Any:
    """Post messages about environment blue; return the answer."""
    return api.ask("POST", "/messages", api.log_in(caller), json={**BLUE, "messages": list(messages)})


def mark(api: Api, id_: str, **marks: bool) -> int:
    """Mark a message; return the status of the answer."""
    answer = api.ask("PUT", "/messages", api.log_in("editor"), params={"id": id_}, json=marks)
    return answer.status_code


def test_what_others_post_is_found_at_its_object(own_api: Api, store: Store) -> None:
    host = next(store.view("blue").objects(type="host"))["id"]
    at = datetime(2026, 1, 1, tzinfo=UTC)
    hostile = "<script>\u202e\x00 $(id) {{ 7 }}"
    sent = [
        told(related_object=host, timestamp=at.isoformat()),
        told(related_object=host),
        told(message=hostile, level="crit", source_system="rsyslog of dc-1"),
    ]
    assert post(own_api, *sent).json()["noted"] == 3
    token = own_api.log_in("viewer")
    [found] = own_api.get("/messages", token, related_object=host, source_system="SNMP")["messages"]
    assert (found["related_object_type"], found["timestamp"][:10]) == ("host", "2026-01-01")
    assert found["last_seen"] > found["timestamp"], "it was told twice"
    assert (found["viewed"], found["finished"]) == (False, False)
    [worst] = own_api.get("/messages", token, **BLUE, at_least="error")["messages"]
    assert worst["message"] == hostile
    assert mark(own_api, found["id"], viewed=True) == 200
    assert own_api.get("/messages", token, id=found["id"])["viewed"] is True


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (told(source_system="Calipso"), "only Calipso itself"),
        (told(source_system="Sensu"), "only Sensu itself"),
        (told(source_system="a\nb"), "source_system"),
        (told(level="bad"), "level"),
        (told(message=""), "message"),
        (told(related_object="none"), "no object"),
        (told(timestamp="yesterday"), "timestamp"),
        (told(more=1), "more"),
    ],
)
def test_what_is_wrong_is_said(own_api: Api, store: Store, message: dict[str, Any], said: str) -> None:
    before = len(store.messages("blue"))
    answer = post(own_api, told(), message)
    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]
    assert len(store.messages("blue")) == before, "all or nothing"


def test_a_thousand_at_once_and_no_more(own_api: Api) -> None:
    assert post(own_api, *(told(message=str(number)) for number in range(1000))).status_code == 201
    assert post(own_api, *(told(message=str(number)) for number in range(1001))).status_code == 400
    assert mark(own_api, "none", viewed=True) == 404
    assert mark(own_api, "none") == 400


def test_old_messages_go(store: Store) -> None:
    """Of 100,000, which take no longer to find than a few."""
    store.prepare()
    now = datetime(2026, 6, 1, tzinfo=UTC)
    many = [Message("info", f"event {number}") for number in range(50_000)]
    store.add_messages("blue", many, scan_id=None, at=now - timedelta(days=91))
    store.add_messages("blue", many[:10_000], scan_id=None, at=now)
    store.add_messages("red", many[:10], scan_id=None, at=now - timedelta(days=91))
    assert store.forget_messages("blue", before=now - timedelta(days=90)) == 40_000
    assert store.forget_messages("blue", before=now - timedelta(days=90)) == 0
    assert len(store.messages("blue", limit=100_000)) == 10_000
    assert len(store.messages("red")) == 10
