"""The segments of networks: how each is carried."""

from __future__ import annotations

from typing import Any

from ..cloud import Cloud
from ..kinds.network import segments_of

Segment = dict[str, Any]
"""network_type, physical_network, segmentation_id."""

Carried = dict[str, dict[str, Segment]]
"""NIC to network to the segment by which it is carried."""


def segments(cloud: Cloud, network: str) -> list[Segment]:
    """Return a network's segments."""
    row = cloud.row("network", network)
    return segments_of(row, cloud.segments_by_network.get(network, [])) if row else []
