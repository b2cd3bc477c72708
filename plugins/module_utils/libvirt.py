# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""The libvirt domains of a host and their network interfaces, over libvirt's read-only socket."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, Tuple
from xml.etree import ElementTree as ET

from .reader import Reader, Service
from .values import number, text

_PART = "domains"
_VIRSH = ["virsh", "--readonly", "--connect", "qemu:///system"]
_BATCH = 200
"""Domains that one virsh is asked for: few connections, and an argument list that stays short."""

_DOMAIN_END = re.compile(r"^</domain>[ \t\r]*$", re.MULTILINE)
_DOMAIN_START = re.compile(r"^<domain\b", re.MULTILINE)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NOVA_NAME = re.compile(r"\{http://openstack\.org/xmlns/libvirt/nova/[^}]*\}name")
_PCI_PARTS = ("domain", "bus", "slot", "function")
_ANY_STATUS = (0, 1)


def read_domains(reader: Reader, runs: bool) -> List[Dict[str, Any]]:
    """Return the domains, defined and running, by UUID.

    `runs`: whether processes show that libvirt should be there.
    """
    command = [*_VIRSH, "list", "--all", "--uuid"]
    listing = reader.text(_PART, command, service=Service("libvirt", runs)) or ""
    words = listing.split()
    uuids = sorted({word for word in words if _UUID.fullmatch(word)})
    if len(uuids) < len(words):
        reader.gap(_PART, "unreadable", f"{len(words) - len(uuids)} domains have no UUID", command)
    domains: Dict[str, Dict[str, Any]] = {}
    for start in range(0, len(uuids), _BATCH):
        batch = uuids[start : start + _BATCH]
        domains.update(_read_batch(reader, batch))
    return [domains[uuid] for uuid in sorted(domains)]


def _read_batch(reader: Reader, uuids: List[str]) -> Dict[str, Dict[str, Any]]:
    command = [*_VIRSH, "; ".join(f"domstate {uuid}; dumpxml {uuid}" for uuid in uuids)]
    output = reader.text(_PART, command, accept=_ANY_STATUS)
    if output is None:
        return {}
    domains = {}
    for state, document in _documents(output):
        try:
            domain = _domain(state, document)
        except (ET.ParseError, ValueError) as error:
            reader.gap(_PART, "unreadable", f"a domain's XML: {error}", [*_VIRSH, "dumpxml"])
        else:
            domains[domain["uuid"]] = domain
    for uuid in uuids:
        if uuid not in domains:
            reader.gap(_PART, "failed", f"nothing was said of domain {uuid}", [*_VIRSH, "dumpxml", uuid])
    return domains


def _documents(output: str) -> List[Tuple[str, str]]:
    """Return (state, XML) of each domain; virsh prints the state on a line before the XML."""
    documents = []
    for chunk in _DOMAIN_END.split(output)[:-1]:
        start = _DOMAIN_START.search(chunk)
        if start:
            before = chunk[: start.start()].split("\n")
            state = next((line.strip() for line in reversed(before) if line.strip()), "")
            documents.append((text(state) or "no state", chunk[start.start() :] + "</domain>"))
    return documents


def _domain(state: str, document: str) -> Dict[str, Any]:
    """Return a domain's facts, or raise `ParseError` for broken XML and `ValueError` for no domain.

    `document` begins with its root element, so it has no document type and no entities to expand.
    """
    root = ET.fromstring(document)  # noqa: S314 - see above
    uuid = text(root.findtext("uuid", "").strip())
    if not uuid:
        raise ValueError("it has no uuid")
    names = [element for element in root.iter() if _NOVA_NAME.fullmatch(str(element.tag))]
    return {
        "uuid": uuid,
        "name": text(root.findtext("name")) or uuid,
        "state": state,
        "nova_name": text(names[0].text) if names else None,
        "interfaces": [_interface(element) for element in root.iterfind("devices/interface")],
    }


def _interface(element: ET.Element) -> Dict[str, Any]:
    link = _attribute(element, "link", "state")
    return {
        "type": text(element.get("type")) or "",
        "mac": (_attribute(element, "mac", "address") or "").lower(),
        "target": _attribute(element, "target", "dev"),
        "source": _source(element.find("source")),
        "model": _attribute(element, "model", "type"),
        "link_up": None if link is None else link == "up",
        "mtu": number(_attribute(element, "mtu", "size")),
        "port_id": _attribute(element, "virtualport/parameters", "interfaceid"),
        "alias": _attribute(element, "alias", "name"),
    }


def _source(source: Optional[ET.Element]) -> Optional[str]:
    if source is None:
        return None
    for attribute in ("bridge", "network", "dev", "path"):
        if source.get(attribute):
            return text(source.get(attribute))
    address = source.find("address")
    if address is None:
        return None
    try:
        domain, bus, slot, function = (int(address.get(part, "0"), 16) for part in _PCI_PARTS)
    except ValueError:
        return None
    return f"{domain:04x}:{bus:02x}:{slot:02x}.{function:x}"


def _attribute(element: ET.Element, path: str, name: str) -> Optional[str]:
    found = element.find(path)
    return None if found is None else text(found.get(name))
