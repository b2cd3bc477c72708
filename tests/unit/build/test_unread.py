"""What could not be read is kept as it was last seen; what is missing is gone."""

from __future__ import annotations

import copy

import pytest

from benchmarks.cloud import GeneratedCloud
from calipso.model.facts import HOST, HostFacts, validate_host_facts
from calipso.model.unread import IDENTITY, UNREAD, keep_unread

OLD: HostFacts = next(row["data"] for row in GeneratedCloud(1, 3).facts().rows if row["kind"] == HOST)  # type: ignore[assignment]


def empty(part: str, reason: str) -> HostFacts:
    facts = copy.deepcopy(OLD)
    facts[part] = [] if part in IDENTITY else None  # type: ignore[literal-required]
    facts["gaps"] = [{"part": part, "reason": reason, "command": None, "detail": ""}]  # type: ignore[typeddict-item]
    return facts


@pytest.mark.parametrize("reason", sorted(UNREAD))
@pytest.mark.parametrize("part", [*IDENTITY, "ovs"])
def test_an_unread_part_stays(part: str, reason: str) -> None:
    kept = keep_unread(empty(part, reason), OLD)
    assert {**kept, "gaps": []} == OLD
    assert kept["gaps"]
    validate_host_facts(kept)


@pytest.mark.parametrize("part", ["domains", "ovs"])
def test_a_missing_part_is_gone(part: str) -> None:
    assert keep_unread(empty(part, "missing"), OLD) == empty(part, "missing")


def test_what_was_read_of_an_unread_part_wins() -> None:
    new = empty("domains", "failed")
    new["domains"] = [{**OLD["domains"][1], "state": "paused"}]
    states = {domain["uuid"]: domain["state"] for domain in keep_unread(new, OLD)["domains"]}
    assert states == {domain["uuid"]: "running" for domain in OLD["domains"]} | {
        OLD["domains"][1]["uuid"]: "paused"
    }


def test_a_first_scan_has_nothing_to_keep() -> None:
    assert keep_unread(empty("ovs", "timeout"), None) == empty("ovs", "timeout")
