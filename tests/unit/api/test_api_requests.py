"""Scans and schedules, as they are asked for over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from api_server import Api

from calipso.store import Store
from calipso.work.schedules import run_due

BLUE = {"env_name": "blue"}
WORKER = {"name": "one", "host": "h", "pid": 1}


def test_a_scan_is_followed_and_aborted(own_api: Api, store: Store) -> None:
    token = own_api.log_in("editor")
    body = {**BLUE, "snapshot": "before change 4711", "compare_with": "as designed"}
    scan_id = own_api.ask("POST", "/scans", token, json=body).json()["id"]
    waiting = own_api.get("/scans", token, id=scan_id)
    assert (waiting["options"]["snapshot"], waiting["options"]["compare_with"]) == (
        "before change 4711",
        "as designed",
    )
    assert (waiting["status"], waiting["attempt"], waiting["progress"]) == ("pending", 0, None)
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    with store.claim_scan(WORKER, at=now) as claim:  # type: ignore[union-attr]
        hosts = {"total": 3, "done": 1, "failed": 0}
        claim.report(
            progress={"phase": "asking the hosts", "hosts": hosts, "at": now},
            log=[{"at": now, "level": "info", "text": "asking the hosts"}],
            artifacts="h:/runs/1",
        )
        [listed] = own_api.get("/scans", token, **BLUE, status="running")["scans"]
        running = own_api.get("/scans", token, id=scan_id)
        assert listed == {name: running[name] for name in running if name != "log"}
        assert (running["worker"], running["progress"]["hosts"], running["artifacts"]) == (
            WORKER,
            hosts,
            "h:/runs/1",
        )
        assert running["log"] == [
            {"at": "2026-01-02T03:04:05.000Z", "level": "info", "text": "asking the hosts"}
        ]
        said = own_api.ask("POST", "/scans/abort", token, json={"id": scan_id})
        assert said.json()["message"] == "the scan is being aborted"
        assert own_api.get("/scans", token, id=scan_id)["abort"]["by"] == "editor"
        claim.end("aborted", ["aborted by editor"], at=now)
    again = own_api.ask("POST", "/scans/abort", token, json={"id": scan_id})
    assert again.status_code == HTTPStatus.CONFLICT
    assert "has ended: it is aborted" in again.json()["error"]["message"]
    unknown = own_api.ask("POST", "/scans/abort", token, json={"id": "none"})
    assert unknown.status_code == HTTPStatus.NOT_FOUND
    noted = own_api.get("/messages", token, level="notice")["messages"]
    assert [each["message"] for each in noted] == [
        f"Scan {scan_id} was aborted.",
        f"A scan was asked for: {scan_id}.",
    ]


REFUSED_SCANS: list[tuple[dict[str, Any], int, str]] = [
    ({"snapshot": "as designed"}, 409, "has a snapshot 'as designed' already"),
    ({"snapshot": "4711"}, 400, "it is a number"),
    ({"compare_with": "as dreamt"}, 400, "no snapshot 'as dreamt'"),
    ({"clear": True, "object_id": "x"}, 400, "clear goes with"),
]


REFUSED_SCHEDULES: list[tuple[dict[str, Any], str]] = [
    ({}, "either a frequency (freq) or a cron line (cron)"),
    ({"freq": "DAILY", "cron": "0 0 * * *"}, "either a frequency (freq) or a cron line (cron)"),
    ({"freq": "FORTNIGHTLY"}, "'YEARLY', 'MONTHLY', 'WEEKLY', 'DAILY' or 'HOURLY'"),
    ({"cron": "every day"}, "it has five fields"),
    ({"cron": "0 0 * * someday"}, "bad day-of-week"),
    ({"freq": "DAILY", "timezone": "Berlin"}, "an IANA name, such as Europe/Berlin"),
    ({"freq": "DAILY", "snapshot": "same"}, "two runs would make a snapshot of the same name"),
]


def test_what_is_not_right_is_refused(own_api: Api, store: Store) -> None:
    token = own_api.log_in("editor")
    refused = [("/scans", *each) for each in REFUSED_SCANS]
    refused += [("/scheduled_scans", when, 400, said) for when, said in REFUSED_SCHEDULES]
    for path, body, status, said in refused:
        answer = own_api.ask("POST", path, token, json={**BLUE, **body})
        assert (answer.status_code, said in answer.json()["error"]["message"]) == (status, True), answer.text
    assert store.scans("blue") == store.scheduled_scans("blue") == []


def test_a_schedule_is_made_changed_and_removed(own_api: Api, store: Store) -> None:
    token = own_api.log_in("editor")
    body = {
        **BLUE,
        "name": "weekly",
        "cron": "0 0 * * sun",
        "timezone": "Europe/Berlin",
        "snapshot": "weekly-%Y-%m-%d",
        "compare_with": "previous",
        "missed": "skip",
    }
    schedule_id = own_api.ask("POST", "/scheduled_scans", token, json=body).json()["id"]
    made = own_api.get("/scheduled_scans", token, id=schedule_id)
    assert {**body, **made, "env_name": "blue"} == {**made, "env_name": "blue"}
    assert (made["kind"], made["enabled"], made["last_run"]) == ("snapshot", True, None)
    due = datetime.fromisoformat(made["next_run"])
    assert due > datetime.now(UTC)
    assert due.weekday() in (5, 6)

    [scan_id] = run_due(store, due)
    ran = own_api.get("/scheduled_scans", token, id=schedule_id)
    assert ran["last_run"] == {"scan": scan_id, "at": made["next_run"]}
    assert ran["next_run"] > made["next_run"]
    scan = own_api.get("/scans", token, id=scan_id)
    assert (scan["schedule"], scan["submitted_by"]) == (schedule_id, "editor")
    assert scan["options"]["snapshot"].startswith("weekly-20")

    def changed(**changes: Any) -> Any:
        query = {"params": {"id": schedule_id}}
        answer = own_api.ask("PUT", "/scheduled_scans", token, json=changes, **query)
        assert answer.status_code == HTTPStatus.OK, answer.text
        return own_api.get("/scheduled_scans", token, id=schedule_id)

    paused = changed(enabled=False)
    assert paused == ran | {"enabled": False, "next_run": None}
    resumed = changed(enabled=True, freq="DAILY", snapshot=None)
    assert (resumed["cron"], resumed["freq"], resumed["kind"], resumed["name"]) == (
        None,
        "DAILY",
        "scan",
        "weekly",
    )
    assert resumed["next_run"] is not None
    query = {"params": {"id": schedule_id}}
    assert own_api.ask("DELETE", "/scheduled_scans", token, **query).status_code == HTTPStatus.OK
    assert own_api.ask("DELETE", "/scheduled_scans", token, **query).status_code == HTTPStatus.NOT_FOUND
