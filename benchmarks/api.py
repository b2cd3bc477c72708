"""How long the API takes, as ratios to the bare reads that an answer needs, from one run.

usage: python -m benchmarks.api [--hosts 1000] [--instances 40] [--requests 400]

Each request is made over HTTP to `calipso serve` (one worker, one connection that stays open) by a user who
may view the environment, in turn with the same reads made plainly: with pymongo, one after the other, by
this process, without sorting, checking or making JSON. Those are the reads that the answer cannot do
without: whose the token is, and what that user may see; which generation is the newest; the documents that
the answer holds, and when their sources were last heard.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bson import Regex
from pymongo import MongoClient
from pymongo.database import Database

from benchmarks.cloud import AT, GeneratedCloud
from calipso.accounts import Accounts
from calipso.build import build_topology
from calipso.build.registry import default_registry
from calipso.model.environment import Environment
from calipso.store import Store, embedded

ENVIRONMENT = "benchmark"
USER = "viewer"
SEARCH_LIMIT = 50
MESSAGES = 100

Document = dict[str, Any]


class Bare:
    """The reads that answers need, made plainly."""

    def __init__(self, database: Database[Document], token: str) -> None:
        self.database = database
        self.token = hashlib.sha256(token.encode()).hexdigest()

    def caller(self) -> Document:
        """Read whose the token is, what they may see, and the pointer; return the condition for its rows."""
        token = self.database["tokens"].find_one({"_id": self.token}) or {}
        self.database["users"].find_one({"_id": token["user"]})
        self.database["environments_config"].find_one({"_id": ENVIRONMENT})
        pointer = self.database["pointers"].find_one({"_id": ENVIRONMENT}) or {}
        attempt = pointer["published"]
        return {"environment": ENVIRONMENT, "_from": {"$lte": attempt}, "_to": {"$not": {"$lte": attempt}}}

    def read(self, name: str, rows: Document, where: Document) -> list[Document]:
        """Read documents of a generation."""
        return list(self.database[name].find({**rows, **where}))

    def heard(self, objects: Iterable[Document]) -> None:
        """Read when the sources of objects were last heard."""
        names = list({found["source"] for found in objects if "source" in found})
        if names:
            list(self.database["sources"].find({"environment": ENVIRONMENT, "source": {"$in": names}}))

    def inventory(self, key: str) -> None:
        """Read an object."""
        self.heard(self.read("inventory", self.caller(), {"id": key}))

    def object(self, key: str) -> None:
        """Read an object, what is above and below it, its links and what is at their ends, its messages."""
        rows = self.caller()
        [found] = self.read("inventory", rows, {"id": key})
        links = self.read("links", rows, {"$or": [{"source_id": key}, {"target_id": key}]})
        ends = {link[end] for link in links for end in ("source_id", "target_id")}
        wanted = ends.union(found["id_path"].split("/")[2:]) - {key}
        around = self.read("inventory", rows, {"id": {"$in": list(wanted)}})
        below = self.read("inventory", rows, {"parent_id": key})
        if folders := [child["id"] for child in below if child["type"].endswith("_folder")]:
            below += self.read("inventory", rows, {"parent_id": {"$in": folders}})
        self.heard([found, *around, *below])
        about = {"environment": ENVIRONMENT, "related_object": key}
        list(self.database["messages"].find(about).limit(MESSAGES))

    def clique(self, key: str) -> None:
        """Read an object, its clique, and the links and objects in that."""
        rows = self.caller()
        [clique] = self.read("cliques", rows, {"focal_point": key})
        links = self.read("links", rows, {"id": {"$in": clique["links"]}})
        ends = {key}.union(link[end] for link in links for end in ("source_id", "target_id"))
        self.heard(self.read("inventory", rows, {"id": {"$in": list(ends)}}))

    def search(self, text: str) -> None:
        """Read objects with a term that begins so, by the index of terms."""
        kind, _colon, rest = text.rpartition("type:instance ")
        begun = [Regex(f"^{rank}{re.escape(rest)}") for rank in "01"]
        where = {**self.caller(), "_terms": {"$in": begun}, **({"type": "instance"} if kind else {})}
        self.heard(self.database["inventory"].find(where).hint("by_term").limit(SEARCH_LIMIT))


class Api:
    """A connection to the API that stays open."""

    def __init__(self, port: int, token: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        self.headers = {"X-Auth-Token": token}

    def get(self, path: str, **query: str) -> None:
        """Read the answer, or raise RuntimeError with what the API says."""
        asked = urlencode({"env_name": ENVIRONMENT, **query})
        self.connection.request("GET", f"{path}?{asked}", headers=self.headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status != http.client.OK:
            raise RuntimeError(f"{path}?{asked}: {answer.status} {content[:500]!r}")


def timed(action: Callable[[], Any]) -> float:
    """Return the seconds that `action` takes."""
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def percentiles(seconds: Sequence[float]) -> tuple[float, float]:
    """Return median and 99th percentile, in milliseconds."""
    return 1_000 * statistics.median(seconds), 1_000 * statistics.quantiles(seconds, n=100)[98]


def measure(name: str, ask: Callable[[str], None], bare: Callable[[str], None], keys: Sequence[str]) -> None:
    """Print one line: both ways for every key, in turn."""
    for key in keys[: len(keys) // 10]:
        ask(key)
        bare(key)
    api, floor = [], []
    for key in keys:
        api.append(timed(lambda key=key: ask(key)))
        floor.append(timed(lambda key=key: bare(key)))
    (middle, late), (floor_middle, floor_late) = percentiles(api), percentiles(floor)
    print(
        f"{name:28s}{middle:10.2f}{late:10.2f}{floor_middle:12.2f}{floor_late:10.2f}"
        f"{middle / floor_middle:10.2f}{late / floor_late:8.2f}"
    )


@contextmanager
def serving(uri: str) -> Iterator[int]:
    """Serve the API; give its port."""
    command = [sys.executable, "-m", "calipso", "--mongo-uri", uri, "serve", "--workers", "1"]
    process = subprocess.Popen(
        [*command, "--bind", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]
    )
    assert process.stdout is not None  # noqa: S101
    try:
        found = re.search(r"127\.0\.0\.1:(\d+)", process.stdout.readline())
        if found is None:
            raise RuntimeError("calipso serve did not say where it answers")
        yield int(found[1])
    finally:
        process.terminate()
        process.wait()


def publish(store: Store, hosts: int, instances: int) -> None:
    """Publish a generated cloud, which `USER` may view."""
    store.prepare()
    registry = default_registry()
    environment = Environment(ENVIRONMENT, auth={"view-env": [USER]}, mechanism_drivers=("OVS",))
    facts = GeneratedCloud(hosts, instances).facts()
    topology = build_topology(environment, facts, registry)
    store.create_environment(environment)
    for source in facts.sources:
        store.stage(ENVIRONMENT, source, [], fetched=[("all", None)], collected_at=AT, collector="benchmark")
    store.publish(ENVIRONMENT, topology, search_fields=registry.search_fields)


def log_in(store: Store) -> str:
    """Make the user; return a token."""
    accounts = Accounts(store)
    password = "a long enough password"  # noqa: S105
    accounts.add_user(USER, password, role="user")
    return accounts.log_in(USER, password, address="127.0.0.1").token


def report(uri: str, token: str, requests: int) -> None:
    """Measure each kind of request, and print a table."""
    chance = random.Random(1)
    database = MongoClient[Document](uri).get_default_database()

    def some(kind: str) -> list[Document]:
        brief = {"id": 1, "name": 1, "mac_address": 1}
        return chance.choices(list(database["inventory"].find({"type": kind}, brief)), k=requests)

    instances = some("instance")
    ids = [found["id"] for found in instances]
    typed = [found["name"][: chance.randint(2, len(found["name"]))] for found in instances]
    count = database["inventory"].count_documents({"type": "instance"})
    print(f"{count} instances, {database['inventory'].estimated_document_count()} objects")
    print("request                      median ms  99 % ms  bare median  bare 99 %  ratio 50 %   99 %")
    with serving(uri) as port:
        api, bare = Api(port, token), Bare(database, token)

        def clique(key: str) -> None:
            api.get("/clique", id=key)

        def search(text: str) -> None:
            api.get("/search", q=text)

        measure("inventory, id", lambda key: api.get("/inventory", id=key), bare.inventory, ids)
        measure("object, instance", lambda key: api.get("/objects", id=key), bare.object, ids)
        for kind in ("instance", "host", "network"):
            measure(f"clique, {kind}", clique, bare.clique, [found["id"] for found in some(kind)])
        measure("search, name as typed", search, bare.search, typed)
        measure("search, MAC address", search, bare.search, [found["mac_address"] for found in instances])
        measure("search, nothing found", search, bare.search, [f"no {text}" for text in typed])
        measure("search, type and name", search, bare.search, [f"type:instance {text}" for text in typed])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--hosts", type=int, default=1_000)
    parser.add_argument("--instances", type=int, default=40, help="instances of each host")
    parser.add_argument("--requests", type=int, default=400, help="of each kind")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        uri = embedded.start(home)
        try:
            with Store.open(uri) as store:
                publish(store, options.hosts, options.instances)
                token = log_in(store)
            report(uri, token, options.requests)
        finally:
            embedded.stop(home)


if __name__ == "__main__":
    main()
