"""What `vppctl show` prints, in the words of 22.10 and of 17.10."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Interface:
    """An interface of VPP; `hardware`: the lines that `show hardware-interfaces` has of it."""

    name: str
    mac: str | None = None
    up: bool = True
    domain: int | None = None
    bvi: bool = False
    address: str | None = None
    hardware: list[str] = field(default_factory=list)
    socket: str | None = None
    host_device: str | None = None
    tunnel: tuple[str, str, int] | None = None
    """Its own address, the other end's, and the VNI."""


def today(interfaces: list[Interface], bonds: str = "") -> dict[str, str]:
    """Return what VPP 22.10 prints."""
    said = _common(interfaces)
    heading = f"{'Name':^32}{'Idx':^5}{'State':^10}{'MTU (L3/IP4/IP6/MPLS)':^21}{'Counter':^16}{'Count':^16}"
    rows = [
        f"{own.name:<32}{at:^5}{'up' if own.up else 'down':^10}{'9000/0/0/0':^21}"
        for at, own in _numbered(interfaces)
    ]
    counted = f"{'':<68}rx packets{138:>21}"
    said["version"] = "vpp v22.10-release built by root on 5f5d9ee6d3b8 at 2022-10-26T13:24:53\n"
    said["interface"] = "\n".join([heading, rows[0], counted, *rows[1:]]) + "\n"
    said["interface address"] = "".join(
        f"{own.name} ({'up' if own.up else 'dn'}):\n"
        + (f"  L2 bridge bd-id {own.domain} idx 1 shg 0 {'bvi' if own.bvi else ' '}\n" if own.domain else "")
        + (f"  L3 {own.address}\n" if own.address else "")
        for _at, own in _numbered(interfaces)
    )
    said["vxlan tunnel"] = "".join(
        f"[{number}] instance {number} src {own.tunnel[0]} dst {own.tunnel[1]} src_port 4789 dst_port 4789"
        f" vni {own.tunnel[2]} fib-idx 0 sw-if-idx {at} encap-dpo-idx 7 \n"
        for number, (at, own) in enumerate(pair for pair in _numbered(interfaces) if pair[1].tunnel)
        if own.tunnel
    )
    said["tap"] = "".join(
        f'Interface: {own.name} (ifindex {at})\n  name "{own.host_device}"\n  host-ns "(nil)"\n'
        f"  host-mac-addr: 02:fe:1c:50:da:6c\n  Mac Address: {own.mac}\n"
        for at, own in _numbered(interfaces)
        if own.name.startswith("tap")
    )
    said["bond details"] = bonds
    return said


def then(interfaces: list[Interface]) -> dict[str, str]:
    """Return what VPP 17.10 prints; it knew neither taps nor bonds of today's kind."""
    said = _common(interfaces)
    heading = f"{'Name':^32}{'Idx':^10}{'State':^10}{'Counter':^16}{'Count':^16}"
    rows = [f"{own.name:<32}{at:^5}{'up' if own.up else 'down':^16}" for at, own in _numbered(interfaces)]
    said["version"] = "vpp v17.10-release built by jenkins on centos7 at Wed Oct 25 21:50:44 UTC 2017\n"
    said["interface"] = "\n".join([heading, *rows]) + "\n"
    said["interface address"] = "".join(
        f"{own.name} ({'up' if own.up else 'dn'}):\n"
        + (f"  l2 bridge bd_id {own.domain}{' bvi' if own.bvi else ''} shg 0\n" if own.domain else "")
        + (f"  {own.address}\n" if own.address else "")
        for _at, own in _numbered(interfaces)
    )
    said["vxlan tunnel"] = "".join(
        f"[{number}] src {own.tunnel[0]} dst {own.tunnel[1]} vni {own.tunnel[2]} encap_fib_index 0"
        f" sw_if_index {at} decap_next l2\n"
        for number, (at, own) in enumerate(pair for pair in _numbered(interfaces) if pair[1].tunnel)
        if own.tunnel
    )
    return said


def _numbered(interfaces: list[Interface]) -> list[tuple[int, Interface]]:
    """Return the interfaces as VPP lists them, by name, with their numbers."""
    return sorted(enumerate(interfaces), key=lambda pair: pair[1].name)


def _common(interfaces: list[Interface]) -> dict[str, str]:
    """Return what both releases print alike."""
    hardware: list[str] = [f"{'Name':^36}{'Idx':^6}{'Link':^6}Hardware"]
    sockets: list[str] = ["Virtio vhost-user interfaces", "Global:", "  coalesce frames 32 time 1e-3", ""]
    domains: dict[int, Any] = {}
    for at, own in _numbered(interfaces):
        if "." not in own.name:
            hardware.append(f"{own.name:<32}{at:^8}{'up' if own.up else 'down':^6}{own.name}")
            hardware += [f"  Ethernet address {own.mac}"] if own.mac else []
            hardware += [f"  {line}" for line in own.hardware]
        if own.socket:
            sockets += [
                f"Interface: {own.name} (ifindex {at})",
                "virtio_net_hdr_sz 12",
                " features (0x50408000): ",
                "",
            ]
            sockets += [f' socket filename {own.socket} type client errno "Success"', ""]
        if own.domain:
            domains[own.domain] = "  N/A" if not own.bvi else own.name
    listing = "  BD-ID   Index   BSN  Age(min)  Learning  U-Forwrd  UU-Flood  Flooding  ARP-Term  BVI-Intf\n"
    for index, (number, bvi) in enumerate(sorted(domains.items()), 1):
        switched = "".join(f"{word:^10}" for word in ("off", "on", "on", "on", "on", "off"))
        listing += f"{number:^8}{index:^8}{1:^6}{switched}{bvi:^8}\n"
    return {
        "hardware-interfaces": "\n".join(hardware) + "\n",
        "vhost-user": "\n".join(sockets) + "\n",
        "bridge-domain": listing,
    }
