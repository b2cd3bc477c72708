"""What a change costs where a topology is kept up to date, as ratios to building it all, from one run.

usage: python -m benchmarks.incremental [--hosts 500] [--instances 20] [--samples 20]

Times are the processor's. Memory is what the first build adds to the process at its peak, each way in a
process of its own.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.cloud import GeneratedCloud
from calipso.build import build_topology
from calipso.build.incremental import IncrementalBuild
from calipso.build.registry import default_registry
from calipso.model.environment import Environment
from calipso.model.facts import HOST, Row
from calipso.model.source import Facts
from calipso.model.topology import COLLECTIONS, Topology

ENVIRONMENT = Environment("benchmark")

Data = dict[str, Any]


def timed(action: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds of the processor that `action` takes, and its result."""
    begun = time.process_time()
    result = action()
    return time.process_time() - begun, result


def flip(name: str, *values: Any) -> Callable[[Data], None]:
    """Return a change of an attribute to another one of these values."""

    def change(data: Data) -> None:
        data[name] = random.choice([value for value in values if value != data.get(name)])

    return change


def rename(data: Data) -> None:
    """Give a row another name."""
    data["name"] = f"renamed-{random.randrange(10**9)}"


def first_nic(name: str, value: Any) -> Callable[[Data], None]:
    """Return a change of an attribute of a host's first NIC."""

    def change(data: Data) -> None:
        data["interfaces"][0][name] = value

    return change


def stop_domain(data: Data) -> None:
    """Stop an instance of a host."""
    random.choice(data["domains"])["state"] = "shut off"


def lose_instance(data: Data) -> None:
    """Take an instance with its devices from a host."""
    domain = data["domains"].pop()
    start = domain["interfaces"][0]["target"].removeprefix("tap")
    data["interfaces"] = [each for each in data["interfaces"] if not each["name"].endswith(start)]
    data["bridges"] = [each for each in data["bridges"] if not each["name"].endswith(start)]
    for bridge in data["ovs"]["bridges"]:
        bridge["ports"] = [each for each in bridge["ports"] if not each["name"].endswith(start)]


def hang_elsewhere(data: Data) -> None:
    """Hang a NIC of a host on another switch port."""
    data["lldp"][0]["port_id"] = f"swp{random.randrange(100, 999)}"


CHANGES: dict[str, tuple[str, Callable[[Data], None]]] = {
    "server: status": ("server", flip("status", "ACTIVE", "SHUTOFF", "ERROR")),
    "server: name": ("server", rename),
    "server: host": ("server", flip("OS-EXT-SRV-ATTR:host", "compute-1", "compute-2")),
    "port: status": ("port", flip("status", "ACTIVE", "DOWN")),
    "port: host": ("port", flip("binding:host_id", "compute-1", "compute-2")),
    "network: status": ("network", flip("status", "ACTIVE", "DOWN")),
    "network: name": ("network", rename),
    "subnet: cidr": ("subnet", flip("cidr", "10.0.0.0/24", "10.1.0.0/24")),
    "agent: alive": ("agent", flip("alive", True, False)),
    "host: NIC is down": (HOST, first_nic("carrier", False)),
    "host: NIC is slow": (HOST, first_nic("speed", 100)),
    "host: domain stopped": (HOST, stop_domain),
    "host: instance lost": (HOST, lose_instance),
    "host: other switch port": (HOST, hang_elsewhere),
}


def sampled(
    build: IncrementalBuild, facts: Facts, kind: str, change: Callable[[Data], None], samples: int
) -> Data:
    """Return the seconds that changes of rows of a kind take, and how many documents each changes."""
    rows = [row for row in facts.rows if row["kind"] == kind and not row["key"].startswith("network-")]
    seconds, changes = [], []
    for row in random.sample(rows, min(samples, len(rows))):
        changed: Row = {**row, "data": copy.deepcopy(row["data"])}
        change(changed["data"])
        for each in (changed, row):
            took, found = timed(lambda each=each: build.apply([each]))  # type: ignore[misc] - of this turn
            seconds.append(took)
            changes.append(len(found))
    return {
        "median": statistics.median(seconds),
        "worst": max(seconds),
        "documents": statistics.median(changes),
    }


def documents(topology: Topology) -> dict[str, dict[str, Any]]:
    """Return the documents of a topology by collection and id."""
    return {name: {each["id"]: each for each in getattr(topology, name)} for name in COLLECTIONS}


def measure(hosts: int, instances: int, samples: int, *, whole: bool) -> dict[str, Any]:
    """Return the seconds of a build from nothing, and where it is not `whole`, of changes after it."""
    facts, registry = GeneratedCloud(hosts, instances).facts(), default_registry()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if whole:
        first, _topology = timed(lambda: build_topology(ENVIRONMENT, facts, registry))
        return {"first": first, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before}
    first, build = timed(lambda: IncrementalBuild(ENVIRONMENT, facts, registry))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    changes = {name: sampled(build, facts, kind, change, samples) for name, (kind, change) in CHANGES.items()}
    if documents(build.topology) != documents(build_topology(ENVIRONMENT, facts, registry)):
        raise RuntimeError("what is kept up to date must be what is built")
    return {"first": first, "peak": peak, "changes": changes}


def in_its_own_process(options: argparse.Namespace, *, whole: bool) -> dict[str, Any]:
    """Measure in a fresh interpreter."""
    sizes = [str(value) for value in (options.hosts, options.instances, options.samples)]
    command = [sys.executable, "-m", "benchmarks.incremental", "--one", "whole" if whole else "kept", *sizes]
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--hosts", type=int, default=500, help="hosts of the cloud")
    parser.add_argument("--instances", type=int, default=20, help="instances of each host")
    parser.add_argument("--samples", type=int, default=20, help="rows that are changed, and changed back")
    parser.add_argument(
        "--one", nargs=4, metavar=("WAY", "HOSTS", "INSTANCES", "SAMPLES"), help=argparse.SUPPRESS
    )
    options = parser.parse_args()
    if options.one:
        way, *sizes = options.one
        print(json.dumps(measure(*map(int, sizes), whole=way == "whole")))
        return
    whole, kept = (in_its_own_process(options, whole=way) for way in (True, False))
    print(f"{'':26}{'ms':>9}{'ratio':>9}{'worst':>9}{'documents':>11}")
    print(f"{'built from nothing':26}{whole['first'] * 1000:9.1f}{1:9.4f}")
    print(f"{'and kept up to date':26}{kept['first'] * 1000:9.1f}{kept['first'] / whole['first']:9.4f}")
    for name, found in kept["changes"].items():
        ratio, worst = (found[which] / whole["first"] for which in ("median", "worst"))
        print(f"{name:26}{found['median'] * 1000:9.1f}{ratio:9.4f}{worst:9.4f}{found['documents']:11.0f}")
    print(f"memory of the first build: {whole['peak'] / 1024:.0f} MiB, kept {kept['peak'] / 1024:.0f} MiB,")
    print(f"ratio {kept['peak'] / whole['peak']:.2f}")


if __name__ == "__main__":
    main()
