"""The segments of networks: how each is carried."""

from __future__ import annotations

from typing import Any

from ..cloud import Cloud
from ..derived import derived
from ..kinds.network import listed_segments, segments_of

Segment = dict[str, Any]
"""network_type, physical_network, segmentation_id."""

Carried = dict[str, dict[str, Segment]]
"""NIC to network to the segment by which it is carried."""


@derived
def segments(cloud: Cloud, network: str) -> list[Segment]:
    """Return a network's segments."""
    row = cloud.row("network", network)
    return segments_of(row, listed_segments(cloud, network)) if row else []
