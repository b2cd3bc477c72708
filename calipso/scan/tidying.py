"""Tidying: what an environment does not keep is dropped."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ..model.environment import Environment
from ..model.retention import DEFAULT_RETENTION, messages_kept, parse_retention
from ..model.topology import Message

if TYPE_CHECKING:
    from ..store import Store


def tidy(store: Store, environment: Environment, *, scan_id: str | None = None, at: datetime) -> None:
    """Drop the generations and messages that the environment does not keep; with a policy that is none, drop
    nothing.
    """
    try:
        retention = DEFAULT_RETENTION if environment.retention is None else environment.retention
        policy, kept = parse_retention(retention), messages_kept(retention)
    except ValueError as error:
        message = Message("error", f"No generation is dropped: {error}")
        store.add_messages(environment.name, [message], scan_id=scan_id, at=at)
    else:
        store.thin(environment.name, policy, at=at)
        if kept is not None:
            store.forget_messages(environment.name, before=at - kept)
            store.forget_history(environment.name, before=at - kept)
