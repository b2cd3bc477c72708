"""How an instance's interface is plugged into its host, where that is into no bridge of the kernel."""

from __future__ import annotations

from typing import Any

from ..model.facts import DomainInterface
from . import vpp
from .cloud import Cloud, Data
from .devices import device_state, nics_below, state_of
from .hosts import Host

RUNS_NOT = frozenset({"shut off", "crashed"})
"""The states of a domain whose interfaces are plugged into nothing."""


def function_of(host: Host, address: str | None, mac: str | None) -> tuple[str, Data] | None:
    """Return the NIC that a virtual function is a part of, and what the NIC says of it.

    By the function's bus address; where the host does not tell those, by a MAC address that only one has.
    """
    if address in host.functions:
        return host.functions[address]
    found = [
        (interface["name"], function)
        for interface in host.interfaces.values()
        for function in interface["virtual_functions"]
        if mac and function.get("bus") is None and function.get("mac") == mac
    ]
    return found[0] if len(found) == 1 else None


def nics_of(
    host: Host, kind: str | None, source: str | None, target: str | None, mac: str | None
) -> list[str]:
    """Return the NICs that a domain's interface is a part of, or sits on.

    `kind`, `source` and `target` are libvirt's: hostdev has its function's bus address for a source, direct
    the device that its macvtap device, the target, sits on.
    """
    if kind == "hostdev":
        found = function_of(host, source, mac)
        return [found[0]] if found else []
    if kind == "direct":
        device = target if target in host.interfaces else source
        return nics_below(host, device, through_bridges=False) if device else []
    return []


def plug_state(host: Host, interface: DomainInterface) -> str:
    """Return the state of the host's side of a domain's interface: up, down or unknown."""
    if interface["type"] == "vhostuser" and (plug := vpp.at_socket(host, interface["source"])):
        return vpp.state_of(plug)
    if interface["type"] != "hostdev":
        return device_state(host, interface["target"])
    found = function_of(host, interface["source"], interface["mac"])
    if found is None:
        return "unknown"
    nic, function = found
    forced = {"enable": "up", "disable": "down"}.get(str(function.get("link_state")))
    return forced or state_of(host.interfaces.get(nic))


def physical_network(port: Data) -> str | None:
    """Return the physical network that Nova took a virtual function of for a port."""
    profile: Any = port.get("binding:profile")
    found = profile.get("physical_network") if isinstance(profile, dict) else None
    return str(found) if found else None


def port_of(cloud: Cloud, host: Host, interface: DomainInterface) -> Data | None:
    """Return the Neutron port of a domain's interface: by its id, by its device's name, by its address."""
    return (
        cloud.ports.get(interface["port_id"] or "")
        or cloud.port_of_device(interface["target"])
        or cloud.port_of_mac(interface["mac"], host.name)
    )
