"""The shape of what OVN's databases say: a part of a host's facts, where one of them is."""

from __future__ import annotations

try:
    from typing_extensions import TypedDict  # pydantic asks for this before Python 3.12
except ImportError:  # where pydantic is not, and facts are only passed on
    from typing import TypedDict


class OvnSwitchPort(TypedDict):
    """A port of a logical switch. Its name is the Neutron port's id, but for a localnet port."""

    name: str
    type: str  # "" (an instance's), router, localnet, localport, virtual, external, ...
    physical_network: str | None  # of a localnet port
    tag: int | None  # VLAN: of a localnet port that has one, or of a subport of a trunk
    parent: str | None  # of a subport of a trunk: the port that it is carried in


class OvnSwitch(TypedDict):
    name: str  # neutron-<network id>
    ports: list[OvnSwitchPort]


class OvnGateway(TypedDict):
    """A chassis that may be the gateway; the highest priority of those that live is."""

    chassis: str
    priority: int | None


class OvnRouterPort(TypedDict):
    name: str  # lrp-<port id>
    mac: str | None
    networks: list[str]  # address/prefix
    gateways: list[OvnGateway]


class OvnNat(TypedDict):
    """A translation; a distributed one is done where the instance is, and has an address of its own."""

    type: str  # snat, dnat, dnat_and_snat
    external_ip: str
    logical_ip: str
    external_mac: str | None
    logical_port: str | None  # a Neutron port's id


class OvnRouter(TypedDict):
    name: str  # neutron-<router id>
    ports: list[OvnRouterPort]
    nat: list[OvnNat]


class OvnEncapsulation(TypedDict):
    type: str
    ip: str


class OvnChassis(TypedDict):
    """A host as OVN knows it."""

    name: str
    hostname: str | None
    bridge_mappings: dict[str, str]
    gateway: bool  # whether it is meant to be one
    encapsulations: list[OvnEncapsulation]


class OvnBinding(TypedDict):
    """Which chassis a logical port is at; a gateway port is there as `cr-<name of the router port>`."""

    port: str
    type: str
    chassis: str


class Ovn(TypedDict):
    """OVN's databases: switches and routers of the northbound one; chassis, bindings of the southbound."""

    switches: list[OvnSwitch]
    routers: list[OvnRouter]
    chassis: list[OvnChassis]
    bindings: list[OvnBinding]
