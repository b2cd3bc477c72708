"""Counters of interfaces, switches and tunnels."""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence

from .host import Host
from .parameters import Parameter, values
from .switches import read_vpp_counters

Counters = Dict[str, int]


class Sample(NamedTuple):
    """What can be counted. `count` gets the host's state, and every parameter's value."""

    parameters: Sequence[Parameter]
    count: Callable[..., Counters]


COUNTED = (
    "rx_bytes",
    "tx_bytes",
    "rx_packets",
    "tx_packets",
    "rx_errors",
    "tx_errors",
    "rx_dropped",
    "tx_dropped",
)


def _of_interface(host: Host, device: str, namespace: Optional[str]) -> Counters:
    if namespace is not None and namespace not in host.namespaces():
        return {}
    found = host.devices(namespace).get(device)
    return dict(found.counters) if found else {}


def _of_ports(host: Host, port: List[str]) -> Counters:
    ports = host.switch().ports
    return _sum(ports[name].counters for name in port if name in ports)


def _of_switch(host: Host) -> Counters:
    return _sum(port.counters for port in host.switch().ports.values())


def _of_vpp(host: Host) -> Counters:
    return _sum(read_vpp_counters(host.answer("vppctl", "show", "interface")).values())


def _sum(several: Iterable[Mapping[str, int]]) -> Counters:
    total: Counters = {}
    for counters in several:
        for name in COUNTED:
            if name in counters:
                total[name] = total.get(name, 0) + counters[name]
    return total


SAMPLES: Dict[str, Sample] = {
    "interface": Sample(
        (
            Parameter("device", "The device's name.", required=True),
            Parameter("namespace", "The network namespace that it is in; else the host's own."),
        ),
        _of_interface,
    ),
    "ovs": Sample((), _of_switch),
    "ports": Sample((Parameter("port", "A port of Open vSwitch.", many=True),), _of_ports),
    "vpp": Sample((), _of_vpp),
}
"""Everything that can be counted."""


def sample(host: Host, name: str, parameters: Mapping[str, Any]) -> Counters:
    """Return counters by name, none of what is not there; CannotTellError, ParameterError."""
    found = SAMPLES[name]
    return found.count(host, **values(found.parameters, parameters))
