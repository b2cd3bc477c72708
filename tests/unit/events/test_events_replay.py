"""Random operations, told as OpenStack's services tell them, and brought however the bus brings that: what is
published is what the cloud amounts to.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from replayed_cloud import ENVIRONMENT, Delivery, Replay, doubled, in_order, lossy, shuffled
from simulated_cloud import OPERATIONS, SimulatedCloud

from calipso.events.table import Handlers
from calipso.store import Store

LENGTH = 300
"""Operations of a sequence."""

Begin = Callable[[int], Replay]


@pytest.fixture
def begin(store: Store) -> Begin:
    """Begins to follow a cloud that a seed makes; agents of odd ones make tunnels only where they must."""
    return lambda seed: Replay(store, Handlers(), Random(seed), populates=seed % 2 == 1)  # noqa: S311


@pytest.mark.parametrize(
    ("seed", "delivery"),
    [(1, in_order), (2, shuffled), (3, doubled)],
    ids=["1-in_order", "2-shuffled", "3-doubled"],
)
def test_without_losses_what_is_published_is_the_cloud(seed: int, delivery: Delivery, begin: Begin) -> None:
    replay = begin(seed)
    replay.run(LENGTH, delivery)
    replay.settle()
    assert replay.differences() == []


def test_with_losses_it_is_after_a_scan(begin: Begin) -> None:
    replay = begin(5)
    replay.run(LENGTH, lossy)
    replay.settle()
    assert replay.differences()
    replay.cloud.scan(replay.store, ENVIRONMENT)
    assert replay.differences() == []
    replay.settle()
    assert replay.differences() == []


def test_followers_that_end_and_scans_of_others_do_no_harm(begin: Begin) -> None:
    replay = begin(6)

    def scan() -> None:
        replay.cloud.scan(replay.store, ENVIRONMENT)

    replay.run(LENGTH, shuffled, at_times=(replay.begin, scan, replay.follower.tick))
    replay.settle()
    assert replay.differences() == []


def test_a_follower_that_lost_its_questions_is_right_after_a_scan(begin: Begin) -> None:
    replay = begin(8)
    replay.run(LENGTH // 3, in_order)
    replay.crash()
    replay.settle()
    replay.cloud.scan(replay.store, ENVIRONMENT)
    replay.settle()
    assert replay.differences() == []
    replay.run(LENGTH // 3, in_order)
    replay.settle()
    assert replay.differences() == []


def test_the_simulated_cloud_contradicts_itself_in_nothing() -> None:
    counts = dict.fromkeys(OPERATIONS, 0)
    for seed in range(8):
        cloud = SimulatedCloud(Random(seed), populates=seed % 2 == 1)  # noqa: S311
        list(cloud.run(LENGTH))
        cloud.settle()
        assert cloud.topology(ENVIRONMENT).messages == []
        counts = {name: count + cloud.counts[name] for name, count in counts.items()}
    assert min(counts.values()) > 0
