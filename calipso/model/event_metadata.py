"""What is listened to on a cloud's message bus, and which handler takes each type of event."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from typing import Any

from .metadata import Fault, InvalidMetadataError, files, sections


@dataclass(frozen=True, slots=True)
class Queue:
    """An exchange, and the routing keys of what is taken of it; one that is not there is passed over."""

    exchange: str
    routing_keys: tuple[str, ...]


@dataclass(slots=True)
class EventMetadata:
    """The sections `queues` and `event_handlers` of all metadata files: event type -> name of its handler."""

    queues: list[Queue] = field(default_factory=list)
    event_handlers: dict[str, str] = field(default_factory=dict)


def load_events(where: Iterable[Path], handlers: Collection[str]) -> EventMetadata:
    """Read metadata directories. What a later file says of an exchange or of an event type counts.

    `handlers`: the names that there are. Raises InvalidMetadataError with all faults of all files.
    """
    faults: list[str] = []
    queues: dict[str, Queue] = {}
    chosen: dict[str, str] = {}
    for path in files(where, faults):
        fault = partial(_note, faults, path)
        said = sections(path, fault)
        queues |= {queue.exchange: queue for queue in _queues(said.get("queues") or [], fault)}
        chosen |= _handlers(said.get("event_handlers") or {}, handlers, fault)
    if faults:
        raise InvalidMetadataError("\n".join(faults))
    return EventMetadata(list(queues.values()), chosen)


def _note(faults: list[str], path: Path, place: str, expected: str) -> None:
    faults.append(f"{path}: {place + ': ' if place else ''}{expected}")


def _queues(entries: Any, fault: Fault) -> Iterable[Queue]:
    if not isinstance(entries, list):
        fault("queues", "expected a list")
        return
    for number, entry in enumerate(entries):
        known = entry if isinstance(entry, dict) else {}
        exchange, keys = known.get("exchange"), known.get("routing_keys")
        listed = [key for key in keys if isinstance(key, str) and key] if isinstance(keys, list) else []
        if isinstance(exchange, str) and listed and listed == keys and len(known) == len(fields(Queue)):
            yield Queue(exchange, tuple(listed))
        else:
            fault(f"queues[{number}]", "expected an exchange, and a list of routing_keys")


def _handlers(entries: Any, handlers: Collection[str], fault: Fault) -> Mapping[str, str]:
    if not isinstance(entries, dict):
        fault("event_handlers", "expected a mapping of event types to names of handlers")
        return {}
    for event_type, name in entries.items():
        if not isinstance(event_type, str) or name not in handlers:
            known = ", ".join(sorted(handlers))
            fault(f"event_handlers.{event_type}", f"{name!r} is no handler; expected one of {known}")
    return entries
