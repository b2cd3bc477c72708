"""Snapshots: states of an environment that have a name, and are kept."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..store import Generation, Store


def snapshot(store: Store, environment: str, name: str) -> Generation | None:
    """Return the state of that name."""
    return next((each for each in store.generations(environment) if name in each.names), None)


def keep(store: Store, environment: str, name: str, generation: Generation, *, by: str, at: datetime) -> bool:
    """Give a state a name, and note that `by` did so; return False if it has that name already.

    Raises NameTakenError where another state has it, ValueError for what is no name, and StoreError.
    """
    if name in generation.names:
        return False
    store.name_generation(environment, generation.number, name)
    text = f"generation {generation.number} is kept as snapshot {name!r}"
    store.record_change(text, by=by, environment=environment, at=at)
    return True


def forget(store: Store, environment: str, name: str, *, by: str, at: datetime) -> bool:
    """Take a name from its state, and note that `by` did so; return False if no state has it.

    The state itself goes when the environment's retention says so. Raises StoreError.
    """
    found = snapshot(store, environment, name)
    if found is None:
        return False
    store.unname_generation(environment, name)
    text = f"generation {found.number} is no longer kept as snapshot {name!r}"
    store.record_change(text, by=by, environment=environment, at=at)
    return True
