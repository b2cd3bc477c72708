# Copyright: Contributors to the Calipso project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Ansible is to know of a cloud's hosts and instances: their names, groups and variables."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from ipaddress import ip_address
from typing import Any

from ansible.inventory.group import to_safe_group_name
from ansible_collections.calipso.topology.calipso.analyze.health import health
from ansible_collections.calipso.topology.calipso.model.topology import stable_id

from .inventory_known import Document, Known

HOSTS, INSTANCES = "calipso_hosts", "calipso_instances"

RESERVED = frozenset({"all", "ungrouped", "localhost", "127.0.0.1", "::1"})
"""Names that mean something to Ansible: no tenant gives them to an instance."""

_IN_BRACES = re.compile(r"\{([^{}]+)\}")


class ChoiceError(ValueError):
    """A choice that cannot be met."""


@dataclass(frozen=True)
class Choice:
    """Which hosts and instances are taken, and how they are called and reached.

    hostnames: attributes, or texts with attributes in braces; the first for which an object has all counts
    host_types: any of these; none: all
    filters, instance_filters: attribute (with dots: within another) -> the value, or values, that it equals,
        or contains where it is a list
    addresses: "floating" and "fixed", the preferred one first
    network: a shell pattern; only addresses in networks of such a name count
    """

    hostnames: Sequence[str]
    host_types: Collection[str]
    filters: Mapping[str, Any]
    instance_filters: Mapping[str, Any]
    addresses: Sequence[str]
    network: str | None


@dataclass(frozen=True)
class Member:
    """A host of Ansible's."""

    name: str
    groups: tuple[str, ...]
    variables: Document


def group_name(*parts: str) -> str:
    """Return a name that Ansible takes for a group."""
    return str(to_safe_group_name("_".join(parts), force=True, silent=True))


def members(known: Known, choice: Choice) -> list[Member]:
    """Return the hosts, then the instances, each under a name of its own. Raises `ChoiceError`.

    What would be called as another is, or as a group, gets its environment before its name, then its id
    instead of its name. No instance takes a host's name away.
    """
    aggregates = _aggregates(known)
    hosts = [
        {
            **_with_defaults(each),
            "aggregates": sorted(aggregates[each["environment"], each["id"]]),
            "mechanism_drivers": known.environments[each["environment"]]["mechanism_drivers"],
        }
        for each in known.hosts
    ]
    if choice.host_types:
        hosts = [each for each in hosts if not set(choice.host_types).isdisjoint(each["host_type"])]
    hosts = _filtered(hosts, choice.filters, "host")
    instances = [_with_defaults(each) for each in known.instances]
    instances = _filtered(instances, choice.instance_filters, "instance")
    affected = _affected(known)
    documents = [*hosts, *instances]
    groups = [(*_groups(each), *affected.get((each["environment"], each["id"]), ())) for each in documents]
    taken = RESERVED.union(*groups)
    names = unique_names([_candidates(each, choice.hostnames) for each in hosts], taken)
    names += unique_names([_candidates(each, choice.hostnames) for each in instances], taken.union(names))
    return [
        Member(name, tuple(sorted(own)), _variables(each, choice))
        for name, own, each in zip(names, groups, documents, strict=True)
    ]


def unique_names(candidates: Sequence[Sequence[str]], taken: Collection[str]) -> list[str]:
    """Return a name for each: of those that it may have, the first that nobody else wants.

    The last one of each is nobody else's.
    """
    tried = [0] * len(candidates)
    while True:
        names = [own[which] for own, which in zip(candidates, tried, strict=True)]
        wanted = Counter(names)
        clashing = [
            index
            for index, name in enumerate(names)
            if (wanted[name] > 1 or name in taken) and tried[index] + 1 < len(candidates[index])
        ]
        if not clashing:
            return names
        for index in clashing:
            tried[index] += 1


def _with_defaults(document: Document) -> Document:
    return {**document, "stale": bool(document.get("stale")), "status": health(document) or "unknown"}


def _value(document: Mapping[str, Any], attribute: str) -> Any:
    found: Any = document
    for name in attribute.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _filtered(documents: list[Document], filters: Mapping[str, Any], what: str) -> list[Document]:
    if not documents:
        return []
    have = set().union(*documents)
    for attribute in filters:
        if attribute.partition(".")[0] not in have:
            raise ChoiceError(
                f"no {what} has an attribute {attribute!r}; they have {', '.join(sorted(have))}"
            )
    return [each for each in documents if all(_equals(_value(each, name), filters[name]) for name in filters)]


def _equals(found: Any, wanted: Any) -> bool:
    values, choices = (each if isinstance(each, list) else [each] for each in (found, wanted))
    return not {str(value) for value in values}.isdisjoint(map(str, choices))


def _candidates(document: Document, patterns: Sequence[str]) -> list[str]:
    """Return the names that an object may have, the best first; the last is nobody else's."""
    environment, key = document["environment"], document["id"]
    name = next((found for pattern in patterns if (found := _filled(pattern, document))), key)
    prefix = [environment] if environment else []
    full = "-".join([*prefix, key])
    last = f"{full}-{stable_id(environment, document['type'], key)}"
    return list(dict.fromkeys([name, "-".join([*prefix, name]), full, last]))


def _filled(pattern: str, document: Document) -> str | None:
    """Return a pattern with the values of attributes; None where the object lacks one."""
    if not _IN_BRACES.search(pattern):
        pattern = f"{{{pattern}}}"
    values = {name: _value(document, name) for name in _IN_BRACES.findall(pattern)}
    if any(value in (None, "") for value in values.values()):
        return None
    return _IN_BRACES.sub(lambda found: str(values[found[1]]), pattern).strip() or None


def _groups(document: Document) -> Iterator[str]:
    """Yield the groups of a host or an instance."""
    is_host = document["type"] == "host"
    yield HOSTS if is_host else INSTANCES
    yield "stale" if document["stale"] else "fresh"
    zone = document.get("zone" if is_host else "availability_zone")
    one = {
        "environment": document["environment"],
        "region": document.get("region"),
        "zone": zone,
        "status": document["status"],
    }
    yield from (group_name(name, str(value)) for name, value in one.items() if value)
    if is_host:
        many = {
            "aggregate": document["aggregates"],
            "host_type": document["host_type"],
            "mechanism_driver": document["mechanism_drivers"],
        }
        yield from (group_name(name, value) for name, values in many.items() for value in values)


def _aggregates(known: Known) -> Mapping[tuple[str, str], set[str]]:
    """Return the names of the aggregates of hosts, by environment and id."""
    found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for aggregate in known.aggregates:
        for host in aggregate["hosts"]:
            found[aggregate["environment"], host].add(aggregate["name"])
    return found


def _affected(known: Known) -> Mapping[tuple[str, str], set[str]]:
    """Return the groups `affected_by_ID` of hosts and instances, by environment and id."""
    groups = {asked: group_name("affected_by", asked) for asked in known.affected}
    for name, times in Counter(groups.values()).items():
        if times > 1:
            same = ", ".join(asked for asked in groups if groups[asked] == name)
            raise ChoiceError(f"affected_by has {same}, and the groups of both would be called {name}")
    found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for asked, environments in known.affected.items():
        for environment, ids in environments.items():
            for key in ids:
                found[environment, key].add(groups[asked])
    return found


def _variables(document: Document, choice: Choice) -> Document:
    found = {f"calipso_{name}": value for name, value in document.items() if value != ""}
    address = _host_address(document) if document["type"] == "host" else _instance_address(document, choice)
    return {**found, "ansible_host": address} if address else found


def _host_address(document: Document) -> str | None:
    """Return a host's address; one that every machine calls its own leads to none."""
    try:
        address = ip_address(document.get("ip_address") or "")
    except ValueError:
        return None
    return None if address.is_loopback or address.is_unspecified else str(address)


def _instance_address(document: Document, choice: Choice) -> str | None:
    """Return the first address of the preferred sort, IPv4 before IPv6."""
    ports = [
        port
        for port in document.get("network_info") or []
        if choice.network is None
        or fnmatchcase(str(port.get("network") or port.get("network_id")), choice.network)
    ]
    for sort in choice.addresses:
        found = [str(address) for port in ports for address in port[f"{sort}_ips"] if address]
        if found:
            return min(found, key=lambda address: ":" in address)
    return None
