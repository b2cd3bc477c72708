# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""Network devices, bonds, bridges and routes, out of iproute2's JSON."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from .reader import Reader
from .values import items, mapping, number, text

_TUNNEL_KINDS = ("vxlan", "geneve", "gre", "gretap", "ip6gre", "ip6gretap", "erspan", "ip6erspan")
BONDS = ("bond", "team")
"""Kinds of devices that make one of several."""


def read_links(reader: Reader, part: str, namespace: Optional[str] = None) -> List[Dict[str, Any]]:
    """Return the devices of the host, or of one of its namespaces, as iproute2 has them, by name."""
    command = ["ip", *_inside(namespace), "-d", "-j", "address", "show"]
    rows = reader.json(part, command, list)
    named = [row for row in rows if text(mapping(row).get("ifname"))]
    if len(named) < len(rows):
        reader.gap(part, "unreadable", f"{len(rows) - len(named)} entries name no device", command)
    return sorted(named, key=lambda row: row["ifname"])


def interfaces(links: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
    """Return `links` as facts; what only hardware has is not filled in."""
    names = {link["ifname"] for link in links}
    return [_interface(link, names) for link in links]


def bonds(links: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
    """Return the kernel's bonds among `links`, and its teams, of which it knows the members alone."""
    found = []
    for link in links:
        info, name = _info(link), text(link["ifname"])
        if _kind(link) in BONDS:
            members = [other for other in links if name and text(other.get("master")) == name]
            found.append(
                {
                    "name": name,
                    "mode": text(info.get("mode")),
                    "members": [text(member["ifname"]) for member in members],
                    "active_member": text(info.get("active_slave")),
                    "lacp_partner": _partner(mapping(info.get("ad_info")).get("partner_mac")),
                    "member_details": [_bond_member(member) for member in members],
                }
            )
    return found


def _bond_member(link: Dict[str, Any]) -> Dict[str, Any]:
    """Return what a bond says of its member; how often that failed is a counter, and no fact."""
    said = mapping(mapping(link.get("linkinfo")).get("info_slave_data"))
    return {
        "name": text(link["ifname"]),
        "state": (text(said.get("state")) or "").lower() or None,
        "link": (text(said.get("mii_status")) or "").lower() or None,
        "aggregator": number(said.get("ad_aggregator_id")),
        "mac": text(said.get("perm_hwaddr")) or text(link.get("permaddr")),
    }


def _partner(mac: Any) -> Optional[str]:
    """Return who LACP speaks with: nobody, where the address is all zeros."""
    return None if mac == "00:00:00:00:00:00" else text(mac)


def bridges(links: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
    """Return the Linux bridges among `links`."""
    members = _members(links)
    found = []
    for link in links:
        info = _info(link)
        if _kind(link) == "bridge":
            stp = number(info.get("stp_state"))
            found.append(
                {
                    "name": text(link["ifname"]),
                    "id": _bridge_id(info.get("bridge_id")),
                    "stp": None if stp is None else stp != 0,
                    "interfaces": members.get(text(link["ifname"]), []),
                }
            )
    return found


def read_routes(
    reader: Reader, part: str, namespace: str, links: List[Dict[str, Any]]
) -> List[Dict[str, Optional[str]]]:
    """Return the main routes of a namespace, one for each next hop, IPv6 where it has such addresses."""
    addresses = [address for link in interfaces(links) for address in link["addresses"]]
    families = ["-4"]
    if any(address["family"] == "inet6" and address["scope"] == "global" for address in addresses):
        families.append("-6")
    routes = []
    for family in families:
        command = ["ip", *_inside(namespace), family, "-j", "route", "show"]
        for row in map(mapping, reader.json(part, command, list)):
            for hop in map(mapping, items(row.get("nexthops")) or [row]):
                gateway = hop.get("gateway") or mapping(hop.get("via")).get("host")
                routes.append(
                    {
                        "destination": text(row.get("dst")),
                        "gateway": text(gateway),
                        "device": text(hop.get("dev")),
                    }
                )
    return sorted(routes, key=lambda route: [value or "" for value in route.values()])


def read_virtual_functions(reader: Reader, part: str, device: str) -> List[Dict[str, Any]]:
    """Return the SR-IOV virtual functions of a device: `{index, mac, vlan, link_state, bus}`, by index.

    `bus` is for sysfs to say.
    """
    command = ["ip", "-d", "-j", "link", "show", "dev", device]
    functions = []
    for link in map(mapping, reader.json(part, command, list)):
        for row in map(mapping, items(link.get("vfinfo_list"))):
            vlans = [mapping(vlan).get("vlan") for vlan in items(row.get("vlan_list"))] or [row.get("vlan")]
            functions.append(
                {
                    "index": number(row.get("vf")),
                    "mac": text(row.get("address")) or text(row.get("mac")),
                    "vlan": number(vlans[0]) or None,
                    "link_state": text(row.get("link_state")),
                    "bus": None,
                }
            )
    return sorted(functions, key=lambda function: -1 if function["index"] is None else function["index"])


def _inside(namespace: Optional[str]) -> List[str]:
    return ["-n", namespace] if namespace else []


def _kind(link: Dict[str, Any]) -> Optional[str]:
    return text(mapping(link.get("linkinfo")).get("info_kind"))


def _info(link: Dict[str, Any]) -> Dict[str, Any]:
    return mapping(mapping(link.get("linkinfo")).get("info_data"))


def _members(links: List[Dict[str, Any]]) -> Dict[Optional[str], List[str]]:
    """Return the names of the devices that each bond or bridge is the master of."""
    members: Dict[Optional[str], List[str]] = {}
    for link in links:
        members.setdefault(text(link.get("master")), []).append(text(link["ifname"]) or "")
    return members


def _interface(link: Dict[str, Any], names: Any) -> Dict[str, Any]:
    kind, info = _kind(link), _info(link)
    flags = items(link.get("flags"))
    up = "UP" in flags
    other_end = text(link.get("link")) or text(info.get("link"))
    if "link_netnsid" in link:
        other_end = None
    port_name = text(link.get("phys_port_name"))
    return {
        "name": text(link["ifname"]),
        "index": number(link.get("ifindex")) or 0,
        "kind": kind,
        "mac": text(link.get("address")),
        "mtu": number(link.get("mtu")),
        "up": up,
        "carrier": "LOWER_UP" in flags if up else None,
        "master": text(link.get("master")),
        "peer": other_end if kind == "veth" and other_end in names else None,
        "parent": other_end if kind != "veth" else None,
        "vlan": _vlan(kind, info),
        "tunnel": _tunnel(kind, info),
        "addresses": _addresses(link),
        "physical": text(link.get("parentdev")) is not None,
        "speed": None,
        "duplex": None,
        "driver": None,
        "bus": text(link.get("parentdev")),
        "virtual_functions": [],
        **({"port_name": port_name} if port_name else {}),
    }


def _vlan(kind: Optional[str], info: Dict[str, Any]) -> Optional[Dict[str, Any]]:
    identifier = number(info.get("id"))
    if kind != "vlan" or identifier is None:
        return None
    return {"id": identifier, "protocol": text(info.get("protocol"))}


def _tunnel(kind: Optional[str], info: Dict[str, Any]) -> Optional[Dict[str, Any]]:
    if kind not in _TUNNEL_KINDS:
        return None
    return {
        "id": number(info.get("id")),
        "local": text(info.get("local")) or text(info.get("local6")),
        "remote": text(info.get("remote")) or text(info.get("remote6")),
        "group": text(info.get("group")) or text(info.get("group6")),
        "port": number(info.get("port")),
        "device": text(info.get("link")),
    }


def _addresses(link: Dict[str, Any]) -> List[Dict[str, Any]]:
    addresses = []
    for row in map(mapping, items(link.get("addr_info"))):
        address, prefix, family = text(row.get("local")), number(row.get("prefixlen")), row.get("family")
        if address and prefix is not None and family in ("inet", "inet6"):
            addresses.append(
                {"address": address, "prefix": prefix, "family": family, "scope": text(row.get("scope"))}
            )
    return addresses


def _bridge_id(value: Any) -> Optional[str]:
    """Return a bridge's id as bridge-utils write it, `8000.0242ac110002`; iproute2 drops zeros."""
    priority, _dot, address = (text(value) or "").partition(".")
    octets = address.split(":")
    if not priority or len(octets) != 6:
        return text(value)
    return priority + "." + "".join(octet.zfill(2) for octet in octets)
