"""Tunnel end points, whatever switch they belong to."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..hosts import Host


@dataclass(frozen=True, slots=True)
class Tunnel:
    """A tunnel from an end point to another, or to any: a port of a switch, or a peer of a device."""

    remote: str | None
    bridge: str | None = None
    state: str | None = None
    port: int | None = None
    """The UDP port, where the tunnel names one."""


@dataclass(slots=True)
class EndPoint:
    """A tunnel address of a host for one type of tunnel, with the tunnels that begin at it.

    `parent` is the id and the type of the object that it belongs to, `connector` the id of the bridge that
    holds its address, `nics` the NICs that its address stands on. `networks` are those that its tunnels
    carry; None: all networks of its type that are plugged into the host's switches. One that is a device
    of its own has its `name` and its `state`.
    """

    type: str
    address: str
    id: str
    parent: tuple[str, str]
    device: str | None = None
    connector: str | None = None
    nics: list[str] = field(default_factory=list)
    tunnels: dict[str, Tunnel] = field(default_factory=dict)
    networks: set[str] | None = None
    name: str | None = None
    state: str | None = None


def address_id(host: Host, kind: str, address: str) -> str:
    """Return the object id of an end point that is known by its address."""
    return f"{host.name}::{kind}::{address}"
