"""States are called by their names or times, and compared."""

from __future__ import annotations

import re
from datetime import timedelta

from cli_cloud import HOSTILE, NOW, Calipso, sample

from calipso.model.topology import Topology
from calipso.store import Store


def test_a_snapshot_is_kept_listed_read_and_removed(own: Calipso) -> None:
    first = own("snapshot", "as designed", "--generation", "1")
    assert (first.status, first.err) == (0, "")
    assert first.out == "Generation 1, of 2026-01-02 03:04:05Z, is kept as snapshot 'as designed'.\n"
    assert own("snapshot", "as designed", "--generation", "1").status == 0
    assert own("snapshot", "as designed").status == 1
    assert own("snapshot", "as built").status == 0
    listed = own("snapshots", "--json").json
    assert [(each["names"], each["number"]) for each in listed] == [(["as designed"], 1), (["as built"], 2)]
    assert own("snapshots").lines()[-1] == "as built 2 2026-01-02 03:04:05Z"
    for words in (("tree", "--json"), ("export",), ("find", "cmp1"), ("show", "cmp1")):
        ran = own(*words, "--generation", "as designed")
        assert (ran.status, ran.out) == (0, own(*words, "--generation", "1").out)
    assert own("snapshot", "as designed", "--remove").status == 0
    assert own("snapshot", "as built", "--remove").out == "No state is called 'as built' any more.\n"
    assert own("snapshots").out.startswith("There is no snapshot yet")
    said = [message["message"] for message in own("messages", "--level", "notice", "--json").json]
    assert sorted(each for each in said if each.startswith("generation")) == [
        "generation 1 is kept as snapshot 'as designed'",
        "generation 1 is no longer kept as snapshot 'as designed'",
        "generation 2 is kept as snapshot 'as built'",
        "generation 2 is no longer kept as snapshot 'as built'",
    ]


def test_times_mean_what_was_there_then(own: Calipso, store: Store) -> None:
    store.publish("lab", Topology(sample().inventory[:1]), at=NOW + timedelta(hours=2))
    assert own("export").out.count("\n") == 1
    for time, generation in (
        ("2026-01-02T04:00", "2"),
        ("2026-01-02T07:00+02:00", "2"),
        ("2026-01-03", "3"),
    ):
        assert own("export", "--at", time).out == own("export", "--generation", generation).out
        assert own("export", "--generation", time).out == own("export", "--generation", generation).out
    assert own("compare", "2026-01-02T04:00", "2").status == 0
    assert own("compare", "2026-01-02T04:00").status == 1


def test_what_is_different_is_told_whole_and_safely(calipso: Calipso) -> None:
    ran = calipso("compare", "1")
    assert (ran.status, ran.err) == (1, "")
    assert ran.out.replace("\n", "").isprintable()
    assert r"\x1b[31mred\x07\n[bold]bold[/bold]" in ran.out
    assert ran.lines()[-1].startswith("Objects: 11 added; links: 8 added")
    sent = calipso.in_terminal("compare", "1", status=1)
    assert re.sub(r"\x1b\[[0-9;]*m|\r\n", "", sent).isprintable()
    added = calipso("compare", "1", "--json").json["objects"]["added"]
    assert HOSTILE in [each["name"] for each in added]
    assert not any(each["type"].endswith("_folder") for each in added)
    removed = calipso("compare", "2", "1", "--json").json["objects"]["removed"]
    assert [each["id"] for each in removed] == [each["id"] for each in added]
