"""A follower of a simulated cloud: notifications come to it as a bus may bring them, and its questions are
asked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from random import Random

from simulated_cloud import SimulatedAsker, SimulatedCloud, documents

from calipso.events.asking import Questions
from calipso.events.follower import Follower
from calipso.events.notification import read_notification
from calipso.events.result import Ask
from calipso.events.table import Handlers
from calipso.model.topology import Topology
from calipso.store import Store

ENVIRONMENT = "simulated"

WINDOW = 20
"""Messages that are shuffled among each other."""

VOLATILE = frozenset({"last_scanned"})
"""What the store adds to a document that is read."""

Delivery = Callable[[Iterable[str], Random], Iterator[str]]


class Replay:
    """A cloud that was scanned once, and its follower."""

    def __init__(self, store: Store, handlers: Handlers, random: Random, *, populates: bool) -> None:
        self.store, self.handlers, self.random = store, handlers, random
        self.cloud = SimulatedCloud(random, populates=populates)
        self.asker = SimulatedAsker(self.cloud, store, ENVIRONMENT)
        self.questions = Questions(clock=self.time)
        self.asked: tuple[datetime, Collection[Ask]] | None = None
        """When which questions were asked whose answers are not taken yet."""
        self.cloud.scan(store, ENVIRONMENT)
        self.begin()

    def time(self) -> float:
        """Return the cloud's time, in seconds."""
        return self.cloud.now.timestamp()

    def begin(self) -> None:
        """Follow with a new follower; what the last one knew is gone."""
        self.follower = Follower(
            self.store, ENVIRONMENT, self.handlers, ask=self.want, clock=lambda: self.cloud.now
        )
        self.follower.read()

    def crash(self) -> None:
        """Follow with a new follower, in a new process: what was to be asked is forgotten, too."""
        self.questions, self.asked = Questions(clock=self.time), None
        self.begin()

    def want(self, asks: Collection[Ask]) -> None:
        """Take questions."""
        self.questions.want({ask.by(self.follower.known.inventory_name) for ask in asks})

    def run(
        self, operations: int, delivery: Delivery, *, at_times: Sequence[Callable[[], None]] = ()
    ) -> None:
        """Let operations happen, and bring what is told of them in batches. Between these, questions are
        asked now and then, what was brought is published, and one of `at_times` is done.
        """
        batch: list[str] = []
        for body in delivery(self.cloud.run(operations), self.random):
            batch.append(body)
            if self.random.random() < 0.15:
                self.take(batch)
                batch = []
                if self.random.random() < 0.5:
                    self.ask()
                if self.random.random() < 0.2:
                    self.follower.publish()
                if at_times and self.random.random() < 0.03:
                    self.random.choice(at_times)()
        self.take(batch)

    def take(self, bodies: Iterable[str]) -> None:
        """Have the follower take messages: it can handle them all."""
        events = [read_notification(body, now=self.cloud.now) for body in bodies]
        handled = self.follower.take(events)
        assert [each for each in handled if each.verdict != "done"] == []

    def ask(self) -> None:
        """Have the questions asked whose time it is; or have the answers taken of those that were asked."""
        if self.asked is None:
            if asks := self.questions.due():
                self.asked = self.cloud.now, self.asker.ask(asks)
            return
        (since, asked), self.asked = self.asked, None
        self.cloud.pass_time(self.random.uniform(0, 0.5))
        self.follower.answered(asked, since)
        known = self.follower.known
        self.questions.answered([(ask, known.answer(ask)) for ask in asked], begun=since.timestamp())

    def settle(self) -> None:
        """Ask until no question is open, and publish."""
        while self.asked or (wait_s := self.questions.wait_s()) is not None:
            self.cloud.pass_time(0 if self.asked else wait_s)
            self.ask()
        self.follower.tick()
        self.follower.publish()

    def published(self) -> Topology:
        """Return the newest generation."""
        view = self.store.view(ENVIRONMENT)
        return Topology(list(view.objects()), list(view.links()), list(view.cliques()))

    def differences(self) -> list[str]:
        """Return what differs between the newest generation and what the cloud amounts to."""
        wanted, found = documents(self.cloud.topology(ENVIRONMENT)), documents(self.published())
        lines = []
        for name, listed in wanted.items():
            for key in listed.keys() | found[name].keys():
                one, other = listed.get(key, {}), found[name].get(key, {})
                told = {
                    field: (one.get(field), other.get(field))
                    for field in sorted((one.keys() | other.keys()) - VOLATILE)
                    if one.get(field) != other.get(field)
                }
                if told:
                    lines.append(f"{name} {one.get('type') or other.get('type')} {key}: {told}")
        return sorted(lines)


def in_order(bodies: Iterable[str], _random: Random) -> Iterator[str]:
    """Bring messages as they were sent."""
    yield from bodies


def shuffled(bodies: Iterable[str], random: Random) -> Iterator[str]:
    """Bring messages in another order than they were sent in, within a window."""
    window: list[str] = []
    for body in bodies:
        window.append(body)
        if len(window) == WINDOW:
            random.shuffle(window)
            yield from window
            window = []
    random.shuffle(window)
    yield from window


def doubled(bodies: Iterable[str], random: Random) -> Iterator[str]:
    """Bring some messages again, at once or much later."""
    again: list[tuple[int, str]] = []
    number = 0
    for number, body in enumerate(bodies):
        yield body
        if random.random() < 0.1:
            again.append((number + random.choice((0, 5, 50, 500)), body))
        yield from (late for due, late in again if due <= number)
        again = [each for each in again if each[0] > number]
    yield from (late for _due, late in again)


def lossy(bodies: Iterable[str], random: Random) -> Iterator[str]:
    """Lose some messages."""
    share = random.uniform(0.05, 0.2)
    yield from (body for body in bodies if random.random() >= share)
