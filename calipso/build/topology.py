"""From facts to a whole topology, once."""

from __future__ import annotations

from ..model.environment import Environment
from ..model.source import Facts
from ..model.topology import Topology
from .registry import Registry, default_registry
from .tracking import Tracker
from .work import begin, uncollected


def build_topology(environment: Environment, facts: Facts, registry: Registry | None = None) -> Topology:
    """Return what the facts of an environment amount to.

    Facts that contradict each other are built as they are and reported in the topology's messages.
    """
    with uncollected():
        work = begin(environment, facts, registry or default_registry(), Tracker(keeps=False))
        topology = work.topology
        work.clear()
        return topology
