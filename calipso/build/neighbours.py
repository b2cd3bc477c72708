"""The switch ports at the other end of hosts' NICs, as LLDP and a fabric's controller show them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from ..model.facts import LldpNeighbour
from .cloud import Cloud
from .derived import derived, keyed, of_host
from .devices import is_pnic, state_of
from .fabric import Fabric, Nic, nics_of, port_id, switch_id
from .hosts import Host, short


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A switch port at the other end of a host's NIC, as LLDP on the host tells of it.

    `host` is the host's name; `region` and `source` are the host's, `state` is the NIC's.
    """

    host: str
    nic: str
    said: LldpNeighbour
    region: str | None
    source: str
    state: str

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
        self.fabric = Fabric(cloud)
        self.others: list[Neighbour] = []
        """The ports of switches that are none of the fabric."""
        self.said: dict[str, LldpNeighbour] = {}
        """What LLDP on a host says of a switch of the fabric, by the switch's id."""
        cables: dict[Nic, set[str]] = defaultdict(set)
        for neighbour in _heard(cloud):
            nic, key = (neighbour.host, neighbour.nic), self.fabric.port_of(neighbour.said)
            if key is None:
                self.others.append(neighbour)
            else:
                cables[nic].add(key)
                self.said.setdefault(switch_id(key.partition(":")[0]), neighbour.said)
        for nic, key in self.fabric.heard():
            cables[nic].add(key)
        known = {*cables, *((each.host, each.nic) for each in self.others)}
        for (name, nic_name), keys in self.fabric.learned().items():
            members = cloud.hosts[name].members.get(nic_name, [])
            if known.isdisjoint((name, each) for each in (nic_name, *members)):
                cables[name, nic_name] = keys
        self.nics: dict[str, list[Nic]] = defaultdict(list)
        """The NICs that hang on a port of the fabric, by the port's key."""
        for nic, keys in cables.items():
            for key in keys:
                self.nics[key].append(nic)


@derived
def cabling(cloud: Cloud) -> Cabling:
    """Return who hangs on which switch port."""
    return Cabling(cloud)


@keyed
def switch_ports(cloud: Cloud) -> dict[Nic, list[str]]:
    """Return the object ids of the switch ports that a NIC hangs on."""
    found: dict[Nic, set[str]] = defaultdict(set)
    known = cabling(cloud)
    for neighbour in known.others:
        found[neighbour.host, neighbour.nic].add(neighbour.port_id)
    for key, nics in known.nics.items():
        for nic in nics:
            found[nic].add(port_id(key))
    return {nic: sorted(ids) for nic, ids in found.items()}


def _heard(cloud: Cloud) -> Iterator[Neighbour]:
    """Yield the switch ports that hosts hear; hosts that hear each other are no switches."""
    names = {short(name) for name in cloud.hosts}
    macs = {nic.mac for name in cloud.hosts for nic in nics_of(cloud, name) if nic.mac and not nic.of_vpp}
    for name in cloud.hosts:
        for neighbour in _heard_at(cloud, name):
            said = neighbour.said
            if said["chassis_id"] not in macs and short(said["chassis_name"] or "") not in names:
                yield neighbour


@of_host
def _heard_at(cloud: Cloud, host: Host) -> list[Neighbour]:
    """Return who is heard at the NICs of a host."""
    found = []
    for said in host.facts["lldp"] if host.facts else []:
        nic = host.interfaces.get(said["interface"])
        if nic is not None and is_pnic(host, nic):
            source, state = cloud.source_of(host), state_of(nic)
            found.append(Neighbour(host.name, nic["name"], said, host.region, source, state))
    return found
