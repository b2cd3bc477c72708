"""The facts of an environment, indexed: what every kind and link family asks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from ..model.environment import Environment
from ..model.facts import HOST, HostFacts, Row
from ..model.source import OPENSTACK, Facts, host_source
from ..model.topology import Level, Message
from .hosts import Host, HostNames, known_hosts
from .ovn import Logical
from .precedence import complete, preferred
from .rows import safe

if TYPE_CHECKING:
    from .neighbours import Cabling

Data = Mapping[str, Any]

PORT_DEVICE = re.compile(r"(?:tap|qvb|qvo|qbr|qr-|qg-|ns-|sg-|fg-|ha-|vhu|vpp|br-)([0-9a-f]{8}-[0-9a-f]{2})")
"""Names that Neutron and os-vif give to a port's devices: a prefix, and 11 characters of its id."""

MECHANISMS = {
    "Open vSwitch agent": "OVS",
    "Linux bridge agent": "LXB",
    "OVN Controller agent": "OVN",
    "OVN Controller Gateway agent": "OVN",
    "NIC Switch agent": "SRIOV",
    "VPP agent": "VPP",
}
"""The mechanism driver that an agent's type tells of."""

NAMED_BY = {"availability_zone": "zoneName", "network_availability_zone": "name"}
"""The attribute that a row cannot do without, where that is not its id."""


class Cloud:
    """Facts by kind and key, hosts by name, ports by id, address and device."""

    def __init__(self, environment: Environment, facts: Facts) -> None:
        """Index `facts`; what the environment's configuration leaves open is taken from them."""
        self.messages: list[Message] = []
        self._rows: dict[str, dict[str, Data]] = defaultdict(dict)
        hosts: list[tuple[str, HostFacts]] = []
        for row in sorted(preferred(facts.rows, facts.sources), key=lambda row: (row["kind"], row["key"])):
            if row["kind"] == HOST:
                hosts.append((row["key"], cast(HostFacts, row["data"])))
            else:
                self._take(row)
        self.sources = facts.sources
        self.regions = sorted(
            {str(data["id"]) for data in self.rows("region") if data.get("id")}
            | {
                str(data["region"])
                for rows in self._rows.values()
                for data in rows.values()
                if data.get("region")
            }
        )
        self.ports = {str(port.get("id")): port for port in self.rows("port")}
        self._ports_by_start: dict[str, list[Data]] = defaultdict(list)
        self._ports_by_mac: dict[str, list[Data]] = defaultdict(list)
        self.ports_by_device: dict[str, list[Data]] = defaultdict(list)
        for key, port in self.ports.items():
            self._ports_by_start[key[:11]].append(port)
            self._ports_by_mac[str(port.get("mac_address")).lower()].append(port)
            self.ports_by_device[str(port.get("device_id"))].append(port)
        self._networks_by_start = {str(network.get("id"))[:11]: network for network in self.rows("network")}
        self.segments_by_network: dict[str, list[Data]] = defaultdict(list)
        for kind in ("segment", "dynamic_segment"):
            for segment in self.rows(kind):
                self.segments_by_network[str(segment.get("network_id"))].append(segment)
        self.tunnel_endpoints: dict[str, list[Data]] = defaultdict(list)
        for end in self.rows("tunnel_endpoint"):
            self.tunnel_endpoints[str(end.get("host"))].append(end)
        self.binding_levels: dict[str, list[Data]] = defaultdict(list)
        for level in self.rows("binding_level"):
            self.binding_levels[str(level.get("port_id"))].append(level)
        self.drivers = self._drivers()
        self.environment = replace(
            environment,
            mechanism_drivers=environment.mechanism_drivers or self.drivers["mechanism_drivers"],
            type_drivers=environment.type_drivers or self.drivers["type_drivers"],
        )
        self.hosts = self._hosts(hosts)

    def _take(self, row: Row) -> None:
        data, faults = safe(row["data"])
        if faults:
            teller = row.get("source", OPENSTACK)
            text = f"an answer of {teller} is malformed, and left out, in {', '.join(faults)}"
            self.messages.append(Message("error", text, row["key"], row["kind"]))
        if data.get(NAMED_BY.get(row["kind"], "id")):
            self._rows[row["kind"]][row["key"]] = data

    def rows(self, kind: str) -> Iterator[Data]:
        """Yield the facts of one kind, by key."""
        yield from self._rows[kind].values()

    def row(self, kind: str, key: object) -> Data | None:
        """Return one fact."""
        return self._rows[kind].get(str(key))

    def name_of(self, kind: str, key: object) -> str | None:
        """Return the name of a fact that has one."""
        row = self.row(kind, key)
        return str(row["name"]) if row and row.get("name") else None

    def sources_complete(self, kind: str) -> bool:
        """Say whether all of OpenStack's facts of a kind are here: only then does absence tell."""
        return complete(self.sources, kind)

    def region_of(self, row: Data) -> str:
        """Return the row's region; where a cloud has just one, that."""
        return str(row.get("region") or (self.regions[0] if self.regions else "unknown"))

    def source_of(self, host: Host) -> str:
        """Return the source of what a host itself says."""
        return host.source or OPENSTACK

    def report(self, level: Level, text: str, related_object: str, related_object_type: str) -> None:
        """Add a message about an object."""
        self.messages.append(Message(level, text, related_object, related_object_type))

    def port_of_device(self, name: str | None) -> Data | None:
        """Return the port after whose id a device is named."""
        found = PORT_DEVICE.fullmatch(name or "")
        ports = self._ports_by_start.get(found.group(1), []) if found else []
        return ports[0] if len(ports) == 1 else None

    def subports(self, port: Data | None) -> list[Data]:
        """Return the subports of the trunk whose parent a port is, by VLAN."""
        details = ((port or {}).get("trunk_details") or {}).get("sub_ports") or []
        found = [
            {**known, "segmentation_id": entry.get("segmentation_id")}
            for entry in details
            if (known := self.ports.get(str(entry.get("port_id"))))
        ]
        return sorted(found, key=lambda subport: (subport["segmentation_id"] or 0, str(subport["id"])))

    def network_of_bridge(self, name: str) -> Data | None:
        """Return the network after whose id a Linux bridge is named."""
        return self._networks_by_start.get(name.removeprefix("brq")) if name.startswith("brq") else None

    def port_of_mac(self, mac: str | None, host: str | None = None) -> Data | None:
        """Return the port with this address, if just one has it (on that host)."""
        ports = self._ports_by_mac.get((mac or "").lower(), [])
        if len(ports) > 1:
            ports = [port for port in ports if port.get("binding:host_id") == host]
        return ports[0] if len(ports) == 1 else None

    @cached_property
    def logical(self) -> Logical:
        """Where OVN has what."""
        return Logical(self)

    @cached_property
    def cabling(self) -> Cabling:
        """Which NICs hang on which switch ports."""
        from .neighbours import Cabling  # which asks the virtual switches, and they ask the cloud

        return Cabling(self)

    def _drivers(self) -> dict[str, tuple[str, ...]]:
        """Return the drivers that agents and networks tell of, by the environment's field names."""
        mechanisms = {MECHANISMS.get(str(agent.get("agent_type"))) for agent in self.rows("agent")} - {None}
        types = {network.get("provider:network_type") for network in self.rows("network")} - {None}
        return {
            "mechanism_drivers": tuple(sorted(map(str, mechanisms))),
            "type_drivers": tuple(sorted(map(str, types))),
        }

    def _hosts(self, reached: list[tuple[str, HostFacts]]) -> dict[str, Host]:
        hosts = known_hosts(
            list(self.rows("compute_service")), list(self.rows("agent")), list(self.rows("hypervisor"))
        )
        for server in self.rows("server"):
            if name := server.get("OS-EXT-SRV-ATTR:host"):
                hosts.setdefault(str(name), Host(str(name), region=server.get("region")))
        names, in_openstack = HostNames(hosts), bool(hosts)
        for inventory_hostname, facts in reached:
            source = host_source(inventory_hostname)
            name = names.match(inventory_hostname, facts)
            if name is None:
                name = inventory_hostname
                if in_openstack:
                    self.report("warn", f"OpenStack knows no host like {name!r}", name, HOST)
            host = hosts.setdefault(name, Host(name))
            if host.facts is not None:
                other = host.inventory_hostname
                text = f"{inventory_hostname!r} is the same host as {other!r}, and is left out"
                self.report("error", text, name, HOST)
                continue
            state = self.sources.get(source)
            host.take(facts, source, inventory_hostname, stale=bool(state and state.stale))
        return dict(sorted(hosts.items()))
