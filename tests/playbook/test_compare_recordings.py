"""A real cloud before and after a change: the comparison shows that change, all of it and nothing else.

tests/lab/change made it; changes.json was made of the same recordings' sources by the lab, without Calipso.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from controller import ROOT, Controller

from tests.unit.cli.cli_cloud import Calipso

CHANGE = ROOT / "tests" / "recordings" / "change"
TOLD = json.loads((CHANGE / "changes.json").read_text())
KNOWN_BY = {"objects": ("id",), "links": ("link_type", "source_id", "target_id")}


def attributes(entry: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return an entry's attributes as changes.json has them."""
    return {
        each["attribute"]: {side: each[side] for side in ("before", "after") if side in each}
        for each in entry["attributes"]
    }


def like(entry: dict[str, Any], told: Sequence[dict[str, Any]], keys: Sequence[str]) -> dict[str, Any]:
    """Return of an entry what changes.json tells of it; if that is nothing, what it is known by."""
    found = next((each for each in told if all(each[key] == entry[key] for key in keys)), keys)
    whole = entry | ({"attributes": attributes(entry)} if "attributes" in entry else {})
    return {name: whole[name] for name in found}


def test_the_comparison_shows_exactly_the_change(controller: Controller, tmp_path: Path) -> None:
    for state in ("before", "after"):
        controller.play(environment="lab", recording=str(CHANGE / state)).succeeded()
    calipso = Calipso(controller.uri, tmp_path)
    found = calipso("compare", "1", "2", "--json").json
    for collection in ("objects", "links"):
        assert found[collection].keys() == TOLD[collection].keys()
        for group, told in TOLD[collection].items():
            listed = [like(entry, told, KNOWN_BY[collection]) for entry in found[collection][group]]
            assert sorted(listed, key=str) == sorted(told, key=str), (collection, group)

    (moved,) = found["objects"]["moved"]
    assert (moved["name"], moved["from"], moved["to"]) == ("green-1", "cmp1", "cmp2")
    assert "green-spare" in [each["name"] for each in found["objects"]["removed"]]
    router = next(each for each in found["objects"]["changed"] if each["name"] == "green-router")
    assert {each["attribute"] for each in router["attributes"]} == {"addresses", "network", "routes"}

    controller.play(environment="lab", recording=str(CHANGE / "after")).succeeded()
    assert calipso("compare", "2").status == 0
    assert len(calipso("generations", "--json").json) == 2
