"""Events of Sensu, posted: taken, refused one by one, or refused whole; the API serves on."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from api_server import Api

from calipso.model.monitoring import LinkSubject, ObjectSubject, check_name
from calipso.model.topology import Document
from calipso.store import Store

PATH = "/monitoring/events"
JSON = {"Content-Type": "application/json"}
MIB = 1024 * 1024


@pytest.fixture
def served(own_api: Api) -> Iterator[Api]:
    """The API, which must serve on."""
    yield own_api
    assert own_api.get("/ready")["status"] == "ok"


@pytest.fixture
def vnics(own_api: Api, store: Store) -> list[Document]:
    """The vNICs of environment blue."""
    assert own_api.uri
    return list(store.view("blue").objects(type="vnic"))


def event(
    name: str, status: int = 2, *, host: str = "cmp1", executed: float | None = None, **check: Any
) -> Any:
    """Return an event about environment blue."""
    return {
        "entity": {"metadata": {"name": host, "annotations": {"calipso_environment": "blue"}}},
        "check": {
            "metadata": {"name": name, "annotations": {"calipso_environment": "blue"}},
            "status": status,
            "output": "it is gone\n",
            "executed": int(time.time()) if executed is None else executed,
            **check,
        },
    }


def posted(api: Api, token: str, *events: Any) -> dict[str, Any]:
    """Return what became of events."""
    answer = api.ask("POST", PATH, token, json={"env_name": "blue", "events": events})
    assert answer.status_code == requests.codes.ok, answer.text
    return dict(answer.json())


def counted(**numbers: Any) -> dict[str, Any]:
    """Return an answer with these numbers, and none else."""
    names = ("changed", "unchanged", "ignored", "unknown", "samples")
    return {**dict.fromkeys(names, 0), "refused": [], **numbers}


def test_a_result_is_seen_at_once_on_the_object_and_the_link(
    served: Api, store: Store, vnics: list[Document]
) -> None:
    editor, viewer = served.log_in("editor"), served.log_in("viewer")
    vnic = vnics[0]
    link = next(store.view("blue").links(object_id=vnic["id"]))
    ends = LinkSubject(link["link_type"], link["source_id"], link["target_id"])
    url = f"/inventory?env_name=blue&id={vnic['id']}"
    tag = served.ask("GET", url, viewer).headers["ETag"]
    names = check_name(ObjectSubject("vnic", vnic["id"])), check_name(ends)
    assert posted(served, editor, *map(event, names)) == counted(changed=2)
    answer = served.ask("GET", url, viewer, headers={"If-None-Match": tag})
    assert answer.status_code == requests.codes.ok
    assert (answer.json()["status"], answer.json()["status_text"]) == ("error", "it is gone\n")
    down = served.get("/links", viewer, env_name="blue", state="down", id=link["id"])
    assert (down["state"], down["status"]) == ("down", "error")
    listed = served.get("/links", viewer, env_name="blue", state="down", source_id=link["source_id"])
    assert link["id"] in [each["id"] for each in listed["links"]]
    found = served.get("/messages", viewer, env_name="blue", related_object=vnic["id"])["messages"]
    assert [(each["level"], each["source_system"]) for each in found] == [("error", "Sensu")]


def hostile(vnic: Document) -> list[tuple[Any, str]]:
    """Return events that are wrong, with what is said of each."""
    name = check_name(ObjectSubject("vnic", vnic["id"]))
    nested: Any = "x"
    for _level in range(150):
        nested = [nested]
    red = {"calipso_environment": "red"}
    return [
        (None, "no JSON object"),
        ([], "no JSON object"),
        ("$where", "no JSON object"),
        ({}, "entity is no JSON object"),
        ({"entity": {}, "check": {}}, "name"),
        ({"client": "x"}, "client is no JSON object"),
        (event(name, status=None), "no integer"),
        (event(name, executed=-5), "no time"),
        (event(name, executed=1e300), "no time"),
        (event(name, executed=time.time() + 3_600), "in the future"),
        (event(name, output=["a"]), "no text"),
        (event(name, output="x" * 100_000), "larger than 64 KiB"),
        (event("vnic_a.zz"), "neither doubled"),
        (event("vnic"), "no check's name"),
        ({**event(name), "metrics": 7}, "metrics is no JSON object"),
        ({**event(name), "metrics": {"points": nested}}, "no JSON object"),
        (event(name, metadata={"name": name, "annotations": red}), "of environment 'red'"),
    ]


def test_each_wrong_event_is_refused_by_itself(served: Api, store: Store, vnics: list[Document]) -> None:
    token = served.log_in("editor")
    name = check_name(ObjectSubject("vnic", vnics[0]["id"]))
    wrong = hostile(vnics[0])
    found = posted(served, token, *(each for each, _said in wrong), event(name))
    assert found["changed"] == 1
    assert [refusal["index"] for refusal in found["refused"]] == list(range(len(wrong)))
    for refusal, (_event, said) in zip(found["refused"], wrong, strict=True):
        assert said in refusal["message"]
    told = store.messages("blue", {"source_system": "Sensu", "level": "warn"})
    assert 0 < len(told) <= len(wrong)
    posted(served, token, *(each for each, _said in wrong))
    assert len(store.messages("blue", {"source_system": "Sensu", "level": "warn"})) == len(told)


def test_hostile_texts_are_kept_as_texts(served: Api, store: Store, vnics: list[Document]) -> None:
    token = served.log_in("editor")
    texts = ["\0", "{{ 7*7 }}", "<script>", "$where", "\u202e" * 10, "\r\n\x1b[31m", "é" * 16_000]
    for vnic, text in zip(vnics, texts, strict=False):
        name = check_name(ObjectSubject("vnic", vnic["id"]))
        assert posted(served, token, event(name, output=text, host=text[:99]))["changed"] == 1
        shown = store.view("blue").object(vnic["id"])
        assert shown is not None
        assert shown["status_text"][:99] == text[:99]
    unknown = [event(check_name(ObjectSubject("vnic", text))) for text in texts[:5]]
    assert posted(served, token, *unknown) == counted(unknown=5)
    foreign = {"entity": {"metadata": {"name": "x"}}, "check": {"metadata": {"name": "cpu"}, "status": 2}}
    assert posted(served, token, foreign) == counted(ignored=1)


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"", 400, "no JSON"),
        (b"[1]", 400, "body"),
        (b'{"env_name": "blue", "events": 7}', 400, "body.events"),
        (b'{"env_name": "blue", "events": [NaN]}', 400, "no JSON"),
        (b'{"env_name": "blue", "events": ["\\ud800"]}', 400, "body"),
        (b'{"env_name": "blue", "events": [' + b"[" * 50_000 + b"]" * 50_000 + b"]}", 400, "no JSON"),
        (b'{"env_name": "blue", "events": [' + b"[" * 500 + b"]" * 500 + b"]}", 400, "body"),
        (json.dumps({"env_name": "blue", "events": [0] * 1_001}).encode(), 400, "1000 items"),
        (json.dumps({"env_name": "blue", "events": ["x" * (10 * MIB)]}).encode(), 413, "4096 KiB"),
    ],
)
def test_a_request_that_is_wrong_is_refused_whole(
    served: Api, content: bytes, status: int, said: str
) -> None:
    answer = served.ask("POST", PATH, served.log_in("editor"), data=content, headers=JSON)
    assert answer.status_code == status, answer.text
    assert said in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("user", "status"), [(None, 401), ("garbage", 401), ("viewer", 403), ("stranger", 404)]
)
def test_who_may_not_edit_tells_nothing(
    served: Api, store: Store, vnics: list[Document], user: str | None, status: int
) -> None:
    token = served.log_in(user) if user in ("viewer", "stranger") else user
    sent = event(check_name(ObjectSubject("vnic", vnics[0]["id"])))
    answer = served.ask("POST", PATH, token, json={"env_name": "blue", "events": [sent]})
    assert answer.status_code == status
    assert store.statuses("blue") == []


def test_a_request_may_have_four_mib_and_many_come_at_once(
    served: Api, store: Store, vnics: list[Document]
) -> None:
    """Several clients post the same events, large ones too, at the same time."""
    token = served.log_in("editor")
    names = [check_name(ObjectSubject("vnic", vnic["id"])) for vnic in vnics]
    now = time.time()
    events = [event(name, output="x" * 15_000, executed=now - age) for age in range(20) for name in names][
        :250
    ]

    def post(turn: int) -> dict[str, Any]:
        return posted(served, token, *(events if turn % 2 else reversed(events)))

    with ThreadPoolExecutor(6) as clients:
        found = list(clients.map(post, range(6)))
    known = {names.index(each["check"]["metadata"]["name"]) for each in events}
    assert sum(each["changed"] for each in found) == len(known)
    assert all(each["changed"] + each["unchanged"] == len(events) for each in found)
    assert len(store.status_history("blue")) == len(known)
    newest = datetime.fromtimestamp(now, UTC)
    assert all(
        abs((each["status_timestamp"] - newest).total_seconds()) < 1 for each in store.statuses("blue")
    )
