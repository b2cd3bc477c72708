"""Checks of network devices: NICs, bridges, vNICs, and how they are plugged into each other."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List, Optional

from .check import Check
from .host import Device, Host
from .parameters import Parameter
from .result import WARNING, Result, error, worst

_DEVICE = Parameter("device", "The device's name.", required=True)
_NAMESPACE = Parameter("namespace", "The network namespace that it is in; else the host's own.")


def _state_of(device: Optional[Device], name: str, place: str = "") -> List[Result]:
    if device is None:
        return [error(f"{name} does not exist{place}")]
    if not device.is_up:
        return [error(f"{name} is switched off")]
    if not device.has_carrier:
        return [error(f"{name} has no carrier")]
    return []


def _in(namespace: Optional[str]) -> str:
    return f" in namespace {namespace}" if namespace else ""


def _devices(host: Host, namespace: Optional[str]) -> Dict[str, Device]:
    if namespace is not None and namespace not in host.namespaces():
        return {}
    return host.devices(namespace)


def _plug(host: Host, device: str, bridge: Optional[str], switch_bridge: Optional[str]) -> List[Result]:
    if bridge is not None:
        master = getattr(host.devices().get(device), "master", None)
        if master != bridge:
            return [error(f"{device} is not in bridge {bridge}: it is in {master or 'none'}")]
    if switch_bridge is not None:
        port = host.switch().ports.get(device)
        if port is None or port.bridge != switch_bridge:
            return [
                error(f"{device} is not in {switch_bridge}: it is in {port.bridge if port else 'no bridge'}")
            ]
        if port.error:
            return [error(f"{device} does not work in {switch_bridge}: {port.error}")]
    return []


def _look_at_pnic(host: Host, device: str, namespace: Optional[str], speed: Optional[int]) -> Result:
    found = _devices(host, namespace).get(device)
    faults = _state_of(found, device, _in(namespace))
    now = None if namespace or faults or speed is None else _speed(device)
    if now is not None and speed is not None and now < speed:
        faults.append(Result(WARNING, f"{device} runs at {now} Mb/s, and ran at {speed} Mb/s"))
    return worst(faults, f"{device} is up" + (f", at {now} Mb/s" if now else ""))


def _speed(device: str) -> Optional[int]:
    try:
        found = int(Path("/sys/class/net", device, "speed").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return found if found > 0 else None


def _look_at_bridge(host: Host, bridge: str, member: List[str]) -> Result:
    devices = host.devices()
    found = devices.get(bridge)
    if found is None:
        return error(f"bridge {bridge} does not exist")
    faults = [] if found.is_up else [error(f"bridge {bridge} is switched off")]
    for name in member:
        device = devices.get(name)
        if device is None:
            faults.append(error(f"its member {name} does not exist"))
        elif device.master != bridge:
            faults.append(error(f"{name} is not in {bridge}: it is in {device.master or 'none'}"))
    if faults:
        return worst(faults, "")
    return worst([], f"bridge {bridge} is up with {len(member)} members")


def _look_at_vnic(
    host: Host, device: str, namespace: Optional[str], bridge: Optional[str], switch_bridge: Optional[str]
) -> Result:
    if namespace is not None and namespace not in host.namespaces():
        return error(f"namespace {namespace} of {device} does not exist")
    faults = _state_of(host.devices(namespace).get(device), device, _in(namespace))
    if not faults:
        faults = _plug(host, device, bridge, switch_bridge)
    return worst(
        faults, f"{device} is up" + (f" in {bridge or switch_bridge}" if bridge or switch_bridge else "")
    )


def _look_at_vnic_vconnector(host: Host, device: str, bridge: str) -> Result:
    faults = _state_of(host.devices().get(device), device) or _plug(host, device, bridge, None)
    return worst(faults, f"{device} is up in bridge {bridge}")


def _look_at_vconnector_vedge(
    host: Host, device: str, peer: Optional[str], switch_bridge: str, bridge: str
) -> Result:
    devices = host.devices()
    faults = _state_of(devices.get(device), device) or _plug(host, device, bridge, None)
    if peer is not None:
        faults += _state_of(devices.get(peer), peer) or _plug(host, peer, None, switch_bridge)
    return worst(faults, f"{device} and {peer or switch_bridge} are up")


_BRIDGE = Parameter("bridge", "The Linux bridge that it is plugged into.")
_SWITCH_BRIDGE = Parameter("switch_bridge", "The bridge of Open vSwitch that it is plugged into.")

HOST_PNIC = Check(
    "A physical NIC is there, switched on, and sees a carrier; a speed below what it had is a warning.",
    (_DEVICE, _NAMESPACE, Parameter("speed", "The speed that it had, in Mb/s.", int)),
    _look_at_pnic,
)
VCONNECTOR = Check(
    "A Linux bridge is there, switched on, and has its members.",
    (
        Parameter("bridge", "The bridge's name.", required=True),
        Parameter("member", "A device that belongs to it.", many=True),
    ),
    _look_at_bridge,
)
VNIC = Check(
    "A vNIC's device is there, switched on, and plugged in where it belongs.",
    (_DEVICE, _NAMESPACE, _BRIDGE, _SWITCH_BRIDGE),
    _look_at_vnic,
)
LINK_VNIC_VCONNECTOR = Check(
    "A vNIC's device is up, and in its bridge.",
    (_DEVICE, _BRIDGE._replace(required=True)),
    _look_at_vnic_vconnector,
)
LINK_VCONNECTOR_VEDGE = Check(
    "The two ends of what joins a Linux bridge with Open vSwitch are up, and in their bridges.",
    (
        Parameter("device", "The end in the Linux bridge.", required=True),
        Parameter("peer", "The end in Open vSwitch."),
        _BRIDGE._replace(required=True),
        _SWITCH_BRIDGE._replace(required=True),
    ),
    _look_at_vconnector_vedge,
)
