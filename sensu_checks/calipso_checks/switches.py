"""Checks of virtual switches: Open vSwitch and VPP."""

from __future__ import annotations

import re
from typing import Dict, List

from .check import Check
from .host import Host
from .parameters import Parameter
from .result import NoAnswerError, Result, error, worst

_KERNEL_DEVICES = ("", "system")
"""Types of ports that are devices of the host, which a switch in userspace may not miss when they go."""


def _look_at_ovs(host: Host, bridge: List[str], port: List[str]) -> Result:
    try:
        host.answer("ovs-appctl", "--timeout=5", "--target=ovs-vswitchd", "version")
        switch = host.switch()
    except NoAnswerError as reason:
        return error(f"Open vSwitch does not answer: {reason}")
    faults = [error(f"bridge {name} does not exist") for name in bridge if name not in switch.bridges]
    for name in port:
        found = switch.ports.get(name)
        if found is None:
            faults.append(error(f"port {name} does not exist"))
        elif found.error:
            faults.append(error(f"port {name} does not work: {found.error}"))
        elif found.type in _KERNEL_DEVICES and name not in host.devices():
            faults.append(error(f"port {name} has no device any more"))
    return worst(
        faults, f"Open vSwitch answers, with {len(switch.bridges)} bridges, {len(switch.ports)} ports"
    )


def _look_at_vpp(host: Host, interface: List[str]) -> Result:
    try:
        states = read_vpp_states(host.answer("vppctl", "show", "interface"))
    except NoAnswerError as reason:
        return error(f"VPP does not answer: {reason}")
    faults = [
        error(f"interface {name} " + ("does not exist" if name not in states else f"is {states[name]}"))
        for name in interface
        if states.get(name) != "up"
    ]
    return worst(faults, f"VPP answers, with {len(states)} interfaces")


_VPP_INTERFACE = re.compile(r"^(\S+)\s+\d+\s+(up|down)\b")
_VPP_COUNTERS = {
    "rx packets": "rx_packets",
    "rx bytes": "rx_bytes",
    "rx-error": "rx_errors",
    "tx packets": "tx_packets",
    "tx bytes": "tx_bytes",
    "tx-error": "tx_errors",
    "drops": "rx_dropped",
}
_VPP_COUNTER = re.compile(rf"\s({'|'.join(_VPP_COUNTERS)})\s+(\d+)\s*$")


def read_vpp_states(text: str) -> Dict[str, str]:
    """Return the states (up, down) of the interfaces that `vppctl show interface` told of, by name."""
    return {found[1]: found[2] for line in text.splitlines() if (found := _VPP_INTERFACE.match(line))}


def read_vpp_counters(text: str) -> Dict[str, Dict[str, int]]:
    """Return the counters of what `vppctl show interface` told of: interface -> counter -> value."""
    counters: Dict[str, Dict[str, int]] = {}
    name = ""
    for line in text.splitlines():
        begun = _VPP_INTERFACE.match(line)
        if begun:
            name = begun[1]
            counters[name] = {}
        counted = _VPP_COUNTER.search(line)
        if counted and name:
            counters[name][_VPP_COUNTERS[counted[1]]] = int(counted[2])
    return counters


VEDGE_OVS = Check(
    "Open vSwitch answers, and has its bridges, and those of its ports that matter to all, without errors.",
    (
        Parameter("bridge", "A bridge that it must have.", many=True),
        Parameter("port", "A port that it must have: a physical NIC, or a tunnel.", many=True),
    ),
    _look_at_ovs,
)
VEDGE_VPP = Check(
    "VPP answers, and its interfaces are up.",
    (Parameter("interface", "An interface that must be up.", many=True),),
    _look_at_vpp,
)
