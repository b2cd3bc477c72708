# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""A namespace of Sensu Go, through its API."""

from __future__ import annotations

from typing import Collection, Dict, List

from ansible_collections.calipso.topology.plugins.module_utils.sensu_api import SensuApi, SensuError
from ansible_collections.calipso.topology.plugins.module_utils.sensu_kinds import (
    KINDS,
    NAMESPACE,
    Document,
    Kind,
)
from ansible_collections.calipso.topology.plugins.module_utils.sensu_plan import Change


class SensuNamespace:
    """What is in namespace `name`. Every request raises SensuError."""

    def __init__(self, api: SensuApi, name: str) -> None:
        self.name = name
        self._api = api

    def resources(
        self, types: Collection[str], namespaces: Collection[str]
    ) -> Dict[str, Dict[str, Document]]:
        """Return all resources of these types, by type and name, and which of `namespaces` there are."""
        asked = {name: self._api.get("namespaces", name) for name in sorted({self.name, *namespaces})}
        there = {name: found for name, found in asked.items() if found is not None}
        resources: Dict[str, Dict[str, Document]] = {NAMESPACE: there}
        for type_, kind in KINDS.items():
            if kind.namespaced:
                known = type_ in types and self.name in there
                found = self._api.get_all(*self._path(kind)) if known else []
                resources[type_] = {each["metadata"]["name"]: each for each in found}
        return resources

    def events(self) -> List[Document]:
        """Return all events of checks."""
        found = self._api.get_all("namespaces", self.name, "events")
        return [event for event in found if event.get("check")]

    def apply(self, change: Change) -> None:
        """Create, replace or delete a resource."""
        path = [*self._path(KINDS[change.type]), change.name]
        try:
            if change.after is None:
                self._api.delete(*path)
            else:
                self._api.put(change.after, *path)
        except SensuError as error:
            raise SensuError(f"{change.type} {change.name}: {error}") from None

    def delete_event(self, entity: str, check: str) -> None:
        """Delete an event, if it is there."""
        self._api.delete("namespaces", self.name, "events", entity, check)

    def _path(self, kind: Kind) -> List[str]:
        return ["namespaces", self.name, kind.collection] if kind.namespaced else [kind.collection]
