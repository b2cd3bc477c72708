# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""What shall be in a namespace of Sensu Go, read from lists of resources and from files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, FrozenSet, List, NamedTuple, Tuple

from ansible_collections.calipso.topology.plugins.module_utils.sensu_kinds import (
    API_VERSION,
    KINDS,
    NAMESPACE,
    Resource,
    namespace_resource,
)

_PARTS = ("type", "api_version", "metadata", "spec")


class WantedError(Exception):
    """What shall be is not clear; the text says why, a line for each fault."""


class Host(NamedTuple):
    """A host's entity, and the names of the checks that its batch runs."""

    entity: str
    checks: FrozenSet[str]


def read_resources(entries: Any, namespace: str) -> List[Resource]:
    """Return the resources that a list of `{type, api_version, metadata, spec}` tells; WantedError."""
    if not isinstance(entries, list):
        raise WantedError("Resources must be a list.")
    faults: List[str] = []
    found: Dict[Tuple[str, str], Resource] = {}
    for index, entry in enumerate(entries):
        try:
            resource = _read(entry, namespace)
        except WantedError as error:
            faults.append(f"Resource {index}: {error}")
            continue
        if (resource.type, resource.name) in found:
            faults.append(f"Resource {index}: {resource.type} {resource.name} is there twice.")
        found[resource.type, resource.name] = resource
    if faults:
        raise WantedError("\n".join(faults))
    return list(found.values())


def read_json(path: str) -> Any:
    """Return what a JSON file holds; WantedError."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WantedError(f"{path} cannot be read: {error}") from None


def read_hosts(directory: str) -> List[Host]:
    """Return the hosts that have a directory there, with the checks of its checks.json; WantedError."""
    try:
        found = sorted(entry for entry in Path(directory).iterdir() if entry.is_dir())
    except OSError as error:
        raise WantedError(f"{directory} cannot be read: {error}") from None
    return [Host(entry.name, _check_names(entry / "checks.json")) for entry in found]


def _check_names(path: Path) -> FrozenSet[str]:
    if not path.exists():
        return frozenset()
    try:
        return frozenset(check["name"] for check in read_json(str(path))["checks"])
    except (KeyError, TypeError):
        raise WantedError(f"{path} must have checks, and each a name.") from None


def _read(entry: Any, namespace: str) -> Resource:
    if not isinstance(entry, dict) or not set(entry) <= set(_PARTS):
        raise WantedError(f"it must be a mapping of {', '.join(_PARTS)}, and of nothing else.")
    type_, version = entry.get("type"), entry.get("api_version", API_VERSION)
    if type_ not in KINDS:
        raise WantedError(f"type is {type_!r}, and must be one of {', '.join(KINDS)}.")
    if version != API_VERSION:
        raise WantedError(f"api_version is {version!r}, and must be {API_VERSION}.")
    metadata, spec = entry.get("metadata") or {}, entry.get("spec") or {}
    if not isinstance(metadata, dict) or not isinstance(spec, dict):
        raise WantedError(f"metadata and spec of this {type_} must be mappings.")
    name = metadata.get("name") or (spec.get("name") if type_ == NAMESPACE else None)
    if not isinstance(name, str) or not name:
        raise WantedError(f"this {type_} has no metadata.name.")
    if type_ == NAMESPACE:
        return namespace_resource(name)
    _check_metadata(f"{type_} {name}", metadata, namespace)
    return Resource(type_, name, {**spec, "metadata": {**metadata, "namespace": namespace}})


def _check_metadata(what: str, metadata: Dict[str, Any], namespace: str) -> None:
    own = metadata.get("namespace", namespace)
    if own != namespace:
        raise WantedError(f"{what} is for namespace {own}, and all here is for {namespace}.")
    for name in ("labels", "annotations"):
        values = metadata.get(name) or {}
        if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
            raise WantedError(f"{name} of {what} must be a mapping of texts.")
