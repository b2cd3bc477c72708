"""What building and publishing cost, as ratios to what the database itself needs, from one run.

usage: python -m benchmarks.scan [--hosts 200] [--instances 20] [--growth 20 63 200 632 1000]

The floor is one `insert_many` of the very documents that are published, into a collection without
indexes of its own. Each size is measured in a process of its own, so that peak memory is its own.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.cloud import GeneratedCloud
from calipso.build import build_topology
from calipso.build.registry import default_registry
from calipso.model.environment import Environment
from calipso.model.topology import Topology
from calipso.store import Store, embedded

ENVIRONMENT = "benchmark"


def timed(action: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds that `action` takes, and its result."""
    begun = time.perf_counter()
    result = action()
    return time.perf_counter() - begun, result


def insert_all(collection: Any, topology: Topology) -> tuple[int, float]:
    """Return how many documents a topology has, and the seconds to insert them all, plainly, at once."""
    documents = [dict(found) for found in (*topology.inventory, *topology.links, *topology.cliques)]
    seconds, _inserted = timed(lambda: collection.insert_many(documents))
    return len(documents), seconds


def measure(uri: str, hosts: int, instances: int) -> dict[str, float]:
    """Return the seconds, documents and bytes of one cloud, on a database of its own."""
    from pymongo import MongoClient

    client: MongoClient[dict[str, Any]] = MongoClient(uri)
    database = client.get_default_database()
    registry = default_registry()
    facts = GeneratedCloud(hosts, instances).facts()
    build, topology = timed(lambda: build_topology(Environment(ENVIRONMENT), facts, registry))
    count, floor = insert_all(database["floor"], topology)
    database.drop_collection("floor")
    with Store.open(uri) as store:
        store.prepare()
        fields = registry.search_fields
        publish, first = timed(lambda: store.publish(ENVIRONMENT, topology, search_fields=fields))
        again, second = timed(lambda: store.publish(ENVIRONMENT, topology, search_fields=fields))
    client.drop_database(database)
    if not first.changed or second.changed:
        raise RuntimeError("the first publish must change everything, the second nothing")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {
        "documents": count,
        "floor": floor,
        "build": build,
        "publish": publish,
        "again": again,
        "peak": peak,
    }


def in_its_own_process(uri: str, hosts: int, instances: int) -> dict[str, float]:
    """Measure one size in a fresh interpreter."""
    command = [sys.executable, "-m", "benchmarks.scan", "--one", uri, str(hosts), str(instances)]
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def exponent(small: tuple[int, float], large: tuple[int, float]) -> float:
    """Return how time grows with size: 1 is linear."""
    return math.log(large[1] / small[1]) / math.log(large[0] / small[0])


def row(hosts: int, found: dict[str, float]) -> str:
    """Return a line of the table."""
    whole = found["build"] + found["publish"]
    seconds = "".join(f"{found[name]:11.2f}" for name in ("floor", "build", "publish"))
    ratios = f"{whole / found['floor']:13.2f}{found['again'] / found['publish']:13.3f}"
    return f"{hosts:6d}{found['documents']:11.0f}{seconds}{ratios}{found['peak'] / 2**20:10.0f}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--hosts", type=int, default=200, help="hosts of the cloud that the ratios are of")
    parser.add_argument("--instances", type=int, default=20, help="instances of each host")
    parser.add_argument("--growth", type=int, nargs="*", default=[20, 200, 1000], help="hosts of each size")
    parser.add_argument("--one", nargs=3, metavar=("URI", "HOSTS", "INSTANCES"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        uri, hosts, instances = options.one
        print(json.dumps(measure(uri, int(hosts), int(instances))))
        return
    with tempfile.TemporaryDirectory() as home:
        uri = embedded.start(Path(home))
        try:
            report(uri, options.hosts, options.instances, options.growth)
        finally:
            embedded.stop(Path(home))


def report(uri: str, hosts: int, instances: int, sizes: list[int]) -> None:
    """Print a line for each size, and what they say together."""
    in_its_own_process(uri, 20, instances)
    print(" hosts  documents    floor s    build s  publish s  whole/floor  again/first  peak MiB")
    found = {size: in_its_own_process(uri, size, instances) for size in sorted({hosts, *sizes})}
    for size, figures in found.items():
        print(row(size, figures))
    if len(sizes) > 1:
        small, large = min(sizes), max(sizes)
        whole = {size: found[size]["build"] + found[size]["publish"] for size in (small, large)}
        grown = exponent((small, whole[small]), (large, whole[large]))
        print(f"growth exponent of build + publish from {small} to {large} hosts: {grown:.2f}")


if __name__ == "__main__":
    main()
