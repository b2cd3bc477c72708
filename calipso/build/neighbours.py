"""Switches and their ports, as LLDP on the hosts shows them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..model.facts import LldpNeighbour
from .cloud import Cloud
from .devices import is_pnic
from .hosts import Host, short


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A switch port at the other end of a host's NIC."""

    host: Host
    nic: str
    said: LldpNeighbour

    @property
    def switch_id(self) -> str:
        """The object id of the switch."""
        return f"switch::{self.said['chassis_id']}"

    @property
    def port_id(self) -> str:
        """The object id of the switch's port."""
        return f"{self.switch_id}::{self.said['port_id']}"


def neighbours(cloud: Cloud) -> Iterator[Neighbour]:
    """Yield the switch ports that hosts see; hosts that see each other are no switches."""
    names = {short(host.name) for host in cloud.hosts.values()}
    macs = {
        interface["mac"]
        for host in cloud.hosts.values()
        for interface in host.interfaces.values()
        if interface["mac"] and is_pnic(host, interface)
    }
    for host in cloud.hosts.values():
        for said in host.facts["lldp"] if host.facts else []:
            nic = host.interfaces.get(said["interface"])
            is_host = said["chassis_id"] in macs or short(said["chassis_name"] or "") in names
            if nic is not None and is_pnic(host, nic) and not is_host:
                yield Neighbour(host, said["interface"], said)
