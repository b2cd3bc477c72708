"""A topology that is kept up to date: facts change, and what they amount to changes with them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ..model.environment import Environment
from ..model.facts import Row
from ..model.source import Facts, Source
from ..model.topology import Change, Message, Topology
from .precedence import RowKey, row_key
from .registry import Registry, default_registry
from .tracking import Tracker
from .work import begin, uncollected

__all__ = ["IncrementalBuild", "RowKey", "row_key"]


class IncrementalBuild:
    """Facts, and the topology that they amount to: what `build_topology` would make of the same facts.

    After an error of a kind or of a link family it is of no use any more.
    """

    def __init__(self, environment: Environment, facts: Facts, registry: Registry | None = None) -> None:
        """Build from nothing."""
        self._environment = environment
        self._registry = registry or default_registry()
        with uncollected():
            self._work = begin(environment, facts, self._registry, Tracker())

    @property
    def facts(self) -> Facts:
        """Return the facts as they are by now."""
        return self._work.cloud.facts

    @property
    def topology(self) -> Topology:
        """Return the topology as it is by now."""
        return self._work.topology

    @property
    def messages(self) -> list[Message]:
        """Return the messages of the topology alone."""
        return self._work.messages

    def apply(
        self,
        rows: Sequence[Row] = (),
        gone: Collection[RowKey] = (),
        sources: Mapping[str, Source] | None = None,
    ) -> list[Change]:
        """Take rows that are new or different, rows that are gone, and how all sources are by now (None: as
        they were). Return what that changed in the topology, which `topology` holds from now on.
        """
        cloud = self._work.cloud
        with uncollected():
            served = cloud.environment
            concerned = cloud.change(rows, gone, cloud.sources if sources is None else dict(sources))
            if cloud.environment == served:
                return list(self._work.do(concerned))
            before = self._work
            self._work = begin(self._environment, cloud.facts, self._registry, Tracker())
            before.clear()
            return list(before.difference(self._work))
