# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""What is read of an OpenStack cloud: for each kind of row, where it is listed and what is kept of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .scrubbing import scrub

IDENTITY, COMPUTE, NETWORK = "identity", "compute", "network"

COMPUTE_MICROVERSION = "2.79"
"""The newest form of Nova's answers that is wanted: the last before `os-hypervisors` lost its figures."""

_VALUES = 50
"""Values of one query: an address stays below what servers take."""

_API_PREFIX = {IDENTITY: "/v3", COMPUTE: "/v2.1", NETWORK: "/v2.0"}


class UnreadableError(ValueError):
    """An answer that is not what the API promises; the text says in what."""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


@dataclass(frozen=True)
class Listing:
    """How one kind is listed. `attributes` is the allow-list; all else stays in the cloud.

    own_path: what anybody may list where `path` is forbidden; it holds only a part
    paged: `limit` may be asked for
    filtered: the API leaves out, without a word, what the user may not see
    settles: the attribute that may be false only because nobody had asked for a while
    required: attributes without which an item is only the stub that an API shows of what is out of reach
    by: what can be asked for by the value of an attribute: how the query calls that attribute
    trim: takes out of the attributes what changes by itself or means nothing
    """

    kind: str
    service: str
    path: str
    collection: str
    attributes: frozenset[str]
    key: tuple[str, ...] = ("id",)
    own_path: str | None = None
    paged: bool = False
    filtered: bool = False
    settles: str | None = None
    required: tuple[str, ...] = ()
    by: tuple[tuple[str, str], ...] = ()
    trim: Callable[[dict[str, Any]], dict[str, Any]] = dict

    def queries(self, attribute: str, values: list[str]) -> list[dict[str, Any]]:
        """Return the queries for all things whose `attribute` has one of `values`, or raise ValueError.

        Neutron filters by any attribute, and by many values at once; the others by one value of a few.
        """
        if self.service == NETWORK:
            starts = range(0, len(values), _VALUES)
            return [{attribute: values[start : start + _VALUES]} for start in starts]
        name = dict(self.by).get(attribute)
        if name is None:
            known = ", ".join(known for known, _called in self.by) or "nothing"
            raise ValueError(f"a {self.kind} cannot be asked for by its {attribute!r}: by {known} it can")
        return [{name: value} for value in values]

    @property
    def command(self) -> str:
        """The request as an operator would write it."""
        return f"GET {_API_PREFIX[self.service]}{self.path}"

    def row(self, item: Any, region: str | None) -> dict[str, Any]:
        """Return the row {kind, key, data} of what the API says of one thing, or raise `UnreadableError`."""
        if not isinstance(item, dict):
            raise UnreadableError(f"an item of {self.collection!r} is not an object")
        absent = [name for name in self.required if name not in item]
        if absent:
            raise UnreadableError(f"{item.get('id')} came without its {', '.join(absent)}")
        kept = scrub({name: value for name, value in item.items() if name in self.attributes})
        data = {name: _in_order(name, value) for name, value in self.trim(kept).items()}
        data["region"] = region if region is not None else self._region_of(kept)
        return {"kind": self.kind, "key": self._row_key(kept, region), "data": data}

    def _row_key(self, item: dict[str, Any], region: str | None) -> str:
        parts = [item.get(name) for name in self.key]
        if any(not isinstance(part, (str, int)) or isinstance(part, bool) or part == "" for part in parts):
            raise UnreadableError(f"an item of {self.collection!r} has no {' and no '.join(self.key)}")
        repeats_per_region = self.key != ("id",) or isinstance(parts[0], int)
        if region is not None and repeats_per_region:
            parts = [region, *parts]
        return ":".join(map(str, parts))

    def _region_of(self, item: dict[str, Any]) -> Any:
        return item.get({"region": "id", "endpoint": "region_id"}.get(self.kind, ""))


_UNORDERED = _names(
    "allocation_pools allowed_address_pairs availability_zones external_fixed_ips fixed_ips host_routes"
    " hosts os-extended-volumes:volumes_attached routes security_groups service_types sub_ports subnets tags"
)
"""Lists that the APIs make from sets: their order may change from one call to the next."""

_COUNTERS = _names("devices ex_gw_ports floating_ips instances interfaces networks ports routers subnets")
"""What agents count among their `configurations`."""


def _in_order(name: str, value: Any) -> Any:
    if isinstance(value, list) and name in _UNORDERED:
        return sorted(value, key=lambda item: json.dumps(item, sort_keys=True))
    return value


def _all_in_order(value: Any) -> Any:
    if isinstance(value, list):
        return [_all_in_order(part) for part in value]
    return {name: _in_order(name, part) for name, part in value.items()} if isinstance(value, dict) else value


def _without(names: frozenset[str]) -> Callable[[Any], Any]:
    def change(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: part for name, part in value.items() if name not in names}

    return change


def _for_each(change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def changed(value: Any) -> Any:
        return {name: change(part) for name, part in value.items()} if isinstance(value, dict) else value

    return changed


def _change(attributes: str, change: Callable[[Any], Any]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return what changes the named attributes of an item, and leaves the others."""
    names = _names(attributes)
    return lambda item: {name: change(value) if name in names else value for name, value in item.items()}


_NETWORK_COMMON = "id name description project_id admin_state_up status tags created_at "

LISTINGS = (
    Listing("region", IDENTITY, "/regions", "regions", _names("id description parent_region_id")),
    Listing(
        "project",
        IDENTITY,
        "/projects",
        "projects",
        _names("id name description domain_id parent_id enabled is_domain tags"),
        own_path="/auth/projects",
    ),
    Listing("service", IDENTITY, "/services", "services", _names("id name type description enabled")),
    Listing(
        "endpoint",
        IDENTITY,
        "/endpoints",
        "endpoints",
        _names("id interface region_id service_id url enabled"),
    ),
    Listing(
        "server",
        COMPUTE,
        "/servers/detail?all_tenants=1",
        "servers",
        _names(
            "id name description status tenant_id user_id created addresses flavor image security_groups tags"
            " locked accessIPv4 accessIPv6 hostId OS-EXT-AZ:availability_zone OS-EXT-SRV-ATTR:host"
            " OS-EXT-SRV-ATTR:hostname OS-EXT-SRV-ATTR:hypervisor_hostname OS-EXT-SRV-ATTR:instance_name"
            " OS-EXT-STS:power_state OS-EXT-STS:task_state OS-EXT-STS:vm_state OS-SRV-USG:launched_at"
            " os-extended-volumes:volumes_attached"
        ),
        own_path="/servers/detail",
        paged=True,
        required=("name",),
        by=(("id", "uuid"),),
        trim=_change("flavor image", _without(_names("links"))),
    ),
    Listing(
        "hypervisor",
        COMPUTE,
        "/os-hypervisors/detail",
        "hypervisors",
        _names(
            "id hypervisor_hostname hypervisor_type hypervisor_version host_ip service state status"
            " vcpus memory_mb local_gb"
        ),
    ),
    Listing(
        "compute_service",
        COMPUTE,
        "/os-services",
        "services",
        _names("id binary host zone state status disabled_reason forced_down"),
    ),
    Listing(
        "aggregate",
        COMPUTE,
        "/os-aggregates",
        "aggregates",
        _names("id uuid name availability_zone hosts created_at"),
    ),
    Listing(
        "availability_zone",
        COMPUTE,
        "/os-availability-zone/detail",
        "availabilityZoneInfo",
        _names("zoneName zoneState hosts"),
        key=("zoneName",),
        own_path="/os-availability-zone",
        trim=_change("hosts", _for_each(_for_each(_without(_names("updated_at"))))),
    ),
    Listing(
        "network_availability_zone",
        NETWORK,
        "/availability_zones",
        "availability_zones",
        _names("name resource state"),
        key=("resource", "name"),
    ),
    Listing(
        "network",
        NETWORK,
        "/networks",
        "networks",
        _names(
            _NETWORK_COMMON
            + "shared mtu subnets segments availability_zones availability_zone_hints is_default"
            " ipv4_address_scope ipv6_address_scope dns_domain l2_adjacency port_security_enabled"
            " qos_policy_id vlan_transparent router:external"
            " provider:network_type provider:physical_network provider:segmentation_id"
        ),
        paged=True,
        filtered=True,
    ),
    Listing(
        "subnet",
        NETWORK,
        "/subnets",
        "subnets",
        _names(
            _NETWORK_COMMON
            + "network_id cidr ip_version gateway_ip enable_dhcp allocation_pools dns_nameservers"
            " host_routes ipv6_address_mode ipv6_ra_mode segment_id service_types subnetpool_id"
        ),
        paged=True,
        filtered=True,
    ),
    Listing(
        "port",
        NETWORK,
        "/ports",
        "ports",
        _names(
            _NETWORK_COMMON + "network_id device_id device_owner mac_address fixed_ips allowed_address_pairs"
            " security_groups port_security_enabled qos_policy_id trunk_details binding:host_id"
            " binding:profile binding:vif_details binding:vif_type binding:vnic_type"
        ),
        paged=True,
        filtered=True,
        trim=_change("trunk_details", _all_in_order),
    ),
    Listing(
        "router",
        NETWORK,
        "/routers",
        "routers",
        _names(
            _NETWORK_COMMON + "distributed ha external_gateway_info external_gateways routes flavor_id"
            " availability_zones availability_zone_hints"
        ),
        paged=True,
        filtered=True,
        trim=_change("external_gateway_info external_gateways", _all_in_order),
    ),
    Listing(
        "floating_ip",
        NETWORK,
        "/floatingips",
        "floatingips",
        _names(
            "id description project_id status tags created_at floating_ip_address floating_network_id"
            " fixed_ip_address port_id router_id port_forwardings qos_policy_id"
        ),
        paged=True,
        filtered=True,
    ),
    Listing(
        "agent",
        NETWORK,
        "/agents",
        "agents",
        _names(
            "id agent_type binary host topic availability_zone admin_state_up alive description"
            " configurations"
        ),
        filtered=True,
        settles="alive",
        trim=_change("configurations", _without(_COUNTERS)),
    ),
    Listing(
        "segment",
        NETWORK,
        "/segments",
        "segments",
        _names("id name description network_id network_type physical_network segmentation_id"),
        paged=True,
        filtered=True,
    ),
    Listing(
        "extension",
        NETWORK,
        "/extensions",
        "extensions",
        _names("alias name description"),
        key=("alias",),
    ),
)
