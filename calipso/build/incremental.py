"""A topology that is kept up to date: facts change, and what they amount to changes with them."""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

from ..model.environment import Environment
from ..model.facts import Row
from ..model.source import Facts, Source
from ..model.topology import Change, Topology
from .cloud import Cloud
from .precedence import RowKey, row_key
from .registry import Registry, default_registry
from .work import Work

__all__ = ["IncrementalBuild", "RowKey", "row_key"]


class IncrementalBuild:
    """Facts, and the topology that they amount to: what `build_topology` would make of the same facts.

    After an error of a kind or of a link family it is of no use any more.
    """

    def __init__(self, environment: Environment, facts: Facts, registry: Registry | None = None) -> None:
        """Build from nothing."""
        self._environment = environment
        self._registry = registry or default_registry()
        with _uncollected():
            self._begin(facts)

    @property
    def facts(self) -> Facts:
        """Return the facts as they are by now."""
        return self._cloud.facts

    @property
    def topology(self) -> Topology:
        """Return the topology as it is by now."""
        work = self._work
        return Topology(
            inventory=list(work.objects.values()),
            links=list(work.links.values()),
            cliques=list(work.cliques.values()),
            messages=[*self._cloud.messages, *work.messages()],
            drivers=self._cloud.drivers,
        )

    def apply(
        self,
        rows: Sequence[Row] = (),
        gone: Collection[RowKey] = (),
        sources: Mapping[str, Source] | None = None,
    ) -> list[Change]:
        """Take rows that are new or different, rows that are gone, and how all sources are by now (None: as
        they were). Return what that changed in the topology, which `topology` holds from now on.
        """
        cloud = self._cloud
        with _uncollected():
            configured = cloud.environment
            concerned = cloud.change(rows, gone, cloud.sources if sources is None else dict(sources))
            if cloud.environment == configured:
                return list(self._work.do(concerned))
            before = self._work
            self._begin(cloud.facts)
            return before.difference(self._work)

    def _begin(self, facts: Facts) -> None:
        self._cloud = Cloud(self._environment, Facts())
        concerned = self._cloud.change(facts.rows, (), facts.sources)
        self._work = Work(self._cloud, self._registry)
        self._work.do(concerned)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Pause the garbage collector: a build throws no cycles away, and makes much that lives on.

    What is there in the end is old at once, and not looked through as what is new would be.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            if not gc.get_freeze_count():
                gc.freeze()
                gc.unfreeze()
            gc.enable()
