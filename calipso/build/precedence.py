"""Whom to believe where several sources tell the same: the API, then the database, then the hosts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from ..model.facts import OPENSTACK_DB_KINDS, OPENSTACK_KINDS, Row
from ..model.source import OPENSTACK, OPENSTACK_DB, Source

RowKey = tuple[str, str, str]
"""Source, kind and key: what a row is known by."""

Fact = tuple[str, str]
"""Kind and key: what is told of once."""

_IDENTITY = {"compute_service": ("host", "binary"), "hypervisor": ("hypervisor_hostname",)}
"""By what a row is the same in the API and in the database, where that is not its id."""


def row_key(row: Row) -> RowKey:
    """Return what a row is known by."""
    return row.get("source", OPENSTACK), row["kind"], row["key"]


class Told:
    """The rows of all sources, and of each thing the one that is believed.

    The API's row stands, with what the database tells of it where the API says nothing at all of an
    attribute. What only the database tells of counts where the API did not tell all of its kind, or has no
    such kind.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._rows: dict[Fact, dict[str, Row]] = {}
        self._alike: dict[tuple[str, str], set[RowKey]] = {}
        """The rows of a kind that are the same thing, where the database tells of any of the kind."""
        self._in_database: set[str] = set()
        self._sources: Mapping[str, Source] = {}

    def all(self) -> list[Row]:
        """Return all rows, by what they are known by."""
        return sorted((row for told in self._rows.values() for row in told.values()), key=row_key)

    def change(
        self, rows: Iterable[Row], gone: Collection[RowKey], sources: Mapping[str, Source]
    ) -> dict[Fact, Row | None]:
        """Take rows, and away others. Return what is believed by now of each thing that this may concern."""
        concerned: dict[Fact, None] = {}
        for row in rows:
            concerned |= self._replace(row_key(row), row)
        for key in gone:
            concerned |= self._replace(key, None)
        for kind in self._in_database:
            if _complete(self._sources, OPENSTACK, kind) != _complete(sources, OPENSTACK, kind):
                concerned |= dict.fromkeys(fact for fact in self._rows if fact[0] == kind)
        self._sources = sources
        return {fact: self._believed(fact) for fact in concerned}

    def _replace(self, key: RowKey, row: Row | None) -> dict[Fact, None]:
        source, kind, name = key
        told = self._rows.setdefault((kind, name), {})
        if source == OPENSTACK_DB and kind not in self._in_database:
            self._in_database.add(kind)
            for (each, _name), known in self._rows.items():
                for other in known.values() if each == kind else ():
                    self._alike.setdefault((kind, _identity(other)), set()).add(row_key(other))
        concerned: dict[Fact, None] = {(kind, name): None}
        if kind in self._in_database:
            for version, there in ((told.get(source), False), (row, True)):
                if version is not None:
                    alike = self._alike.setdefault((kind, _identity(version)), set())
                    concerned |= dict.fromkeys(other[1:] for other in alike)
                    (alike.add if there else alike.discard)(key)
        if row is not None:
            told[source] = row
        else:
            told.pop(source, None)
            if not told:
                del self._rows[kind, name]
        return concerned

    def _believed(self, fact: Fact) -> Row | None:
        told = self._rows.get(fact, {})
        if len(told) == 1 and fact[0] not in self._in_database:
            return next(iter(told.values()))
        found = (self._preferred(row) for _source, row in sorted(told.items(), reverse=True))
        return next((row for row in found if row is not None), None)

    def _preferred(self, row: Row) -> Row | None:
        """Return a row with what the database tells of the same thing; None where another stands for it."""
        kind = row["kind"]
        if kind not in self._in_database:
            return row
        alike = sorted(self._alike[kind, _identity(row)])
        ours = [key for key in alike if key[0] == OPENSTACK_DB]
        if row.get("source") != OPENSTACK_DB:
            if not ours:
                return row
            other = self._rows[kind, ours[-1][2]][OPENSTACK_DB]
            return {**row, "data": {**other["data"], **row["data"]}}
        alone = len(ours) == len(alike) and row["key"] == ours[-1][2]
        stands = kind not in OPENSTACK_KINDS or not _complete(self._sources, OPENSTACK, kind)
        return row if alone and stands else None


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
