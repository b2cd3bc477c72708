"""Publishers that are killed, stopped, or two at once: readers see whole generations, always."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime

from pymongo import MongoClient
from store_publisher import publisher_process, topology

from calipso.model.topology import COLLECTIONS, Document, Topology
from calipso.store import Store

SIZE = 1_000
KILLS = 40
STOPS = 12
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

Content = dict[str, dict[str, Document]]


def read(store: Store, generation: int | None = None) -> Content:
    """Return what a generation holds."""
    found: Content = {name: {} for name in COLLECTIONS}
    for document in store.view("lab", generation).export():
        document.pop("last_scanned", None)
        collection = found[document.pop("collection")]
        assert document["id"] not in collection
        collection[document["id"]] = document
    return found


def content(topology: Topology) -> Content:
    """Return what reading `topology` gives."""
    return {name: {document["id"]: document for document in getattr(topology, name)} for name in COLLECTIONS}


def test_a_killed_publisher_leaves_the_old_generation_or_the_new_one(store: Store, mongo_uri: str) -> None:
    expected = [content(topology("lab", 0, SIZE))]
    store.publish("lab", topology("lab", 0, SIZE))
    draw = random.Random(4)  # noqa: S311 - test data
    with publisher_process() as publisher:
        publisher.publish(mongo_uri, "lab", 1, SIZE)
        begun = time.monotonic()
        assert publisher.result() == "end 2"
        expected.append(content(topology("lab", 1, SIZE)))
        full_length = time.monotonic() - begun
        outcomes = set()
        for number in range(KILLS):
            seed = 2 + number
            pid = publisher.publish(mongo_uri, "lab", seed, SIZE)
            time.sleep(draw.uniform(0, full_length))
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            outcomes.add(publisher.result())
            published = store.generation("lab") > len(expected)
            if published:
                expected.append(content(topology("lab", seed, SIZE)))
            assert read(store) == expected[-1]
            if number % 3 == 0:
                assert store.publish("lab", topology("lab", -seed, SIZE)).generation == len(expected) + 1
                expected.append(content(topology("lab", -seed, SIZE)))
                assert read(store) == expected[-1]
    assert "killed" in outcomes
    for number, whole in enumerate(expected, 1):
        assert read(store, number) == whole


def test_a_publisher_that_wakes_up_too_late_changes_nothing(store: Store, mongo_uri: str) -> None:
    store.publish("lab", topology("lab", 0, SIZE))
    draw = random.Random(5)  # noqa: S311 - test data
    with publisher_process() as publisher, MongoClient(mongo_uri) as client:
        for number in range(STOPS):
            pid = publisher.publish(mongo_uri, "lab", 2 * number + 1, SIZE)
            time.sleep(draw.uniform(0, 0.15))
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
            client.get_default_database()["pointers"].update_one(
                {"lease": {"$ne": None}}, {"$set": {"lease.expires": LONG_AGO}}
            )
            late = topology("lab", 2 * number + 2, SIZE)
            generation = store.publish("lab", late).generation
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
            result = publisher.result()
            newest = store.generation("lab")
            assert result in {"end LeaseLostError", f"end {newest}", f"end {generation - 1}"}
            assert read(store, generation) == content(late)
            if newest == generation:
                assert read(store) == content(late)


def test_two_publishers_take_turns(store: Store, mongo_uri: str) -> None:
    rounds = 4
    with publisher_process() as one, publisher_process() as other:
        for number in range(rounds):
            for seed, publisher in ((2 * number, one), (2 * number + 1, other)):
                publisher.publish(mongo_uri, "lab", seed, SIZE)
            results = {one.result(), other.result()}
            assert results == {f"end {2 * number + 1}", f"end {2 * number + 2}"}
    assert [generation.number for generation in store.generations("lab")] == [*range(1, 2 * rounds + 1)]
    for generation in range(1, 2 * rounds + 1):
        found = read(store, generation)
        assert found == content(topology("lab", found["links"]["seed"]["seed"], SIZE))


def test_readers_see_whole_generations_while_others_publish(store: Store, mongo_uri: str) -> None:
    store.publish("lab", topology("lab", 0, SIZE))
    expected = {seed: content(topology("lab", seed, SIZE)) for seed in range(8)}
    faults: list[int] = []
    reads: list[int] = []
    done = threading.Event()

    def keep_reading() -> None:
        while not done.is_set():
            found = read(store)
            seed = found["links"]["seed"]["seed"]
            reads.append(seed)
            if found != expected[seed]:
                faults.append(seed)

    readers = [threading.Thread(target=keep_reading) for _reader in range(2)]
    for reader in readers:
        reader.start()
    with publisher_process() as publisher:
        for seed in range(1, len(expected)):
            publisher.publish(mongo_uri, "lab", seed, SIZE)
            assert publisher.result() == f"end {seed + 1}"
    done.set()
    for reader in readers:
        reader.join()
    assert not faults
    assert len(set(reads)) > 1
