"""The builder: facts in; objects, links, cliques and messages out.

It reads no database, no network and no clock: equal facts give equal topologies.
"""

from __future__ import annotations

from .topology import build_topology

__all__ = ["build_topology"]
