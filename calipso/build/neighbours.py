"""The switch ports at the other end of hosts' NICs, as LLDP and a fabric's controller show them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ..model.facts import LldpNeighbour
from .devices import is_pnic
from .fabric import Fabric, Nic, port_id, switch_id
from .hosts import Host, short

if TYPE_CHECKING:
    from .cloud import Cloud


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A switch port that is none of a fabric, at the other end of a host's NIC."""

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


class Cabling:
    """Who hangs on which switch port: the fabric's own ports, and those of other switches."""

    def __init__(self, cloud: Cloud) -> None:
        """Take what LLDP on hosts says, then what the fabric's controller does."""
        self._cloud = cloud
        self.fabric = Fabric(cloud)
        self.others: list[Neighbour] = []
        """The ports of switches that are none of the fabric."""
        self.said: dict[str, LldpNeighbour] = {}
        """What LLDP on a host says of a switch of the fabric, by the switch's id."""
        cables: dict[Nic, set[str]] = defaultdict(set)
        for neighbour in self._heard():
            nic, key = (neighbour.host.name, neighbour.nic), self.fabric.port_of(neighbour.said)
            if key is None:
                self.others.append(neighbour)
            else:
                cables[nic].add(key)
                self.said.setdefault(switch_id(key.partition(":")[0]), neighbour.said)
        for nic, key in self.fabric.heard():
            cables[nic].add(key)
        known = {*cables, *((each.host.name, each.nic) for each in self.others)}
        for (name, nic_name), keys in self.fabric.learned().items():
            members = cloud.hosts[name].members.get(nic_name, [])
            if known.isdisjoint((name, each) for each in (nic_name, *members)):
                cables[name, nic_name] = keys
        self.nics: dict[str, list[Nic]] = defaultdict(list)
        """The NICs that hang on a port of the fabric, by the port's key."""
        for nic, keys in cables.items():
            for key in keys:
                self.nics[key].append(nic)

    @cached_property
    def ports(self) -> dict[Nic, list[str]]:
        """The object ids of the switch ports that a NIC hangs on."""
        found: dict[Nic, set[str]] = defaultdict(set)
        for neighbour in self.others:
            found[neighbour.host.name, neighbour.nic].add(neighbour.port_id)
        for key, nics in self.nics.items():
            for nic in nics:
                found[nic].add(port_id(key))
        return {nic: sorted(ids) for nic, ids in found.items()}

    def _heard(self) -> Iterator[Neighbour]:
        """Yield the switch ports that hosts hear; hosts that hear each other are no switches."""
        hosts = self._cloud.hosts.values()
        names = {short(host.name) for host in hosts}
        macs = {
            interface["mac"]
            for host in hosts
            for interface in host.interfaces.values()
            if interface["mac"] and is_pnic(host, interface)
        }
        for host in hosts:
            for said in host.facts["lldp"] if host.facts else []:
                nic = host.interfaces.get(said["interface"])
                is_host = said["chassis_id"] in macs or short(said["chassis_name"] or "") in names
                if nic is not None and is_pnic(host, nic) and not is_host:
                    yield Neighbour(host, said["interface"], said)
