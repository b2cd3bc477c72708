"""Health, statuses, history, statistics and metrics, as programs read them."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from api_server import ROOT, Api, fill, serving

from calipso.api.monitored import KEPT_S
from calipso.model.kind import Health
from calipso.model.monitoring import KEEPALIVE, CheckResult, LinkSubject, ObjectSubject, check_name
from calipso.model.topology import Document, Topology
from calipso.store import Sample, Store

DASHBOARD = ROOT / "playbooks" / "files" / "grafana" / "calipso.json"
STATES: tuple[Health, ...] = ("ok", "ok", "ok", "warning", "error")

Known = dict[str, dict[str, Health]]
"""What is said of objects and links: host -> id -> status."""


@pytest.fixture
def now() -> datetime:
    """A time, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def known(own_api: Api, store: Store, now: datetime) -> Known:
    """What checks say of all vNICs and their links in environment blue; they are not all well."""
    assert own_api.uri
    view = store.view("blue")
    said: Known = {}
    results = []
    for number, vnic in enumerate(view.objects(type="vnic")):
        state = STATES[number % len(STATES)]
        name = check_name(ObjectSubject("vnic", vnic["id"]))
        results.append(CheckResult(name, vnic["host"], state, f"{state}\nit is {state}", now))
        said.setdefault(vnic["host"], {})[vnic["id"]] = state
        for link in view.links({"source_id": vnic["id"]}):
            ends = LinkSubject(link["link_type"], link["source_id"], link["target_id"])
            results.append(CheckResult(check_name(ends), vnic["host"], state, state, now))
            said[vnic["host"]][link["id"]] = state
    assert not store.record_results("blue", results, at=now).unknown
    return said


def expected(states: list[Health]) -> dict[str, int]:
    """Return how many there are of each status."""
    return {status: Counter(states)[status] for status in ("error", "warning", "unknown", "ok")}


def test_health_is_what_was_said_of_the_members(own_api: Api, store: Store, known: Known) -> None:
    token = own_api.log_in("viewer")
    every = {key: state for states in known.values() for key, state in states.items()}

    def told(**query: str) -> Any:
        return own_api.get("/monitoring/health", token, env_name="blue", **query)

    def counted(ids: set[str]) -> dict[str, int]:
        return expected([state for key, state in every.items() if key in ids])

    whole = told()
    assert (whole["status"], whole["scope"], whole["object"]) == ("error", "environment", None)
    assert whole["counts"] == expected(list(every.values()))
    assert len(whole["faults"]) == min(20, sum(state != "ok" for state in every.values()))
    for host, states in known.items():
        assert told(id=host)["counts"] == expected(list(states.values()))
    view = store.view("blue")
    cliques = {}
    for instance in view.objects(type="instance"):
        links = list(view.links(ids=next(view.cliques(focal_point=instance["id"]))["links"]))
        cliques[instance["id"]] = {each[key] for each in links for key in ("id", "source_id", "target_id")}
        found = told(id=instance["id"])
        assert (found["scope"], found["counts"]) == ("clique", counted(cliques[instance["id"]]))
        assert found["object"] == {key: instance[key] for key in ("id", "type", "name")}
    project = next(view.objects(type="project"))
    owned = {each["id"] for each in view.objects({"project_id": project["id"]}, type="instance")}
    services = {each["id"] for each in view.objects({"project_id": project["id"]}, type="vservice")}
    members = {each["id"] for each in view.objects({"vservice_id": services})}
    members = members.union(*(cliques[key] for key in owned))
    found = told(id=project["id"])
    assert (found["scope"], found["counts"]) == ("project", counted(members))
    assert sum(found["counts"].values()) > 0
    assert own_api.ask("GET", "/monitoring/health?env_name=blue&id=none", token).status_code == 404


def test_a_silent_host_makes_all_on_it_unknown(
    own_api: Api, store: Store, known: Known, now: datetime
) -> None:
    token = own_api.log_in("viewer")
    host, states = next(iter(known.items()))
    silent = CheckResult(KEEPALIVE, host, "unknown", "no keepalive", now + timedelta(seconds=1))
    store.record_results("blue", [silent], at=now)
    found = own_api.get("/monitoring/health", token, env_name="blue", id=host)
    assert found["status"] == "unknown"
    assert found["counts"] == {"error": 0, "warning": 0, "unknown": len(states) + 1, "ok": 0}
    listed = own_api.get("/monitoring/statuses", token, env_name="blue", host=host, status="unknown")
    assert {each["id"] for each in listed["statuses"]} == {*states, host}


def test_statuses_are_listed_by_what_is_asked_for(own_api: Api, store: Store, known: Known) -> None:
    token = own_api.log_in("viewer")

    def told(**query: Any) -> list[Document]:
        found = own_api.get("/monitoring/statuses", token, env_name="blue", **query)["statuses"]
        return list(found)

    every = {key: state for states in known.values() for key, state in states.items()}
    assert {each["id"]: each["status"] for each in told()} == every
    assert told(page_size=5, page=1) == told()[5:10]
    bad = told(status=["error", "warning"], type="vnic")
    assert {each["id"] for each in bad} == {
        each["id"] for each in store.view("blue").objects(type="vnic") if every[each["id"]] != "ok"
    }
    names = {each["id"]: each["name"] for each in store.view("blue").objects(type="vnic")}
    assert all(each["object_name"] == names[each["id"]] for each in bad)
    (one,) = told(id=bad[0]["id"])
    assert one == bad[0]
    link = next(each for each in told() if each["subject"] == "link")
    assert " - " in link["object_name"]
    assert own_api.ask("GET", "/monitoring/statuses?env_name=blue&status=bad", token).status_code == 400
    store.publish("blue", store_without(store, bad[0]["id"]))
    assert told(id=bad[0]["id"])[0]["object_name"] is None


def store_without(store: Store, key: str) -> Topology:
    """Return the topology of blue without an object."""
    view = store.view("blue")
    return Topology(
        [each for each in view.objects() if each["id"] != key], list(view.links()), list(view.cliques())
    )


def test_history_tells_how_it_was(own_api: Api, store: Store, now: datetime) -> None:
    token = own_api.log_in("viewer")
    vnic = next(store.view("blue").objects(type="vnic"))
    name = check_name(ObjectSubject("vnic", vnic["id"]))
    states: tuple[Health, ...] = ("ok", "error", "ok")
    for minute, state in enumerate(states):
        at = now - timedelta(minutes=10 - minute)
        store.record_results("blue", [CheckResult(name, vnic["host"], state, state, at)], at=at)

    def told(**query: Any) -> list[tuple[str | None, str]]:
        found = own_api.get("/monitoring/history", token, env_name="blue", **query)["history"]
        return [(each["was"], each["status"]) for each in found]

    assert told() == told(id=vnic["id"]) == [("error", "ok"), ("ok", "error"), (None, "ok")]
    assert told(start_time=(now - timedelta(minutes=9, seconds=30)).isoformat(), page_size=1) == [
        ("error", "ok")
    ]
    assert told(end_time=(now - timedelta(minutes=9, seconds=30)).isoformat()) == [(None, "ok")]
    assert told(id="other") == []


def samples(store: Store, now: datetime, values: list[int]) -> Document:
    """Add samples of a vNIC, every 15 s until now; return the vNIC."""
    vnic: Document = next(store.view("blue").objects(type="vnic"))
    store.add_samples(
        "blue",
        [
            Sample(vnic["id"], "vnic", now - timedelta(seconds=15 * age), {"rx_bytes": value, "tx_bytes": 7})
            for age, value in enumerate(reversed(values))
        ],
    )
    return vnic


def test_statistics_are_counters_and_their_rates(own_api: Api, store: Store, now: datetime) -> None:
    token = own_api.log_in("viewer")
    vnic = samples(store, now, [0, 1500, 300, 600])

    def told(**query: Any) -> Any:
        return own_api.get("/statistics", token, env_name="blue", id=vnic["id"], **query)

    found = told()
    assert (found["id"], found["type"]) == (vnic["id"], "vnic")
    assert [each["rates"].get("rx_bytes") for each in found["samples"]] == [20, 20, 100, None]
    assert [each["counters"]["rx_bytes"] for each in found["samples"]] == [600, 300, 1500, 0]
    assert told(limit=2)["samples"] == found["samples"][:2]
    assert told(end_time=(now - timedelta(seconds=20)).isoformat())["samples"] == found["samples"][2:]
    assert own_api.get("/statistics", token, env_name="blue", id="none") == {
        "environment": "blue",
        "id": "none",
        "type": None,
        "samples": [],
    }


def metrics(api: Api, user: str) -> dict[str, float]:
    """Return what /metrics tells a user: series to value."""
    text = api.ask("GET", "/metrics", api.log_in(user)).text
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {series: float(value) for series, _blank, value in lines}


def test_metrics_count_what_there_is(own_api: Api, store: Store, known: Known, now: datetime) -> None:
    vnic = samples(store, now, [0, 1500, 300, 600])
    seen = metrics(own_api, "viewer")
    ids = {each["id"] for each in store.view("blue").objects(type="vnic")}
    states = [state for said in known.values() for key, state in said.items() if key in ids]
    for status, number in expected(states).items():
        assert seen[f'calipso_objects{{environment="blue",status="{status}",type="vnic"}}'] == number
    place = f'environment="blue",host="{vnic["host"]}",type="vnic"'
    series = 'calipso_throughput_bytes_per_second{direction="%s",' + place + "}"
    assert seen[series % "rx"] == pytest.approx(2_100 / 45)
    assert seen[series % "tx"] == 0
    monitored = ("calipso_objects", "calipso_throughput")
    assert not [each for each in metrics(own_api, "stranger") if each.startswith(monitored)]


def test_the_dashboard_asks_for_what_metrics_tell(
    own_api: Api, store: Store, known: Known, now: datetime
) -> None:
    """Every metric and label that it names is there."""
    assert known
    samples(store, now, [0, 1])
    store.change_environment("blue", {"last_scanned": now})
    exported: dict[str, set[str]] = {}
    for series in metrics(own_api, "root"):
        name, _brace, labels = series.partition("{")
        exported.setdefault(name, set()).update(re.findall(r"(\w+)=", labels))
    board = json.loads(DASHBOARD.read_text())
    queries = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    queries += [each["query"]["query"] for each in board["templating"]["list"] if each["type"] == "query"]
    assert len(queries) == 10
    for query in queries:
        names = set(re.findall(r"calipso_\w+", query))
        assert names, query
        for name in names:
            assert name in exported
            asked = re.findall(r"(\w+)=~?", "".join(re.findall(name + r"\{([^}]*)\}", query)))
            grouped = re.findall(r"by \(([^)]*)\)", query)
            asked += [label.strip() for part in grouped for label in part.split(",")]
            assert set(asked) <= exported[name], query
    assert {variable for query in queries for variable in re.findall(r"\$(\w+)", query)} <= {
        each["name"] for each in board["templating"]["list"]
    }


@pytest.fixture
def two_workers(store: Store, mongo_uri: str) -> Iterator[Api]:
    """The API, in two processes."""
    fill(store)
    with serving(mongo_uri, "--workers", "2") as served:
        yield served


def test_all_workers_tell_the_same_soon(two_workers: Api, store: Store, now: datetime) -> None:
    vnic = next(store.view("blue").objects(type="vnic"))
    name = check_name(ObjectSubject("vnic", vnic["id"]))
    token = two_workers.log_in("viewer")
    series = 'calipso_objects{environment="blue",status="error",type="vnic"} 1.0'
    assert all(series not in two_workers.ask("GET", "/metrics", token).text for _turn in range(8))
    store.record_results("blue", [CheckResult(name, vnic["host"], "error", "gone", now)], at=now)
    time.sleep(KEPT_S)
    assert all(series in two_workers.ask("GET", "/metrics", token).text for _turn in range(8))
