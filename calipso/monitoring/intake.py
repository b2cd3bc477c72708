"""Taking in what Sensu tells: statuses, silence and samples; and a message of what cannot be taken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ..model.topology import Message
from ..store import Sample, UnknownGenerationError
from .events import Heard, Point, read_event, shown

if TYPE_CHECKING:
    from ..store import Store

SENSU = "Sensu"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An event that was not taken: its place in the list, and what is wrong with it."""

    index: int
    message: str


@dataclass(frozen=True, slots=True)
class Intake:
    """What became of events: how many changed a status, said again or too late what was known, are none of
    Calipso's, are about objects that the inventory does not have; how many samples were added.
    """

    changed: int
    unchanged: int
    ignored: int
    unknown: int
    samples: int
    refused: tuple[Refusal, ...]


def take(store: Store, environment: str, events: Sequence[object], *, at: datetime) -> Intake:
    """Take in events of an environment, raw as Sensu wrote them, in any order and however often.

    What is refused, or is about no known object, is noted in the messages. Raises
    `UnknownEnvironmentError`, and `StoreError` where the database fails; then all may be sent again.
    """
    refused = []
    heard: list[Heard] = []
    ignored = 0
    for index, event in enumerate(events):
        try:
            said = read_event(event, at=at)
            if said is None or not (said.environment or said.is_ours):
                ignored += 1
                continue
            _check_environment(said, environment)
        except ValueError as error:
            refused.append(Refusal(index, str(error)))
        else:
            heard.append(said)
    ours = {id(said.result) for said in heard if said.is_ours}
    results = [said.result for said in heard if said.result is not None]
    recorded = store.record_results(environment, results, at=at)
    unknown = [result for result in recorded.unknown if id(result) in ours]
    samples, strangers = _samples(store, environment, [point for said in heard for point in said.points])
    store.add_samples(environment, samples)
    messages = [Message("warn", f"an event was refused: {refusal.message}") for refusal in refused]
    messages += [
        Message(
            "warn",
            f"check {shown(result.name)} of host {shown(result.host)} is about something that the inventory "
            "does not have; scan the environment, or render its monitoring again",
        )
        for result in unknown
    ]
    messages += [
        Message("warn", f"counters came of {shown(name)}, which the inventory does not have", name)
        for name in strangers
    ]
    store.add_messages(environment, messages, source_system=SENSU, scan_id=None, at=at)
    return Intake(
        changed=len(recorded.changed),
        unchanged=len(recorded.unchanged),
        ignored=ignored + len(recorded.unknown) - len(unknown),
        unknown=len(unknown) + len(strangers),
        samples=len(samples),
        refused=tuple(refused),
    )


def _check_environment(said: Heard, environment: str) -> None:
    if said.environment is None:
        raise ValueError(
            f"the event from {shown(said.host)} does not say its environment (calipso_environment)"
        )
    if said.environment != environment:
        raise ValueError(f"the event is of environment {shown(said.environment)}, and was sent for another")


def _samples(store: Store, environment: str, points: Iterable[Point]) -> tuple[list[Sample], list[str]]:
    """Return the samples that points make, and the ids of those that no object has."""
    counters: defaultdict[tuple[str, datetime], dict[str, int | float]] = defaultdict(dict)
    for point in points:
        counters[point.id, point.at][point.name] = point.value
    ids = {key for key, _at in counters}
    types = _types(store, environment, ids) if ids else {}
    samples = [Sample(key, types[key], at, said) for (key, at), said in counters.items() if key in types]
    return samples, sorted(ids - types.keys())


def _types(store: Store, environment: str, ids: set[str]) -> dict[str, str]:
    try:
        found = store.view(environment).objects(ids=ids, brief=("type",))
    except UnknownGenerationError:
        return {}
    return {document["id"]: document["type"] for document in found}
