"""The check of tunnel end points: whether their peers answer."""

from __future__ import annotations

from typing import List, Optional

from .check import Check
from .host import Host
from .icmp import ping
from .parameters import Parameter
from .result import CRITICAL, OK, WARNING, Result, error, worst


def _look_at_otep(
    host: Host,
    address: str,
    peer: List[str],
    count: int,
    timeout: float,
    loss_warning: float,
    loss_critical: float,
    latency_warning: Optional[float],
    latency_critical: Optional[float],
) -> Result:
    own = {found.partition("/")[0] for device in host.devices().values() for found in device.addresses}
    if address not in own:
        return error(f"the host lost the tunnel address {address}")
    faults: List[Result] = []
    for each, answers in ping(address, peer, count, timeout).items():
        bad = _level(answers.loss, loss_warning, loss_critical)
        if bad:
            faults.append(Result(bad, f"peer {each} loses {answers.loss:.0f} % of packets"))
        slow = _level(answers.latency or 0, latency_warning, latency_critical)
        if slow:
            faults.append(Result(slow, f"peer {each} answers after {answers.latency:.1f} ms"))
    return worst(faults, f"all {len(peer)} peers of {address} answer")


def _level(found: float, warning: Optional[float], critical: Optional[float]) -> int:
    if critical is not None and found >= critical:
        return CRITICAL
    return WARNING if warning is not None and found >= warning else OK


OTEP = Check(
    "Every peer of a tunnel end point answers pings from the tunnel's address, soon enough.",
    (
        Parameter("address", "The tunnel's address on this host.", required=True),
        Parameter("peer", "A peer's address.", many=True),
        Parameter("count", "Pings for each peer.", int, default=3),
        Parameter("timeout", "Seconds to wait for an answer.", float, default=1.0),
        Parameter("loss_warning", "Percent of lost packets that are a warning.", float, default=1.0),
        Parameter("loss_critical", "Percent of lost packets that are an error.", float, default=50.0),
        Parameter("latency_warning", "Milliseconds that are a warning.", float),
        Parameter("latency_critical", "Milliseconds that are an error.", float),
    ),
    _look_at_otep,
)
