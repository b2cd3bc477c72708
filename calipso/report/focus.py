"""The clique around any object of a view: the one that was built, or one that is walked when asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..build.cliques import clique_links
from ..model.clique import values
from ..model.environment import Environment
from ..model.topology import Document, stable_id
from ..scan.clique_types import with_posted

if TYPE_CHECKING:
    from ..build.registry import Registry
    from ..store import Store, View


@dataclass(frozen=True, slots=True)
class Focus:
    """A clique, and the objects and links in it, in full."""

    clique: Document
    objects: list[Document]
    links: list[Document]


def focus(store: Store, view: View, key: str, registry: Registry) -> Focus | None:
    """Return the clique around the object of id `key`, which is the first in it; None: there is none.

    An object of a kind without links is alone in it.
    """
    clique = next(view.cliques(focal_point=key), None)
    if clique is None:
        focal = view.object(key)
        if focal is None:
            return None
        environment = store.environment(view.environment) or Environment(view.environment)
        known, _faults = with_posted(registry, store, environment.name)
        clique = _walked(view, focal, known, environment)
    found = {link["id"]: link for link in view.links(ids=clique["links"])}
    links = [found[key] for key in clique["links"] if key in found]
    ids = {key}.union(link[end] for link in links for end in ("source_id", "target_id"))
    objects = sorted(view.objects(ids=sorted(ids)), key=lambda each: (each["id"] != key, each["id"]))
    return Focus(clique, objects, links)


def _walked(view: View, focal: Document, registry: Registry, environment: Environment) -> Document:
    clique_type = registry.clique_types_for(environment).get(focal["type"])
    wanted = {
        attribute: found
        for attribute in registry.constraints.get(focal["type"], ())
        if (found := values(focal, attribute)) is not None
    }
    links: list[str] = []
    if clique_type is not None:
        graph = _Neighbourhood(view, wanted)
        steps = [registry.pair(name) for name in clique_type.link_types]
        links = clique_links(graph, focal, steps, wanted, graph.borne)
    name = clique_type.name if clique_type else None
    return {
        "environment": view.environment,
        "id": stable_id(focal["id"], name or ""),
        "focal_point": focal["id"],
        "focal_point_type": focal["type"],
        "clique_type": name,
        "constraints": {attribute: sorted(found) for attribute, found in wanted.items()},
        "links": links,
    }


class _Neighbourhood:
    """The links of a view, read object by object as a walk comes to them."""

    def __init__(self, view: View, attributes: Iterable[str]) -> None:
        self._view = view
        self._adjacent: dict[str, dict[str, list[tuple[str, str]]]] = {}
        self.borne: dict[str, dict[str, frozenset[Any]]] = {attribute: {} for attribute in attributes}

    def neighbours(self, key: str, kind: str) -> Sequence[tuple[str, str]]:
        """Return the ids of an object's links to objects of type `kind`, with the far end's id."""
        if key not in self._adjacent:
            self._adjacent[key] = self._read(key)
        return self._adjacent[key].get(kind, ())

    def _read(self, key: str) -> dict[str, list[tuple[str, str]]]:
        adjacent: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for link in self._view.links(object_id=key):
            far = "target" if link["source_id"] == key else "source"
            adjacent[link[f"{far}_type"]].append((link["id"], link[f"{far}_id"]))
            for attribute, borne in self.borne.items():
                if (found := values(link["attributes"], attribute)) is not None:
                    borne[link["id"]] = found
        return adjacent
