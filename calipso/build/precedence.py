"""Whom to believe where several sources tell the same: the API, then the database, then the hosts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from ..model.facts import OPENSTACK_DB_KINDS, OPENSTACK_KINDS, Row
from ..model.source import OPENSTACK, OPENSTACK_DB, Source

_IDENTITY = {"compute_service": ("host", "binary"), "hypervisor": ("hypervisor_hostname",)}
"""By what a row is the same in the API and in the database, where that is not its id."""


def preferred(rows: Iterable[Row], sources: Mapping[str, Source]) -> Iterator[Row]:
    """Yield each thing that OpenStack tells of once.

    The API's row stands, with what the database tells of it where the API says nothing at all of an
    attribute. What only the database tells of counts where the API did not tell all of its kind, or has no
    such kind. Rows of hosts pass.
    """
    told: dict[str, dict[str, Row]] = defaultdict(dict)
    asked: list[Row] = []
    for row in rows:
        if row.get("source") == OPENSTACK_DB:
            told[row["kind"]][_identity(row)] = row
        else:
            asked.append(row)
    if not told:
        yield from asked
        return
    known = defaultdict(set)
    for row in asked:
        identity = _identity(row)
        known[row["kind"]].add(identity)
        other = told[row["kind"]].get(identity)
        if other is None:
            yield row
        else:
            yield {**row, "data": {**other["data"], **row["data"]}}
    for kind, found in told.items():
        if kind not in OPENSTACK_KINDS or not _complete(sources, OPENSTACK, kind):
            yield from (row for identity, row in found.items() if identity not in known[kind])


def complete(sources: Mapping[str, Source], kind: str) -> bool:
    """Say whether all of OpenStack's facts of a kind are known: only then does absence tell."""
    return _complete(sources, OPENSTACK, kind) or (
        kind in OPENSTACK_DB_KINDS and _complete(sources, OPENSTACK_DB, kind)
    )


def _complete(sources: Mapping[str, Source], name: str, kind: str) -> bool:
    source = sources.get(name)
    return (
        source is not None
        and source.collected_at is not None
        and not source.stale
        and all(gap["part"] != kind for gap in source.gaps)
    )


def _identity(row: Row) -> str:
    names = _IDENTITY.get(row["kind"])
    values = [row["data"].get(name) for name in names] if names and isinstance(row["data"], Mapping) else []
    return ":".join(map(str, values)) if values and all(values) else row["key"]
