"""What following a cloud by its events costs the database: changes of facts, and changes of a topology.

usage: python -m benchmarks.follow [--rows 20000] [--batch 500] [--hosts 500] [--instances 20]
           [--different 10]

Changes of facts are taken in batches: attributes of ports, whole ports, and ports that go and come. Of a
topology a few objects become different, and it is published as a whole, and by these alone, in turn: the
medians are compared.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.cloud import GeneratedCloud
from benchmarks.scan import timed
from calipso.build import build_topology
from calipso.build.registry import default_registry
from calipso.model.environment import Environment
from calipso.model.fact_change import FactChange
from calipso.model.facts import Row
from calipso.model.source import OPENSTACK
from calipso.model.topology import Change, Topology
from calipso.store import Store, embedded

ENVIRONMENT = "benchmark"
REGION = "RegionOne"
BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
BATCHES = 40
ROUNDS = 15


def port(number: int, **more: Any) -> dict[str, Any]:
    """Return what Neutron says of a port."""
    return {
        "region": REGION,
        "id": f"port-{number:06}",
        "name": "",
        "network_id": f"network-{number % 300:04}",
        "device_id": f"instance-{number // 2:06}",
        "device_owner": "compute:nova",
        "mac_address": f"fa:16:3e:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}",
        "fixed_ips": [
            {"ip_address": f"10.{number >> 8}.{number & 255}.9", "subnet_id": f"subnet-{number % 300:04}"}
        ],
        "security_groups": ["default", "web"],
        "binding:host_id": f"cmp{number % 500}",
        "binding:vif_type": "ovs",
        "binding:vif_details": {"port_filter": True, "bridge_name": "br-int", "datapath_type": "system"},
        "binding:vnic_type": "normal",
        "status": "ACTIVE",
        "admin_state_up": True,
        **more,
    }


def batches(kind: str, rows: int, size: int, begun: datetime) -> Iterator[list[FactChange]]:
    """Yield batches of changes of one kind, each of ports drawn at random."""
    draw = random.Random(1)
    for batch in range(BATCHES):
        at = begun + timedelta(seconds=batch)
        numbers = draw.sample(range(rows), size)
        if kind == "whole" or (kind == "gone" and batch % 2):
            yield [
                FactChange("port", f"port-{number:06}", at, port(number, batch=batch)) for number in numbers
            ]
        else:
            data = None if kind == "gone" else {"status": f"DOWN {batch}"}
            yield [FactChange("port", f"port-{number:06}", at, data, False, REGION) for number in numbers]


def measure_facts(store: Store, rows: int, size: int) -> None:
    """Print how many changes of facts are taken in a second."""
    known = [Row(kind="port", key=f"port-{number:06}", data=port(number)) for number in range(rows)]
    store.stage(
        ENVIRONMENT, OPENSTACK, known, fetched=[("port", REGION)], collected_at=BEGUN, collector=ENVIRONMENT
    )
    print(f"changes of {rows} facts, {size} at a time      /s  ms a batch")
    for hour, kind in enumerate(("attributes", "whole", "gone"), 1):
        seconds = [
            timed(partial(store.apply, ENVIRONMENT, OPENSTACK, batch, collector=ENVIRONMENT))[0]
            for batch in batches(kind, rows, size, BEGUN + timedelta(hours=hour))
        ]
        mean = statistics.mean(seconds)
        print(f"{kind:32s}{size / mean:12.0f}{1_000 * mean:12.1f}")


def measure_topology(store: Store, hosts: int, instances: int, different: int) -> None:
    """Print how long a topology takes to publish as a whole, and by what is different."""
    registry = default_registry()
    topology = build_topology(Environment(ENVIRONMENT), GeneratedCloud(hosts, instances).facts(), registry)
    count = len(topology.inventory) + len(topology.links) + len(topology.cliques)
    fields = registry.search_fields
    store.publish(ENVIRONMENT, topology, search_fields=fields)
    seconds: dict[str, list[float]] = {"whole": [], "changes": []}
    for turn in range(ROUNDS):
        for way, taken in seconds.items():
            changes, topology = differing(topology, different, f"{way} {turn}")
            base = store.generation(ENVIRONMENT)
            publish = (
                partial(store.publish, ENVIRONMENT, topology)
                if way == "whole"
                else partial(store.publish_changes, ENVIRONMENT, changes, base=base)
            )
            took, made = timed(partial(publish, search_fields=fields))
            if not made or made.counts["inventory"]["changed"] != different:
                raise RuntimeError(f"{different} objects must differ")
            taken.append(took)
    whole, changes_alone = (1_000 * statistics.median(taken) for taken in seconds.values())
    print(f"\n{different} of {count} documents differ   whole ms  changes ms   ratio")
    print(f"{'':32s}{whole:9.1f}{changes_alone:12.1f}{whole / changes_alone:8.0f}")


def differing(topology: Topology, different: int, flavor: str) -> tuple[list[Change], Topology]:
    """Return changes that give some instances another flavour, and the topology afterwards."""
    instances = [found for found in topology.inventory if found["type"] == "instance"][:different]
    after = {found["id"]: {**found, "flavor": flavor} for found in instances}
    changes = [Change("inventory", found, after[found["id"]]) for found in instances]
    return changes, replace(
        topology, inventory=[after.get(found["id"], found) for found in topology.inventory]
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=20_000, help="facts that are known")
    parser.add_argument("--batch", type=int, default=500, help="changes that are taken at once")
    parser.add_argument("--hosts", type=int, default=500)
    parser.add_argument("--instances", type=int, default=20, help="instances of each host")
    parser.add_argument("--different", type=int, default=10, help="objects that differ")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        uri = embedded.start(home)
        try:
            with Store.open(uri) as store:
                store.prepare()
                measure_facts(store, options.rows, options.batch)
                measure_topology(store, options.hosts, options.instances, options.different)
        finally:
            embedded.stop(home)


if __name__ == "__main__":
    main()
