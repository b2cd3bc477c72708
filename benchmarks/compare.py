"""What comparing two generations costs, of a large cloud and of a small one that differ in as much.

usage: python -m benchmarks.compare [--hosts 1000] [--small 100] [--instances 40] [--different 10]

Both clouds are published twice, with other flavours of as many instances, and compared in turn: by the store
alone, and by the API over HTTP, as `benchmarks.api` asks it. The ratio is that of the medians.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.api import USER, Api, log_in, serving, timed
from benchmarks.cloud import GeneratedCloud
from calipso.build import build_topology
from calipso.build.registry import default_registry
from calipso.model.environment import Environment
from calipso.store import Store, embedded

ROUNDS = 50


def publish(store: Store, name: str, hosts: int, instances: int, different: int) -> None:
    """Publish a generated cloud as environment `name`, and again with another flavour of some instances."""
    environment = Environment(name, auth={"view-env": [USER]})
    store.create_environment(environment)
    facts = GeneratedCloud(hosts, instances).facts()
    topology = build_topology(environment, facts, default_registry())
    store.publish(name, topology)
    some = [found["id"] for found in topology.inventory if found["type"] == "instance"][:different]
    changed = [
        {**found, "flavor": "another"} if found["id"] in some else found for found in topology.inventory
    ]
    store.publish(name, replace(topology, inventory=changed))
    if len(store.changes(name, 1, 2)) != different:
        raise RuntimeError(f"{different} objects must differ")


def measure(what: str, ask: Callable[[str], Any]) -> None:
    """Print one line: the medians of comparing both clouds, in turn."""
    seconds: dict[str, list[float]] = {"large": [], "small": []}
    for _round in range(ROUNDS):
        for name, taken in seconds.items():
            taken.append(timed(lambda name=name: ask(name)))
    large, small = (1_000 * statistics.median(taken) for taken in seconds.values())
    print(f"{what:12s}{large:10.2f}{small:10.2f}{large / small:8.2f}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--hosts", type=int, default=1_000)
    parser.add_argument("--small", type=int, default=100, help="hosts of the small cloud")
    parser.add_argument("--instances", type=int, default=40, help="instances of each host")
    parser.add_argument("--different", type=int, default=10, help="instances that differ")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        uri = embedded.start(home)
        try:
            with Store.open(uri) as store:
                store.prepare()
                publish(store, "large", options.hosts, options.instances, options.different)
                publish(store, "small", options.small, options.instances, options.different)
                print(f"compared       {options.hosts} hosts  {options.small} hosts  (ms)  ratio")
                measure("store", lambda name: store.changes(name, 1, 2))
                with serving(uri) as port:
                    api = Api(port, log_in(store))
                    measure(
                        "/compare", lambda name: api.get("/compare", env_name=name, before="1", after="2")
                    )
        finally:
            embedded.stop(home)


if __name__ == "__main__":
    main()
