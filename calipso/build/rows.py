"""OpenStack rows, made safe to read: what an API should never answer is left out, and said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TEXT = frozenset(
    {
        "OS-EXT-AZ:availability_zone",
        "OS-EXT-SRV-ATTR:host",
        "OS-EXT-SRV-ATTR:instance_name",
        "agent_type",
        "availability_zone",
        "binary",
        "binding:host_id",
        "binding:vif_type",
        "cidr",
        "device_id",
        "device_owner",
        "fixed_ip_address",
        "floating_ip_address",
        "host",
        "host_ip",
        "hypervisor_hostname",
        "integration_bridge",
        "interface",
        "ip_address",
        "mac_address",
        "network_id",
        "network_type",
        "original_name",
        "physical_network",
        "port_id",
        "project_id",
        "provider:network_type",
        "provider:physical_network",
        "region",
        "region_id",
        "resource",
        "router_id",
        "service_id",
        "state",
        "status",
        "tenant_id",
        "tunneling_ip",
        "url",
        "zone",
        "zoneName",
    }
)
NUMBERS = frozenset({"provider:segmentation_id", "segmentation_id", "mtu"})
MAPPINGS = frozenset(
    {
        "bridge_mappings",
        "configurations",
        "external_gateway_info",
        "flavor",
        "image",
        "service",
        "trunk_details",
        "zoneState",
    }
)
MAPPING_LISTS = frozenset({"fixed_ips", "segments", "sub_ports"})
TEXT_LISTS = frozenset({"tunnel_types"})


def safe(data: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return a row's data with what can be relied on, and the names of the attributes left out.

    The names above are text, numbers, mappings or lists wherever they stand, or absent; an id is text or
    a number; the hosts of an aggregate are a list of text. All other attributes may be anything.
    """
    faults: list[str] = []
    return _mapping(data, faults), sorted(set(faults))


def _mapping(data: Mapping[str, Any], faults: list[str]) -> dict[str, Any]:
    return {name: _value(name, value, faults) for name, value in sorted(data.items())}


def _value(name: str, value: Any, faults: list[str]) -> Any:
    if name in TEXT or name in ("id", "name"):
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        return _expect(value, str, name, faults)
    if name in NUMBERS:
        return _expect(value, int, name, faults)
    if name in MAPPINGS:
        found = _expect(value, dict, name, faults)
        if name == "bridge_mappings" and found:
            return {physical: bridge for physical, bridge in sorted(found.items()) if isinstance(bridge, str)}
        return _mapping(found, faults) if found else found
    if name in MAPPING_LISTS:
        items = _expect(value, list, name, faults) or []
        kept = [_expect(item, dict, name, faults) for item in items]
        return [_mapping(item, faults) for item in kept if item]
    if name in TEXT_LISTS or (name == "hosts" and isinstance(value, list)):
        return [item for item in _expect(value, list, name, faults) or [] if _expect(item, str, name, faults)]
    return _ordered(value)


def _ordered(value: Any) -> Any:
    """Return a value with its mappings in order: an API may answer in another one each time."""
    if isinstance(value, dict):
        return {name: _ordered(part) for name, part in sorted(value.items())}
    return [_ordered(part) for part in value] if isinstance(value, list) else value


def _expect(value: Any, kind: type, name: str, faults: list[str]) -> Any:
    if isinstance(value, kind):
        return value
    if value not in (None, "", [], {}):
        faults.append(name)
    return None
