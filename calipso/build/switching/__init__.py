"""What a host's virtual switches carry, and where: one file for each family of them.

A family gives, each for one host, what it can of: `end_points`, its tunnel end points; `plugged`, the
networks that have a live port on it; `carried`, the networks that NICs carry for it other than in tunnels.
Here they are joined, so that kinds and links ask for a host and not for a driver.
"""

from __future__ import annotations

from collections import defaultdict

from ..cloud import Cloud
from ..derived import of_host
from ..hosts import Host
from . import lxb, ovs, sriov, vpp
from .end_point import EndPoint, Tunnel
from .segments import Carried, Segment, segments

__all__ = ["EndPoint", "Tunnel", "carried", "end_points", "overlay_networks", "plugged_networks"]

SWITCHES = (lxb, ovs, vpp)
"""The families that are switches."""

CARRIERS = (lxb, ovs, sriov, vpp)
"""The families that have NICs carry networks by themselves."""


@of_host
def end_points(cloud: Cloud, host: Host) -> list[EndPoint]:
    """Return the tunnel end points of a host."""
    return [point for family in SWITCHES for point in family.end_points(cloud, host)]


@of_host
def plugged_networks(cloud: Cloud, host: Host) -> set[str]:
    """Return the networks that have a live port on one of the host's switches."""
    return {network for family in SWITCHES for network in family.plugged(cloud, host)}


def overlay_networks(cloud: Cloud, host: Host, overlay_type: str) -> dict[str, Segment]:
    """Return the networks that the host's tunnels of one type carry, with their segments."""
    return {
        network: segment
        for network in sorted(plugged_networks(cloud, host))
        for segment in segments(cloud, network)
        if segment["network_type"] == overlay_type
    }


@of_host
def carried(cloud: Cloud, host: Host) -> Carried:
    """Return the networks that each NIC of the host carries, with their segments."""
    found: Carried = defaultdict(dict)
    for point in end_points(cloud, host):
        networks = overlay_networks(cloud, host, point.type) if point.nics else {}
        for nic in point.nics:
            found[nic].update(
                (network, segment)
                for network, segment in networks.items()
                if point.networks is None or network in point.networks
            )
    for family in CARRIERS:
        for nic, own in family.carried(cloud, host).items():
            found[nic].update(own)
    return found
