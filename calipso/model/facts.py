"""The shape of facts: what a source says about itself, before anything is concluded from it.

A host's facts are one document (`HostFacts`), made by the `host_facts` module. An OpenStack
cloud's facts are rows (`Row`), made by `openstack_facts`, so that an event can touch one.
Facts hold no clock and no counters: two collections of an unchanged source are equal.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Literal, NotRequired

try:
    from typing_extensions import TypedDict, is_typeddict  # pydantic asks for these before Python 3.12
except ImportError:  # where pydantic is not, and facts are only passed on
    from typing import TypedDict, is_typeddict

from . import ovn_facts

HOST_FACTS_VERSION = 1

HOST = "host"
"""The one row kind of a host's source; every other belongs to OpenStack, or to a switch fabric."""


class Address(TypedDict):
    """An address of an interface; `prefix` in bits."""

    address: str
    prefix: int
    family: Literal["inet", "inet6"]
    scope: str | None


class Vlan(TypedDict):
    """The 802.1Q part of a VLAN device."""

    id: int
    protocol: str | None


class Tunnel(TypedDict):
    """A kernel tunnel device (vxlan, gre, geneve)."""

    id: int | None
    local: str | None
    remote: str | None
    group: str | None
    port: int | None
    device: str | None


class Forwarding(TypedDict):
    """A fixed entry of a VXLAN device's forwarding table: to which peer frames for an address go."""

    mac: str  # all zeros: frames for everybody, and for whom no entry is known
    dst: str


class Interface(TypedDict):
    """A network device as `ip -d addr` and, for a physical one, sysfs and ethtool show it."""

    name: str
    index: int
    kind: str | None  # ip's info_kind: veth, bridge, tun, vlan, vxlan, bond, ... None for hardware
    mac: str | None
    mtu: int | None
    up: bool  # administratively
    carrier: bool | None  # LOWER_UP; None where the device is administratively down
    master: str | None  # bridge, bond or OVS system device that it is enslaved to
    peer: str | None  # name of the other end of a veth, where both are in this namespace
    parent: str | None  # the device that a VLAN, macvlan or tunnel device sits on
    vlan: Vlan | None
    tunnel: Tunnel | None
    addresses: list[Address]
    physical: bool  # has a device in sysfs
    speed: int | None  # Mb/s
    duplex: str | None
    driver: str | None
    bus: str | None  # PCI or other bus address
    virtual_functions: list[dict[str, Any]]  # SR-IOV: {index, mac, vlan, link_state, bus}
    port_name: NotRequired[str]  # of a port of a NIC's own switch: p0 leads out, pf0vf3 to a function
    forwarding: NotRequired[list[Forwarding]]  # of a VXLAN device; what the kernel learned is left out


class BondMember(TypedDict):
    """What a bond or team says of a member."""

    name: str
    state: str | None  # active or backup
    link: str | None  # up, down, fail, back: what its link monitor sees
    aggregator: int | None  # LACP: members that talk to one partner share it
    mac: str | None  # its own address, where the bond's hides it


class Bond(TypedDict):
    """A bond of the kernel or of VPP, or a team; `mode` in its maker's words."""

    name: str
    mode: str | None
    members: list[str]
    active_member: str | None
    lacp_partner: str | None  # MAC
    member_details: NotRequired[list[BondMember]]


class Bridge(TypedDict):
    """A Linux bridge."""

    name: str
    id: str | None
    stp: bool | None
    interfaces: list[str]


class OvsInterface(TypedDict):
    name: str
    type: str  # "" (system), internal, patch, vxlan, gre, geneve, dpdk, dpdkvhostuser, ...
    ofport: int | None
    mac: str | None  # mac_in_use
    admin_state: str | None
    link_state: str | None
    mtu: int | None
    options: dict[str, str]
    external_ids: dict[str, str]


class OvsPort(TypedDict):
    name: str
    tag: int | None
    trunks: list[int]
    vlan_mode: str | None
    bond_mode: str | None
    lacp: str | None
    other_config: dict[str, str]
    interfaces: list[OvsInterface]


class OvsBridge(TypedDict):
    name: str
    uuid: str
    datapath_type: str | None
    fail_mode: str | None
    external_ids: dict[str, str]
    ports: list[OvsPort]


class OpenVSwitch(TypedDict):
    version: str | None
    system_id: str | None
    hostname: str | None  # external_ids:hostname
    external_ids: dict[str, str]
    bridges: list[OvsBridge]


class VppInterface(TypedDict):
    """An interface of VPP; a sub-interface has the name of its parent, a dot, and its number."""

    name: str
    index: int | None
    up: bool
    mac: str | None
    mtu: int | None
    addresses: list[str]  # address/prefix
    bridge_domain: int | None
    tunnel: dict[str, Any] | None  # {kind, id, local, remote, port}
    kind: NotRequired[str | None]  # hardware, bond, vhost-user, tap, host, tunnel, loopback, local
    link_up: NotRequired[bool | None]  # what is at its other end; a sub-interface, or a tunnel, has none
    bus: NotRequired[str | None]  # PCI address
    speed: NotRequired[int | None]  # Mb/s
    socket: NotRequired[str | None]  # of a vhost-user interface: its path
    host_device: NotRequired[str | None]  # the kernel's: of a tap, or of kind host (AF_PACKET)
    parent: NotRequired[str | None]  # of a sub-interface
    vlan: NotRequired[int | None]  # of a sub-interface: its number, which is its VLAN
    bvi: NotRequired[bool]  # whether it is its bridge domain's way to IP


class Vpp(TypedDict):
    version: str | None
    interfaces: list[VppInterface]
    bridge_domains: list[int]
    bonds: NotRequired[list[Bond]]


class DomainInterface(TypedDict):
    """An <interface> of a libvirt domain."""

    type: str  # bridge, ethernet, vhostuser, hostdev, direct, network
    mac: str
    target: str | None  # the host's device: tap name
    source: str | None  # bridge, network, device or socket path, as the type has it
    model: str | None
    link_up: bool | None  # <link state=>; None where not said
    mtu: int | None
    port_id: str | None  # <virtualport> interfaceid: the Neutron port
    alias: str | None


class Domain(TypedDict):
    """A libvirt domain."""

    uuid: str
    name: str
    state: str  # virsh's words: running, paused, shut off, ...
    nova_name: str | None  # from nova's metadata, where there
    interfaces: list[DomainInterface]


class Process(TypedDict):
    """A networking process: dnsmasq, haproxy, keepalived, radvd, ovs-vswitchd, ..."""

    name: str
    args: str
    namespace: str | None


class Namespace(TypedDict):
    name: str
    interfaces: list[Interface]
    routes: list[dict[str, Any]]  # {destination, gateway, device}
    nat: list[dict[str, str]]  # floating IPs in force: {floating_ip, fixed_ip}


class LldpNeighbour(TypedDict):
    """Who answers by LLDP at the far end of an interface."""

    interface: str
    chassis_id: str
    chassis_id_type: str | None
    chassis_name: str | None
    chassis_description: str | None
    management_addresses: list[str]
    capabilities: list[str]  # the enabled ones: Bridge, Router, Station, ...
    port_id: str
    port_id_type: str | None
    port_description: str | None


class OperatingSystem(TypedDict):
    id: str | None
    name: str | None
    version: str | None
    kernel: str | None
    architecture: str | None


class Gap(TypedDict):
    """A part that could not be read, or not wholly, and why."""

    part: str  # a key of HostFacts, or for an API a row kind
    reason: Literal["missing", "failed", "timeout", "truncated", "unreadable", "forbidden", "unsupported"]
    command: str | None
    detail: str


class HostFacts(TypedDict):
    """All that one host says. A part that was not read is empty or None and has a gap."""

    version: Literal[1]
    hostname: str
    fqdn: str | None
    os: OperatingSystem
    interfaces: list[Interface]
    bonds: list[Bond]
    bridges: list[Bridge]
    ovs: OpenVSwitch | None
    ovn: NotRequired[ovn_facts.Ovn | None]  # where one of its databases is
    vpp: Vpp | None
    domains: list[Domain]
    namespaces: list[Namespace]
    lldp: list[LldpNeighbour]
    processes: list[Process]
    gaps: list[Gap]


class Row(TypedDict):
    """One fact of a source, known by (source, kind, key).

    `data` is, for a host, its `HostFacts`; for OpenStack, the API's own resource with the API's own
    attribute names, less what is secret or changes by itself (heartbeats, counters); for a switch fabric,
    what `aci_facts` returns.
    """

    kind: str
    key: str
    data: dict[str, Any]
    source: NotRequired[str]


OPENSTACK_KINDS = (
    "region",
    "project",
    "service",
    "endpoint",
    "server",
    "hypervisor",
    "compute_service",
    "aggregate",  # key: "<region>:<id>"
    "availability_zone",  # Nova's; key: "<region>:<name>"
    "network_availability_zone",  # Neutron's; key: "<region>:<resource>:<name>"
    "network",
    "subnet",
    "port",
    "router",
    "floating_ip",
    "agent",
    "segment",
    "extension",  # key: "<region>:<alias>"
)
"""Row kinds of an OpenStack source. Keys are the API's ids, but where ids or names repeat per region.

Every row's data bears `region`, which is None for what Keystone holds for all regions.
"""

OPENSTACK_DB_KINDS = (
    "network",
    "segment",
    "dynamic_segment",  # of hierarchical port binding; shaped as a segment
    "port",
    "binding_level",  # {port_id, host, level, driver, segment_id}
    "agent",
    "tunnel_endpoint",  # {type, host, ip_address, udp_port}
    "tunnel_allocation",  # {type, segmentation_id}
    "compute_service",
    "hypervisor",
    "server",
)
"""Row kinds of OpenStack's database. Those that the API has, too, have its attribute names."""

FABRIC_KINDS = (
    "fabric_switch",  # key: its node's number; {pod, name, role, model, serial, version, state, ...}
    "fabric_port",  # key: "<node>:<name>"; {switch, name, usage, state, speed, mtu, mac, channel, ...}
    "fabric_cable",  # {ends: the keys of two ports}
    "fabric_neighbour",  # what LLDP hears at a port: {port, chassis_id, chassis_name, port_id, ...}
    "fabric_end_point",  # an address learned there: {switch, interface, mac, encapsulation, group}
)
"""Row kinds of a switch fabric's controller. An interface is a port, or a channel of several."""


class InvalidFactsError(ValueError):
    """Facts that do not have the shape of this module; the text says where and what was expected."""


@cache
def _host_adapter() -> Any:
    from pydantic import ConfigDict, TypeAdapter

    for shape in filter(is_typeddict, [*globals().values(), *vars(ovn_facts).values()]):
        shape.__pydantic_config__ = ConfigDict(extra="forbid")
    return TypeAdapter(HostFacts)


def validate_host_facts(data: object) -> HostFacts:
    """Return `data` as host facts, or raise `InvalidFactsError` that names every fault."""
    from pydantic import ValidationError

    try:
        facts: HostFacts = _host_adapter().validate_python(data, strict=True)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'facts'}: {fault['msg']}" for fault in error.errors()[:10]
        )
        raise InvalidFactsError(
            f"these are not host facts of version {HOST_FACTS_VERSION}: {faults}"
        ) from None
    return facts
