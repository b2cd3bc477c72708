"""A topology that is kept up to date: facts change, and what they amount to changes with them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ..model.environment import Environment
from ..model.facts import Row
from ..model.source import OPENSTACK, Facts, Source
from ..model.topology import COLLECTIONS, Change, Topology
from .registry import Registry, default_registry
from .topology import build_topology

RowKey = tuple[str, str, str]
"""Source, kind and key: what a row is known by."""


def row_key(row: Row) -> RowKey:
    """Return what a row is known by."""
    return row.get("source", OPENSTACK), row["kind"], row["key"]


class IncrementalBuild:
    """Facts, and the topology that they amount to: what `build_topology` would make of the same facts."""

    def __init__(self, environment: Environment, facts: Facts, registry: Registry | None = None) -> None:
        """Build from nothing."""
        self._environment = environment
        self._registry = registry or default_registry()
        self._rows = {row_key(row): row for row in facts.rows}
        self._sources = dict(facts.sources)
        self.topology: Topology = self._built()

    @property
    def facts(self) -> Facts:
        """Return the facts as they are by now."""
        return Facts(dict(self._sources), [self._rows[key] for key in sorted(self._rows)])

    def apply(
        self,
        rows: Sequence[Row] = (),
        gone: Collection[RowKey] = (),
        sources: Mapping[str, Source] | None = None,
    ) -> list[Change]:
        """Take rows that are new or different, rows that are gone, and how all sources are by now (None: as
        they were). Return what that changed in the topology, which `topology` holds from now on.
        """
        before = self.topology
        for row in rows:
            self._rows[row_key(row)] = row
        for key in gone:
            self._rows.pop(key, None)
        if sources is not None:
            self._sources = dict(sources)
        self.topology = self._built()
        return _difference(before, self.topology)

    def _built(self) -> Topology:
        return build_topology(self._environment, self.facts, self._registry)


def _difference(before: Topology, after: Topology) -> list[Change]:
    changes = []
    for name in COLLECTIONS:
        old = {document["id"]: document for document in getattr(before, name)}
        new = {document["id"]: document for document in getattr(after, name)}
        changes += [Change(name, old[key], new.get(key)) for key in old if old[key] != new.get(key)]
        changes += [Change(name, None, new[key]) for key in new if key not in old]
    return changes
