# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""What must change in a namespace of Sensu Go, so that it has the resources that it shall have."""

from __future__ import annotations

import re
from typing import Any, Collection, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.calipso.topology.plugins.module_utils.sensu_kinds import (
    API_VERSION,
    KINDS,
    Document,
    Resource,
)
from ansible_collections.calipso.topology.plugins.module_utils.sensu_wanted import Host

LABEL = "calipso_environment"
"""What belongs to an environment bears its name."""

_PART = re.compile(r"(?<=^calipso_metrics)_[0-9]+$")
"""A check that samples may say too much for one event: then it has several, with numbered names."""

Existing = Mapping[str, Mapping[str, Document]]
"""Resources as the API gives them: by type, by name."""


class OwnerError(Exception):
    """A resource belongs to another environment."""


class Change(NamedTuple):
    """A resource that is created (no `before`), replaced, or deleted (no `after`)."""

    type: str
    name: str
    before: Optional[Document]
    after: Optional[Document]


def wanted_changes(wanted: Sequence[Resource], existing: Existing) -> List[Change]:
    """Return what must be created and replaced, in an order in which nothing names what is not there yet."""
    changes = []
    for resource in sorted(wanted, key=lambda resource: list(KINDS).index(resource.type)):
        before = existing[resource.type].get(resource.name)
        after = _merged(resource, before)
        if before is None or _differ(resource, before, after):
            changes.append(Change(resource.type, resource.name, before, after))
    return changes


def check_owner(changes: Sequence[Change], environment: str) -> None:
    """Raise OwnerError if one would take from another environment what is its."""
    for change in changes:
        owner = _owner(change.before) if change.before else None
        if owner not in (None, environment):
            raise OwnerError(
                f"{change.type} {change.name} belongs to environment {owner} (its label {LABEL}): give"
                f" {environment} a namespace of its own, or delete that first."
            )


def prunings(wanted: Sequence[Resource], existing: Existing, environment: str) -> List[Change]:
    """Return what `environment` had and has no more, in an order in which nothing names what is gone.

    An agent's entity is never among it.
    """
    names = {(resource.type, resource.name) for resource in wanted}
    return [
        Change(type_, name, found, None)
        for type_ in reversed(list(KINDS))
        for name, found in sorted(existing[type_].items())
        if _owner(found) == environment and (type_, name) not in names and not _is_agent(found)
    ]


def lost_agents(entities: Mapping[str, Document], hosts: Sequence[Host], environment: str) -> List[Change]:
    """Return the deletions of agents' entities whose hosts `environment` had and has no more."""
    names = {host.entity for host in hosts}
    return [
        Change("Entity", name, found, None)
        for name, found in sorted(entities.items())
        if name not in names and _owner(found) == environment and _is_agent(found)
    ]


def lost_events(
    events: Sequence[Document],
    wanted: Sequence[Resource],
    hosts: Sequence[Host],
    lost_entities: Collection[str],
    environment: str,
) -> List[Tuple[str, str]]:
    """Return entity and check of events: of lost entities, and of checks that `environment` runs no more."""
    batches = {host.entity: host.checks for host in hosts}
    scheduled = {
        resource.name: resource.body.get("subscriptions") or ()
        for resource in wanted
        if resource.type == "CheckConfig"
    }
    lost = []
    for event in events:
        entity, check = event["entity"]["metadata"]["name"], event["check"]["metadata"]["name"]
        part_of = _PART.sub("", check)
        runs = check in batches.get(entity, ()) or _reaches(scheduled.get(part_of, ()), entity)
        if entity in lost_entities or (not runs and _owner(event["check"]) == environment):
            lost.append((entity, check))
    return sorted(lost)


def described(type_: str, body: Optional[Document]) -> Document:
    """Return a resource as a list tells it, with only what is set; empty if there is none."""
    if body is None:
        return {}
    spec = _set_parts(body)
    metadata = spec.pop("metadata", {})
    return {"type": type_, "api_version": API_VERSION, "metadata": metadata, "spec": spec}


def _merged(resource: Resource, before: Optional[Document]) -> Document:
    """Return the body to send."""
    if before is None or not KINDS[resource.type].shared:
        return resource.body
    return {**before, **resource.body, "metadata": {**before["metadata"], **resource.body["metadata"]}}


def _differ(resource: Resource, before: Document, after: Document) -> bool:
    old, new = _set_parts(before), _set_parts(after)
    for name in KINDS[resource.type].filled - set(resource.body):
        old.pop(name, None)
    return old != new


def _set_parts(body: Document) -> Document:
    """Return what is set in a body, less what Sensu notes of every resource by itself."""
    metadata = {**body.get("metadata", {}), "namespace": None, "created_by": None}
    parts: Document = _without_empty({**body, "metadata": metadata})
    return parts


def _without_empty(value: Any) -> Any:
    """Return a value without the names of empty values: Sensu gives these for what was never set."""
    if isinstance(value, dict):
        kept: Dict[str, Any] = {name: _without_empty(each) for name, each in value.items()}
        return {name: each for name, each in kept.items() if each}
    if isinstance(value, list):
        return [_without_empty(each) for each in value]
    return value


def _owner(body: Document) -> Optional[str]:
    return (body.get("metadata", {}).get("labels") or {}).get(LABEL)


def _is_agent(body: Document) -> bool:
    return body.get("entity_class") == "agent"


def _reaches(subscriptions: Sequence[str], entity: str) -> bool:
    """Whether a check with these subscriptions may run on this entity's host."""
    return any(name == f"entity:{entity}" or not name.startswith("entity:") for name in subscriptions)
