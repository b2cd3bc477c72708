"""What the commands tell of what checks say."""

from __future__ import annotations

from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from cli_cloud import HOSTILE, NOW, Calipso

from calipso.model.kind import Health
from calipso.model.monitoring import KEEPALIVE, CheckResult, LinkSubject, ObjectSubject, Subject, check_name
from calipso.store import Store

TAP = ObjectSubject("vnic", "cmp1:tap0")
OVS = ObjectSubject("vedge", "cmp1::ovs")
WIRE = LinkSubject("vnic-vedge", "cmp1:tap0", "cmp1::ovs")


def say(store: Store, subject: Subject | str, status: Health, text: str, second: int = 0) -> None:
    """Let a check of host cmp1 say something, so many seconds after `NOW`."""
    name = subject if isinstance(subject, str) else check_name(subject)
    at = NOW + timedelta(seconds=second)
    store.record_results("lab", [CheckResult(name, "cmp1", status, text, at)], at=at)


@pytest.fixture
def monitored(store: Store, own: Calipso) -> Calipso:
    """The command line, on a cloud of which checks said something."""
    say(store, OVS, "ok", "all is well")
    say(store, TAP, "ok", "it is there")
    say(store, TAP, "error", f"it is gone\nlook at {HOSTILE}", 60)
    say(store, WIRE, "warning", "it flaps")
    return own


def test_without_monitoring_nothing_is_told(calipso: Calipso) -> None:
    assert calipso("health").lines() == ["Environment lab: not monitored"]
    assert calipso("health", "--check").status == 3
    assert calipso("status").lines() == ["No check says anything like that."]
    found = calipso("health", "cmp1", "--json").json
    assert found == {
        "environment": "lab",
        "object": {"id": "cmp1", "type": "host", "name": "cmp1"},
        "scope": "hosts",
        "status": None,
        "counts": {"error": 0, "warning": 0, "unknown": 0, "ok": 0},
        "faults": [],
    }


def test_health_is_the_worst_of_what_belongs_to_something(monitored: Calipso) -> None:
    whole = {"error": 1, "warning": 1, "unknown": 0, "ok": 1}
    for words, scope, counts in (
        ((), "environment", whole),
        (("cmp1",), "hosts", whole),
        (("zone",), "hosts", whole),
        (("blue",), "clique", whole),
        (("tap0",), "clique", whole),
        (("tap1",), "clique", {**whole, "error": 0, "warning": 0}),
    ):
        found = monitored("health", *words, "--json").json
        assert (found["scope"], found["counts"]) == (scope, counts), words
        told = [(each["status"], each["id"]) for each in found["faults"]]
        assert told[:1] == ([("error", "cmp1:tap0")] if counts["error"] else [])
    shown = monitored("health", "cmp1").lines()
    assert shown[:2] == ["Host cmp1 and all that is on its hosts: error", "1 error, 1 warning, 1 ok"]
    assert shown[4].startswith("error vNIC tap0 cmp1:tap0 cmp1 2026-01-02 03:05:05Z it is gone")
    assert shown[5].startswith("warning vnic-vedge tap0 - cmp1-OVS ")


def test_health_ends_as_a_check_does_where_that_is_wanted(store: Store, monitored: Calipso) -> None:
    assert monitored("health").status == 0
    assert monitored("health", "--check").status == 2
    say(store, TAP, "ok", "it is back", 120)
    assert monitored("health", "--check").status == 1
    say(store, WIRE, "ok", "it holds", 120)
    assert monitored("health", "--check", "--json").status == 0
    say(store, KEEPALIVE, "unknown", "no keepalive", 180)
    assert monitored("health", "--check").status == 3
    assert monitored("health", "nothing like it", "--check").status == 3


def test_status_lists_what_is_asked_for(monitored: Calipso) -> None:
    def ids(*options: str) -> list[str]:
        return [each["id"] for each in monitored("status", "--json", *options).json]

    assert len(ids()) == 3
    assert ids("--status", "error") == ids("--type", "vnic") == ["cmp1:tap0"]
    assert len(ids("--status", "error", "--status", "ok", "--host", "cmp1")) == 2
    assert ids("--host", "cmp2") == []
    assert monitored("status", "--limit", "1").lines()[-1] == "These are the first 1; --limit shows more."
    assert monitored("status", "--status", "bad").status == 2


def test_show_tells_the_status_and_its_changes(monitored: Calipso) -> None:
    found = monitored("show", "tap0", "--json").json
    assert found["object"]["status"] == "error"
    assert [(each["was"], each["status"]) for each in found["history"]] == [("ok", "error"), (None, "ok")]
    ran = monitored("show", "tap0")
    shown = ran.lines()
    assert shown[0] == "tap0 vNIC error"
    place = shown.index("Status")
    assert shown[place + 1 : place + 3] == ["error at 2026-01-02 03:05:05Z", "it is gone"]
    assert "2026-01-02 03:05:05Z ok error cmp1 it is gone" in shown
    assert not any(line.startswith("status") for line in shown)
    assert "\x1b" not in ran.out
    assert "vNIC tap0 cmp1:tap0 error" in monitored("show", "uuid-0").lines()


def test_what_checks_say_gives_the_colour(store: Store, monitored: Calipso) -> None:
    """The vEdge, whose native state means error, is well by its check; of the silent nothing is known."""
    assert "cmp1-OVS  vEdge  cmp1::ovs\n" in monitored("tree").out
    assert "tap0  vNIC  cmp1:tap0 error\n" in monitored("tree").out
    assert "\x1b[1;31m error" in monitored.in_terminal("tree")
    say(store, KEEPALIVE, "unknown", "no keepalive", 180)
    assert "tap0  vNIC  cmp1:tap0 unknown\n" in monitored("tree").out
    tree = monitored("tree", "cmp1", "--json", "--depth", "1").json
    statuses = {child["id"]: child.get("status") for child in tree["children"]}
    assert statuses == {"cmp1:eth1": None, "cmp1::instances": None, "cmp1::ovs": "unknown"}
    lines = monitored("clique", "blue").lines()
    assert any("cmp1-OVS unknown" in line for line in lines)
    assert ", unknown" in monitored("clique", "blue", "--mermaid").out
    picture = ET.fromstring(monitored("clique", "blue", "--svg", "-").out)  # noqa: S314 - our own
    texts = [element.text for element in picture.iter() if (element.text or "").strip()]
    assert "unknown" in texts
    marks = [each for each in picture.iter() if each.get("class") == "unheard"]
    assert len(marks) == 3, "two nodes, and one in the legend"
    assert "tap0  vNIC  cmp1:tap0\n" in monitored("tree", "--generation", "2").out.replace(" unknown", "")
