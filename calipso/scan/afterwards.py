"""What a scan does with the state that it found: keeps it under a name, compares it with another."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from shlex import quote
from typing import TYPE_CHECKING, Any

from ..analyze.comparison import Comparison, compare
from ..analyze.surroundings import changes_around
from ..model.requests import PREVIOUS
from ..model.topology import Message
from .snapshots import keep, snapshot

if TYPE_CHECKING:
    from ..store import Store


def name_and_compare(
    store: Store,
    environment: str,
    options: Mapping[str, Any],
    generation: int,
    *,
    previous: int | None,
    by: str,
    at: datetime,
) -> list[Message]:
    """Do what a scan's `snapshot` and `compare_with` ask for; return messages of what came of it.

    `generation` is the state that the scan found, `previous` the one before. What could not be done is a
    message of level error.
    """
    from ..store import StoreError

    told = []
    if options.get("compare_with"):
        told.append(_difference(store, environment, options, previous, generation))
    if name := options.get("snapshot"):
        try:
            keep(store, environment, name, store.find_state(environment, str(generation)), by=by, at=at)
        except (StoreError, ValueError) as error:
            told.append(
                Message("error", f"generation {generation} is not kept as snapshot {name!r}: {error}")
            )
    return told


def _difference(
    store: Store, environment: str, options: Mapping[str, Any], previous: int | None, generation: int
) -> Message:
    """Return the message that counts what is different from a snapshot, or from the previous state.

    After a scan of one object only what is different around it counts.
    """
    against, focal_point = options["compare_with"], options.get("object_id")
    if against == PREVIOUS:
        before, label = previous, "the previous state"
    else:
        kept = snapshot(store, environment, against)
        before, label = kept.number if kept else None, f"snapshot {against!r}"
    if before is None:
        return Message("warn", f"generation {generation} is compared with nothing: {label} is not there")
    changes = store.changes(environment, before, generation)
    command = f"calipso compare --env {quote(environment)} {before} {generation}"
    if focal_point:
        views = (store.view(environment, number) for number in (before, generation))
        changes = changes_around(changes, focal_point, *views)
        command += f" --object {quote(focal_point)}"
    found = compare(changes)
    if found.equal:
        return Message("info", f"Nothing is different from {label}, generation {before}.")
    return Message("notice", f"Different from {label}: {_counts(found)}. To read: {command}")


def _counts(found: Comparison) -> str:
    """Return how much is different, in a line."""
    return "; ".join(
        f"{collection}: " + ", ".join(f"{count} {group}" for group, count in groups.items() if count)
        for collection, groups in found.summary.items()
        if any(groups.values())
    )
