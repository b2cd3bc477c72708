# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""The types of Sensu Go's resources."""

from __future__ import annotations

from typing import Any, Dict, FrozenSet, NamedTuple

API_VERSION = "core/v2"
NAMESPACE = "Namespace"

Document = Dict[str, Any]


class Kind(NamedTuple):
    """A type of resources."""

    collection: str
    """Its name in the API's paths."""
    filled: FrozenSet[str] = frozenset()
    """What Sensu sets where nobody asks for it."""
    shared: bool = False
    """Whether Sensu's agents write there too, so that what is not asked for stays as it is."""
    namespaced: bool = True
    """Whether each namespace has its own."""


KINDS: Dict[str, Kind] = {
    NAMESPACE: Kind("namespaces", namespaced=False),
    "Asset": Kind("assets"),
    "EventFilter": Kind("filters"),
    "Mutator": Kind("mutators", filled=frozenset(["type"])),
    "Handler": Kind("handlers"),
    "HookConfig": Kind("hooks"),
    "CheckConfig": Kind("checks", filled=frozenset(["scheduler"])),
    "Entity": Kind("entities", shared=True),
    "Silenced": Kind("silenced", filled=frozenset(["begin", "creator", "expire", "expire_at"])),
}
"""Later ones name earlier ones."""


class Resource(NamedTuple):
    """A resource that shall be; `body`: as the API takes it."""

    type: str
    name: str
    body: Document


def namespace_resource(name: str) -> Resource:
    """Return a namespace, which has nothing but its name."""
    return Resource(NAMESPACE, name, {"name": name})
