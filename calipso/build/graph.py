"""Objects and links as a graph: by id, by type, and by who is joined to whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from ..model.environment import Environment
from ..model.topology import Document, Message, stable_id


class Graph:
    """The objects and links of one environment while it is built."""

    def __init__(self, environment: Environment) -> None:
        """Begin with nothing."""
        self.environment = environment
        self.objects: dict[str, Document] = {}
        self.by_type: dict[str, list[Document]] = defaultdict(list)
        self.links: dict[str, Document] = {}
        self.messages: list[Message] = []
        self._adjacent: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
        self._far_types: dict[str, set[str]] = defaultdict(set)

    def add(self, document: Document) -> None:
        """Add an object; a second one of the same id is reported and left out."""
        key, kind = document["id"], document["type"]
        if key in self.objects:
            other = self.objects[key]["type"]
            text = f"a {kind} and a {other} have the same id {key!r}; the {kind} is left out"
            self.messages.append(Message("error", text, key, other))
            return
        self.objects[key] = document
        self.by_type[kind].append(document)

    def link(
        self,
        source: Document,
        target: Document,
        *,
        state: str,
        name: str | None = None,
        attributes: dict[str, Any] | None = None,
        labels: tuple[str | None, str | None] = (None, None),
        implicit: bool = False,
    ) -> None:
        """Join two objects; joining them again changes nothing."""
        link_type = f"{source['type']}-{target['type']}"
        key = stable_id(link_type, source["id"], target["id"])
        if key in self.links:
            return
        link: Document = {
            "environment": self.environment.name,
            "id": key,
            "source": source["id"],
            "source_id": source["id"],
            "source_type": source["type"],
            "source_label": labels[0] or source["name"],
            "target": target["id"],
            "target_id": target["id"],
            "target_type": target["type"],
            "target_label": labels[1] or target["name"],
            "link_type": link_type,
            "link_name": name or f"{source['name']}-{target['name']}",
            "state": state,
            "link_weight": 0,
            "implicit": implicit,
            "attributes": attributes or {},
        }
        if host := source.get("host") or target.get("host"):
            link["host"] = host
        elif switch := source.get("switch") or target.get("switch"):
            link["switch"] = switch
        self.links[key] = link
        for near, far in ((source, target), (target, source)):
            self._adjacent[near["id"], far["type"]].append((key, far["id"]))
            self._far_types[near["id"]].add(far["type"])

    def neighbours(self, key: str, kind: str) -> Sequence[tuple[str, str]]:
        """Return the ids of an object's links to objects of type `kind`, with the far end's id."""
        return self._adjacent.get((key, kind), ())

    def hops(self, key: str) -> Iterator[tuple[Document, str]]:
        """Yield all links of an object, with the far end's id."""
        for kind in sorted(self._far_types.get(key, ())):
            for link, far in self.neighbours(key, kind):
                yield self.links[link], far


def up_down(*states: str | None) -> str:
    """Return the state of a hop by the states of what it is made of: the worst that is known."""
    if "down" in states:
        return "down"
    return "up" if states and all(state == "up" for state in states) else "unknown"


def bearing(networks: Collection[str]) -> dict[str, Any]:
    """Return the attributes of a hop that carries these networks: `network` for one, else `networks`."""
    if len(networks) == 1:
        return {"network": next(iter(networks))}
    return {"networks": sorted(networks)}
