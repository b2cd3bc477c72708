"""Facts of a whole cloud, staged as a scan does."""

from __future__ import annotations

from datetime import datetime

from calipso.model.facts import HOST, Row
from calipso.model.source import OPENSTACK, Facts, host_source
from calipso.store import Store


def source_of(row: Row) -> str:
    """Return who tells a row."""
    return host_source(row["key"]) if row["kind"] == HOST else OPENSTACK


def stage(store: Store, environment: str, facts: Facts, at: datetime) -> None:
    """Have every source say its facts at a time."""
    for source in facts.sources:
        rows = [row for row in facts.rows if source_of(row) == source]
        fetched = {(row["kind"], row["data"].get("region")) for row in rows}
        store.stage(environment, source, rows, fetched=fetched, collected_at=at, collector="test")
