"""A switch fabric, as its controller tells of it: its switches, and which NICs hang on their ports."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..model.facts import LldpNeighbour
from . import vpp
from .cloud import Cloud
from .derived import of_host
from .devices import BONDS, is_pnic
from .hosts import Host, short
from .switching import carried

Data = Mapping[str, Any]
Nic = tuple[str, str]
"""The names of a host and of a NIC of it."""

_NODE = re.compile(r"topology/pod-\d+/node-(\d+)")
"""How a switch of ACI describes itself by LLDP."""

_PORT = re.compile(r"(?:Ethernet|Eth)(\d+/\d+(?:/\d+)?)", re.IGNORECASE)


def switch_id(number: str) -> str:
    """Return the object id of a switch of the fabric."""
    return f"switch::node-{number}"


def port_id(key: str) -> str:
    """Return the object id of a port of the fabric, by its fact's key."""
    number, _colon, name = key.partition(":")
    return f"{switch_id(number)}::{name}"


class HostNic(NamedTuple):
    """A NIC of a host's kernel, or of its VPP."""

    name: str
    mac: str | None
    is_bond: bool
    of_vpp: bool


class Fabric:
    """The fabric's switches and ports by key, and who is at the other end of them."""

    def __init__(self, cloud: Cloud) -> None:
        """Index what the fabric's controller tells."""
        self._cloud = cloud
        self.switches = {str(row["id"]): row for row in cloud.rows("fabric_switch")}
        self.ports = {str(row["id"]): row for row in cloud.rows("fabric_port")}
        self.cables: dict[str, str] = {}
        for row in cloud.rows("fabric_cable"):
            one, other = row["ends"]
            self.cables |= {one: other, other: one}
        self._channels: dict[tuple[str, str], list[str]] = defaultdict(list)
        for key, row in self.ports.items():
            if row.get("channel"):
                self._channels[row["switch"], row["channel"]].append(key)
        self._hosts = {short(name): name for name in cloud.hosts}
        self._nics: dict[str, list[Nic]] = defaultdict(list)
        self._bonds: set[Nic] = set()
        for host in cloud.hosts:
            for nic in nics_of(cloud, host):
                self._nics[(nic.mac or "").lower()].append((host, nic.name))
                if nic.is_bond:
                    self._bonds.add((host, nic.name))
        self._end_points: dict[str, list[Data]] = defaultdict(list)
        self._learned_at: dict[str, list[Data]] = defaultdict(list)
        for row in cloud.rows("fabric_end_point"):
            if row["mac"] in self._nics or cloud.port_of_mac(row["mac"]):
                self._end_points[row["mac"]].append(row)
                for key in self._at(row):
                    self._learned_at[key].append(row)

    def port_of(self, said: LldpNeighbour) -> str | None:
        """Return the key of the fabric's port that LLDP on a host speaks of, if it is one of the fabric."""
        node = _NODE.fullmatch(said["chassis_description"] or "")
        port = _PORT.fullmatch(said["port_id"])
        if node is None or port is None or node.group(1) not in self.switches:
            return None
        return f"{node.group(1)}:eth{port.group(1)}"

    def heard(self) -> Iterator[tuple[Nic, str]]:
        """Yield the NICs that LLDP hears at ports of the fabric, each with the port's key."""
        for row in self._cloud.rows("fabric_neighbour"):
            if nic := self._neighbour(row):
                yield nic, row["port"]

    def learned(self) -> dict[Nic, set[str]]:
        """Return the NICs that end points tell of, with the keys of the ports where those were learned.

        A NIC's own address tells; where that is not to be seen, the addresses of ports whose network the NIC
        carries, if all agree. A NIC that is no bond hangs on one port.
        """
        own: dict[Nic, set[str]] = defaultdict(set)
        guests: dict[Nic, set[frozenset[str]]] = defaultdict(set)
        for mac, rows in self._end_points.items():
            keys = {key for row in rows for key in self._at(row)}
            if mac in self._nics:
                if nic := self._only(self._nics[mac]):
                    own[nic] |= keys
            elif nic := self._carrier(mac):
                guests[nic].add(frozenset(keys))
        found: dict[Nic, set[str]] = {
            nic: set(*places) for nic, places in guests.items() if len(places) == 1
        } | own
        return {nic: keys for nic, keys in found.items() if len(keys) == 1 or nic in self._bonds}

    def end_points(self, key: str) -> list[Data]:
        """Return what was learned at a port, of the addresses that are the cloud's."""
        return self._learned_at.get(key, [])

    def _at(self, row: Data) -> list[str]:
        """Return the keys of the ports that an end point's interface is."""
        key = f"{row['switch']}:{row['interface']}"
        return [key] if key in self.ports else self._channels.get((row["switch"], row["interface"]), [])

    def _neighbour(self, row: Data) -> Nic | None:
        host = self._hosts.get(short(row.get("chassis_name") or ""))
        own = [nic.name for nic in nics_of(self._cloud, host) if not nic.of_vpp] if host else []
        for name in (row.get("port_description"), row.get("port_id")):
            if host and name in own:
                return host, str(name)
        nics = self._nics.get(str(row.get("port_id")).lower(), [])
        return self._only([nic for nic in nics if host is None or nic[0] == host])

    def _carrier(self, mac: str) -> Nic | None:
        """Return the NIC that carries the network of the port with this address, other than in a tunnel."""
        port = self._cloud.port_of_mac(mac)
        host = self._cloud.hosts.get(str(port.get("binding:host_id"))) if port else None
        if port is None or host is None:
            return None
        carrying = (
            nic
            for nic, networks in carried(self._cloud, host).items()
            if (segment := networks.get(str(port.get("network_id")))) and segment["physical_network"]
        )
        return self._only([(host.name, nic) for nic in carrying])

    def _only(self, nics: list[Nic]) -> Nic | None:
        """Return the NIC if it is one, or the bond if it is one with its members; else None."""
        found = [nic for nic in nics if nic in self._bonds] or nics
        return found[0] if len(found) == 1 and len({host for host, _name in nics}) == 1 else None


@of_host
def nics_of(_cloud: Cloud, host: Host) -> list[HostNic]:
    """Return the NICs of a host, those of its VPP too."""
    found = [
        HostNic(interface["name"], interface["mac"], interface["kind"] in BONDS, of_vpp=False)
        for interface in host.interfaces.values()
        if is_pnic(host, interface)
    ]
    return found + [
        HostNic(name, own["mac"], own["kind"] == "bond", of_vpp=True)
        for name, own in vpp.interfaces(host).items()
        if own.get("kind") in vpp.NICS
    ]
