"""What link families see: the objects, by id, by type and by host; and how they link them."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping
from typing import Any

from ..model.environment import Environment
from ..model.topology import Document, stable_id
from .tracking import Tracker


class Graph:
    """The objects of one environment, and the links that are found between them.

    What is asked is noted, so that who asked is concerned when that changes, and only then.
    """

    def __init__(self, environment: Environment, tracker: Tracker | None = None) -> None:
        """Begin with nothing."""
        self.environment = environment
        self.links: dict[str, Document] = {}
        """What was linked since these were last taken away."""
        self._tracker = tracker or Tracker()
        self.objects = Objects(self._tracker)
        self.by_type = ByType(self._tracker, self.objects)

    def take(self, documents: Mapping[str, Document | None]) -> dict[str, Document | None]:
        """Take objects in the place of those of the same ids; None: it is gone.

        Return what there was of those that are others by now.
        """
        known, changed = self.objects.known, {}
        concerned: set[Hashable] = set()
        for key, document in documents.items():
            before = known.get(key)
            if document is not None:
                known[key] = document
            elif before is not None:
                del known[key]
            if before == document:
                continue
            changed[key] = before
            concerned.add(("object", key))
            if before is not None and (document is None or place_of(before) != place_of(document)):
                concerned.add(("joined", place_of(before)))
            self.by_type.change(before, document, concerned)
        for each in concerned:
            self._tracker.changed(each)
        if changed:
            self._tracker.changed("objects")
        return changed

    def at(self, host: str, kind: str) -> list[Document]:
        """Return the objects of a type that bear a host's name, by id."""
        return self.by_type.of((host, kind))

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


class Objects(Mapping[str, Document]):
    """Objects by id."""

    def __init__(self, tracker: Tracker) -> None:
        """Begin with none."""
        self._tracker = tracker
        self.known: dict[str, Document] = {}
        """The objects, without a note of who asks."""

    def place(self, key: str) -> str:
        """Return where an object is: its host, or where it has none, or is gone, itself."""
        return place_of(self.known[key]) if key in self.known else key

    def __getitem__(self, key: str) -> Document:
        """Return an object."""
        self._tracker.note(("object", key))
        return self.known[key]

    def __iter__(self) -> Iterator[str]:
        """Yield all ids."""
        self._tracker.note("objects")
        return iter(self.known)

    def __len__(self) -> int:
        """Return how many there are."""
        self._tracker.note("objects")
        return len(self.known)


class ByType:
    """Objects by type, by id in each; none where there is none."""

    def __init__(self, tracker: Tracker, objects: Objects) -> None:
        """Begin with none."""
        self._tracker, self._objects = tracker, objects
        self._ids: dict[Hashable, set[str]] = {}

    def change(self, before: Document | None, after: Document | None, concerned: set[Hashable]) -> None:
        """Take an object in the place of another one; add what is noted of who asks for their groups."""
        for document in (before, after):
            if document is None:
                continue
            kind, host = document["type"], document.get("host")
            for group in (kind, (host, kind)) if isinstance(host, str) else (kind,):
                ids = self._ids.setdefault(group, set())
                (ids.add if document is after else ids.discard)(document["id"])
                concerned.add(("objects", group))

    def of(self, group: Hashable) -> list[Document]:
        """Return the objects of a group: a type, or a host's name and a type."""
        self._tracker.note(("objects", group))
        known = self._objects.known
        return [known[key] for key in sorted(self._ids.get(group, ()))]

    def __getitem__(self, kind: str) -> list[Document]:
        """Return the objects of a type."""
        return self.of(kind)


def place_of(document: Document) -> str:
    """Return where an object is: its host, or where it has none, itself."""
    host = document.get("host")
    return host if isinstance(host, str) and host else str(document["id"])


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
