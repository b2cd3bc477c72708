"""What is told of an object with each of its results: where it is, whose it is, and what hangs on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from ..model.topology import Document

MOST_NAMES = 20
"""Of the instances that hang on an object, and of the cliques that it is in."""


def address_of(base: str, environment: str, id: str) -> str:  # noqa: A002 - what the attribute is called
    """Return where Calipso, which is at `base`, shows the object of that id."""
    return f"{base.rstrip('/')}/inventory?{urlencode({'env_name': environment, 'id': id})}"


class Surroundings:
    """The objects, links and cliques of one generation, as far as they tell of what is checked."""

    def __init__(
        self, objects: Iterable[Document], links: Iterable[Document], cliques: Iterable[Document]
    ) -> None:
        self.objects = {document["id"]: document for document in objects}
        self.links = {document["id"]: document for document in links}
        self.linked: defaultdict[str, defaultdict[str, list[Document]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for link in self.links.values():
            ends = [self.objects.get(link["source_id"]), self.objects.get(link["target_id"])]
            for here, there in (ends, reversed(ends)):
                if here is not None and there is not None:
                    self.linked[here["id"]][there["type"]].append(there)
        self._focal_points: defaultdict[str, list[str]] = defaultdict(list)
        for clique in cliques:
            members = {clique["focal_point"]}
            for joint in filter(None, map(self.links.get, clique["links"])):
                members |= {joint["id"], joint["source_id"], joint["target_id"]}
            for member in members:
                self._focal_points[member].append(clique["focal_point"])

    def labels(self, document: Document, environment: str) -> dict[str, str]:
        """Return what Sensu's lists are filtered by."""
        owner = self.objects.get(document.get("instance_id") or document.get("vservice_id") or "", document)
        networks = document.get("network_name") or owner.get("networks") or document.get("link_name")
        found = {
            "calipso_environment": environment,
            "calipso_type": document.get("type") or document.get("link_type"),
            "calipso_host": document.get("host"),
            "calipso_project": owner.get("project"),
            "calipso_network": ", ".join(networks) if isinstance(networks, list) else networks,
        }
        return {name: str(value) for name, value in found.items() if value}

    def annotations(self, document: Document, environment: str, url: str | None) -> dict[str, str]:
        """Return what somebody who gets an alert wants to know."""
        key = document["id"]
        focal_points = sorted(set(self._focal_points[key]) - {key})
        instances = [each for each in focal_points if self.objects.get(each, {}).get("type") == "instance"]
        found = {
            "calipso_environment": environment,
            "calipso_id": key,
            "calipso_path": document.get("name_path") or self._path_of_link(document),
            "calipso_cliques": self._named(focal_points),
            "calipso_affects": f"{_instances(len(instances))}: {self._named(instances)}"
            if instances
            else None,
            "calipso_url": address_of(url, environment, key) if url and "name_path" in document else None,
        }
        return {name: value for name, value in found.items() if value}

    def _path_of_link(self, link: Mapping[str, Any]) -> str:
        ends = [self.objects.get(link[f"{end}_id"], {}).get("name_path", "") for end in ("source", "target")]
        return " -> ".join(ends)

    def _named(self, ids: list[str]) -> str:
        names = [str(self.objects.get(each, {}).get("name", each)) for each in ids]
        more = len(names) - MOST_NAMES
        return ", ".join(sorted(names)[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _instances(number: int) -> str:
    return "1 instance" if number == 1 else f"{number} instances"
