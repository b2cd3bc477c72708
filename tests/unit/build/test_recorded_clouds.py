"""Every recorded cloud is built as it truly was, and no device of it is missing unseen."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from recorded_cloud import CLOUDS, RECORDINGS, build, differences, recorded_facts

from calipso.model.facts import HOST
from calipso.model.source import Facts

FACTS = {cloud: recorded_facts(cloud) for cloud in CLOUDS}


@pytest.mark.parametrize("cloud", CLOUDS)
def test_what_is_built_is_the_truth(cloud: str) -> None:
    assert differences(cloud, build(FACTS[cloud])) == []


def devices() -> list[tuple[str, str, str]]:
    """Return a device of each sort of each host: those of one sort are alike in what hangs on them."""
    found = {}
    for cloud in CLOUDS:
        for host, own in json.loads((RECORDINGS / cloud / "truth.json").read_text("utf-8"))["hosts"].items():
            sorts: dict[str, Any] = {
                "nic": own["nics"],
                "domain": [name for domain in own["domains"].values() for name in domain["interfaces"]],
                "service": [name for namespace in own["namespaces"].values() for name in namespace],
                "bridge": own["linux_bridges"],
                "port": own["ovs_ports"],
                "function": own.get("functions", {}),
            }
            found |= {(cloud, host, sort): name for sort, names in sorts.items() for name in list(names)[-1:]}
    return [(cloud, host, name) for (cloud, host, _sort), name in found.items()]


def without(value: Any, device: str) -> Any:
    """Return facts without anything of this name or address, or in a bridge domain of this name."""
    if isinstance(value, list):
        kept = [part for part in value if part != device and not _is(part, device)]
        return [without(part, device) for part in kept]
    return {key: without(part, device) for key, part in value.items()} if isinstance(value, dict) else value


def _is(part: Any, device: str) -> bool:
    if not isinstance(part, dict):
        return f"bd{part}" == device
    names = (part.get("name"), part.get("target") or part.get("mac"), f"bd{part.get('bridge_domain')}")
    return device in names


@pytest.mark.parametrize(("cloud", "host", "device"), sorted(set(devices())))
def test_a_device_that_is_missing_is_missed(cloud: str, host: str, device: str) -> None:
    facts = FACTS[cloud]
    rows = copy.deepcopy(facts.rows)
    for row in rows:
        if row["kind"] == HOST and row["key"] == host:
            row["data"] = without(row["data"], device)
    assert differences(cloud, build(Facts(facts.sources, rows)))
