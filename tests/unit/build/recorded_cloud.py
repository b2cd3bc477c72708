"""Recorded clouds: facts by the real collectors, and what the judge says of what is built from them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from ansible_collections.calipso.topology.plugins.module_utils.aci_collect import gather as gather_fabric
from ansible_collections.calipso.topology.plugins.module_utils.host import collect
from ansible_collections.calipso.topology.plugins.module_utils.openstack_collect import gather
from ansible_collections.calipso.topology.plugins.module_utils.recording import read_host
from ansible_collections.calipso.topology.plugins.module_utils.runner import ReplayingRunner

from calipso.build import build_topology
from calipso.model.environment import Environment
from calipso.model.facts import HOST, validate_host_facts
from calipso.model.source import ACI, OPENSTACK, Facts, Source, host_source
from calipso.model.topology import Topology
from tests.live import judge

RECORDINGS = Path(__file__).parents[2] / "recordings"
CLOUDS = sorted(path.parent.name for path in RECORDINGS.glob("*/truth.json"))
AT = datetime(2026, 1, 1, tzinfo=UTC)


def recorded_facts(cloud: str) -> Facts:
    """Return the facts that the collectors make of a recording."""
    scan = RECORDINGS / cloud / "scan"
    asked = dict.fromkeys(
        ["cloud", "auth", "auth_type", "interface", "ca_cert", "validate_certs", "record_to"]
    )
    options = {**asked, "recording": str(scan), "regions": [], "timeout": 10, "workers": 8, "page_size": 1000}
    rows, sources = list(gather(options)["rows"]), {OPENSTACK: Source(OPENSTACK, AT)}
    for directory in sorted((scan / "hosts").iterdir()):
        name, facts = directory.name, validate_host_facts(collect(ReplayingRunner(read_host(directory))))
        rows.append({"kind": HOST, "key": name, "data": facts})
        sources[host_source(name)] = Source(host_source(name), AT)
    if (scan / ACI).is_dir():
        rows += gather_fabric({"recording": str(scan)})["rows"]
        sources[ACI] = Source(ACI, AT)
    return Facts(sources, rows)


def build(facts: Facts) -> Topology:
    """Return what is built of them."""
    return build_topology(Environment("recorded"), facts)


def differences(cloud: str, topology: Topology) -> list[str]:
    """Return what the judge says of a topology that was built from a recorded cloud's facts."""
    documents = {"inventory": topology.inventory, "links": topology.links, "cliques": topology.cliques}
    lines = [
        json.dumps({"collection": collection, **document})
        for collection, found in documents.items()
        for document in found
    ]
    truth = json.loads((RECORDINGS / cloud / "truth.json").read_text("utf-8"))
    return list(judge.differences(judge.Exported(lines), judge.Truth(truth)))
