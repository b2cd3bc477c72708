"""From facts to a whole topology, once."""

from __future__ import annotations

from ..model.environment import Environment
from ..model.source import Facts
from ..model.topology import Topology
from .incremental import IncrementalBuild
from .registry import Registry


def build_topology(environment: Environment, facts: Facts, registry: Registry | None = None) -> Topology:
    """Return what the facts of an environment amount to.

    Facts that contradict each other are built as they are and reported in the topology's messages.
    """
    return IncrementalBuild(environment, facts, registry).topology
