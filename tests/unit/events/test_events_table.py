"""The table of events: every handler takes any payload; users' own handlers are in force; faults are told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from simulated_notifications import recorded

from calipso.events.follower import Follower
from calipso.events.notification import Notification, read_notification
from calipso.events.result import Ask
from calipso.events.table import Handlers
from calipso.model.metadata import OURS, PATH_VARIABLE, InvalidMetadataError
from calipso.store import Store

NOW = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)
ENVIRONMENT = "lab"
TABLE: Mapping[str, str] = yaml.safe_load((OURS / "events.yml").read_text("utf-8"))["event_handlers"]
INSTANCE = "dc58276f-78b8-428c-a8db-379af8205df5"

UNRECORDED = {
    "server_group.recorded": {"server_group_id": "g1", "name": "group", "policies": ["affinity"]},
    "trunk.changed": {"trunk": {"id": "t1", "port_id": "p1", "sub_ports": [{"port_id": "p2"}]}},
    "agent.deleted": {"agent_id": "a1"},
    "project.changed": {"resource_info": "p1"},
}
"""Payloads of what was not recorded, by the handler."""

WELL_FORMED = (
    "network.update.end",
    "subnet.update.end",
    "port.update.end",
    "router.update.end",
    "floatingip.update.end",
    "agent.update.end",
    "service.update",
    "compute.instance.update",
    "instance.update",
)
"""What is told of things before and after something malformed is."""

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=8)
    | st.sampled_from(["", "\0", "\ud800", "$where", "a.b", 2**63, 10**400, 1e400, "x" * 100_000]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def message_of(event_type: str) -> dict[str, Any]:
    """Return a message of this type: a recorded one, or one of another type with the same handler."""
    handler = TABLE[event_type]
    versioned = not event_type.startswith("compute.")
    alike = [
        message
        for other, message in recorded().items()
        if TABLE.get(other) == handler and versioned != other.startswith("compute.")
    ]
    found = recorded().get(event_type) or (alike[0] if alike else None)
    if found is None:
        found = {"publisher_id": "network.ctl1", "priority": "INFO", "payload": UNRECORDED[handler]}
    return {**deepcopy(dict(found)), "event_type": event_type, "timestamp": str(NOW)}


def places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the way to everything that a payload holds, and to the payload itself."""
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


def event(message: Mapping[str, Any]) -> Notification:
    """Return a message as it is read from the bus."""
    return read_notification(json.dumps({"oslo.message": json.dumps(message)}), now=NOW)


def follower(store: Store, handlers: Handlers, asks: list[Ask]) -> Follower:
    """Return a follower of an environment of which nothing is known."""
    found = Follower(store, ENVIRONMENT, handlers, ask=asks.extend, clock=lambda: NOW)
    found.read()
    return found


def test_every_event_of_the_table_is_handled(store: Store) -> None:
    following = follower(store, Handlers([OURS]), [])
    for event_type in TABLE:
        taken = following.take([event(message_of(event_type))])
        assert [(event_type, each.verdict) for each in taken] == [(event_type, "done")]


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_malformed_payloads_end_as_dead_or_done(data: st.DataObject, store: Store) -> None:
    messages = []
    for _number in range(data.draw(st.integers(1, 4))):
        message = message_of(data.draw(st.sampled_from(sorted(TABLE))))
        for _change in range(data.draw(st.integers(1, 2))):
            path = data.draw(st.sampled_from([("payload", *way) for way in places(message["payload"])]))
            holder: Any = message
            for key in path[:-1]:
                holder = holder[key]
            if isinstance(holder, dict) and data.draw(st.booleans()):
                del holder[path[-1]]
                break
            holder[path[-1]] = data.draw(ANYTHING)
        messages.append(message)
    asks: list[Ask] = []
    following = follower(store, Handlers([OURS]), asks)
    well_formed = [message_of(event_type) for event_type in WELL_FORMED]
    taken = following.take([event(message) for message in (*well_formed, *messages)])
    assert {each.verdict for each in taken[: len(well_formed)]} == {"done"}
    assert {each.verdict for each in taken} <= {"done", "dead"}
    assert all(each.reason for each in taken if each.verdict == "dead")
    later = str(NOW + timedelta(seconds=1))
    taken = following.take([event({**message, "timestamp": later}) for message in well_formed])
    assert {each.verdict for each in taken} == {"done"}
    assert all(isinstance(ask.value, str) for ask in asks)
    following.publish()


HANDLER = """
    from calipso.events.result import Ask, EventResult
    from calipso.model.fact_change import FactChange


    def handle(event, known):
        said = event.payload
        return EventResult(
            result=said.get("result", True),
            retry=said.get("retry", False),
            message=said.get("message"),
            level="warn",
            related_object=said.get("about"),
            related_object_type="instance",
            display_context=said.get("shown_in"),
            changes=(FactChange("network", "n1", event.at, {"id": "n1", "name": "x"}),),
            ask=(Ask("host", "name", "cmp1"),),
        )
"""


@pytest.fixture
def users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A metadata directory of users', with a handler of theirs for an event of ours and for one of theirs."""
    (tmp_path / "event_handlers").mkdir()
    (tmp_path / "event_handlers" / "mine.py").write_text(dedent(HANDLER))
    (tmp_path / "events.yml").write_text(
        dedent(
            """
            queues: [{exchange: octavia, routing_keys: ["notifications.*"]}]
            event_handlers:
              loadbalancer.create: mine
              compute.instance.pause.end: mine
            """
        )
    )
    monkeypatch.setenv(PATH_VARIABLE, str(tmp_path))
    return tmp_path


def own(**payload: object) -> Notification:
    """Return an event that users have a handler for."""
    return event(
        {
            "event_type": "loadbalancer.create",
            "publisher_id": "octavia.ctl1",
            "payload": payload,
            "timestamp": str(NOW),
        }
    )


@pytest.mark.usefixtures("users")
def test_users_handlers_are_in_force_beside_ours(store: Store) -> None:
    handlers, asks = Handlers(), []
    assert [queue.exchange for queue in handlers.queues][-1] == "octavia"
    assert handlers.of("compute.instance.pause.end") is handlers.of("loadbalancer.create")
    assert handlers.of("compute.instance.unpause.end") is Handlers([OURS]).of("compute.instance.unpause.end")
    assert handlers.of("nobody.knows") is None
    following = follower(store, handlers, asks)
    taken = following.take([own(), own(message="a balancer", about=INSTANCE, shown_in="n1")])
    assert [each.verdict for each in taken] == ["done", "done"]
    assert asks == [Ask("host", "name", "cmp1")]
    assert [row["data"]["name"] for row in store.facts(ENVIRONMENT).rows] == ["x"]
    [message] = store.messages(ENVIRONMENT)
    assert message["message"] == "a balancer"
    assert message["level"] == "warn"
    assert message["source_system"] == "OpenStack"
    assert (message["related_object"], message["related_object_type"]) == (INSTANCE, "instance")
    assert message["display_context"] == "n1"


@pytest.mark.usefixtures("users")
def test_what_a_handler_could_not_do_changes_nothing(store: Store) -> None:
    asks: list[Ask] = []
    following = follower(store, Handlers(), asks)
    taken = following.take([own(result=False, retry=True, message="not yet"), own(result=False)])
    assert [(each.verdict, each.reason) for each in taken] == [
        ("retry", "not yet"),
        ("dead", "its handler gave no reason"),
    ]
    assert (asks, store.facts(ENVIRONMENT).rows, list(store.messages(ENVIRONMENT))) == ([], [], [])


def test_a_handler_that_raises_ends_its_event_only(users: Path, store: Store) -> None:
    (users / "event_handlers" / "mine.py").write_text("def handle(event, known):\n    return 1 / 0\n")
    taken = follower(store, Handlers(), []).take([own(), event(message_of("network.create.end"))])
    assert [each.verdict for each in taken] == ["dead", "done"]
    assert "ZeroDivisionError" in taken[0].reason


def test_faults_of_metadata_are_told_all_at_once(users: Path) -> None:
    (users / "events.yml").write_text(
        dedent(
            """
            queues: [{exchange: octavia}, {exchange: "", routing_keys: []}]
            event_handlers:
              loadbalancer.create: nobody
              7: mine
            """
        )
    )
    (users / "more.yml").write_text("event_handlers: [one, two]\nqueues: 7\n")
    with pytest.raises(InvalidMetadataError) as told:
        Handlers()
    lines = str(told.value).splitlines()
    places_told = [line.partition(": ")[2].partition(": ")[0] for line in lines]
    assert places_told == [
        "queues[0]",
        "queues[1]",
        "event_handlers.loadbalancer.create",
        "event_handlers.7",
        "queues",
        "event_handlers",
    ]
    assert all(line.startswith(str(users)) for line in lines)
    assert "'nobody' is no handler; expected one of" in lines[2]
    assert "mine" in lines[2]
    assert "network.changed" in lines[2]


@pytest.mark.parametrize("text", ["import nothing_like_this", "handle = 1 +", "x = 1"])
def test_a_handlers_file_that_cannot_be_used_is_named(text: str, users: Path) -> None:
    (users / "event_handlers" / "mine.py").write_text(text)
    with pytest.raises(InvalidMetadataError, match=r"mine\.py: expected a function handle\(event, known\)"):
        Handlers()


def test_every_handler_of_ours_is_used() -> None:
    from calipso.events.table import _own

    assert dict(_own()).keys() == set(TABLE.values())
