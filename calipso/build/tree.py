"""The tree: folders, and every object's path by id and by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ..model.kind import Kind, folder_type
from ..model.path import segment
from ..model.source import OPENSTACK
from ..model.topology import Document, Message
from .claims import Claims
from .graph import Graph

ROOT = "environment"

Parent = tuple[str, str]
"""The id and the type of what an object is below."""


class Built(NamedTuple):
    """An object, and where it says that it belongs; the tree changes where it is."""

    document: Document
    parent: Parent


def complete(document: Document, kind: Kind, environment: str) -> Built:
    """Return an object with what every object has; the order of attributes is that of reading."""
    parent = document.pop("parent_id"), document.pop("parent_type", kind.parent)
    found = {
        "environment": environment,
        "id": document.pop("id"),
        "type": kind.type,
        "name": document["name"],
        "object_name": document.pop("name"),
        "parent_id": parent[0],
        "parent_type": parent[1],
        "show_in_tree": kind.show_in_tree,
        "source": document.pop("source", OPENSTACK),
        "health": kind.health(document),
        **document,
    }
    return Built(found, parent)


class Filed(NamedTuple):
    """What an object, or a folder, says of the folder that it is in."""

    id: str
    type: str
    label: str
    parent: Parent
    source: str


class Tree:
    """Where every object is. Folders stand between parents and children, as the children's kinds ask for."""

    def __init__(self, graph: Graph, kinds: Mapping[str, Kind], objects: Claims[Built]) -> None:
        """Begin with nothing."""
        self._graph, self._kinds, self._objects = graph, kinds, objects
        self._root = graph.environment.name
        self._parents: dict[str, Parent] = {}
        """Where each object that is no folder says that it belongs."""
        self._wanted: dict[str, set[str]] = {}
        """The objects that say that they belong to one, there or not."""
        self._lost: set[str] = set()
        """Objects whose parent is not there, and that are put below the environment."""
        self._folders: dict[str, dict[Filed, int]] = {}
        """What the objects in a folder say of it, and how many say so."""
        self._folder_types: dict[str, str] = {}
        self._above: dict[str, str] = {}
        self._below: dict[str, set[str]] = {}
        self._cut: set[str] = set()
        """Objects that would be their own ancestors, and are put below the environment."""

    def grow(self) -> dict[str, Document | None]:
        """Put what was claimed anew into the tree; return what there was of all that this changed, by id."""
        touched, known = self._touched(), self._graph.objects.known
        was_above = {key: self._above[key] for key in touched if key in known}
        folders = {key: None for key in touched if key in self._folders}
        for key in touched:
            if key in self._parents:
                folders.update(dict.fromkeys(self._take_out(key)))
        fresh, types = self._put_in_all(touched, folders)
        for key in folders:
            if key not in self._parents:
                if key in known:
                    was_above.setdefault(key, self._above[key])
                fresh[key] = self._folder(key)
        moved = [key for key in was_above if self._has_moved(key, fresh[key], was_above[key])]
        new = [key for key, document in fresh.items() if document is not None and key not in known]
        below = self._all_below(moved, new)
        paths = self._paths(below, fresh)
        fresh.update({key: known[key] for key in below if key not in fresh})
        for key, document in fresh.items():
            if document is not None:
                fresh[key] = self._placed(key, document, types.get(key), paths.get(key))
        return self._graph.take(fresh)

    def messages(self) -> Iterator[Message]:
        """Yield what is to be said of objects that share an id, or that have no place in the tree."""
        for first, other in self._objects.others():
            key, kind, believed = first.document["id"], other.document["type"], first.document["type"]
            text = f"a {kind} and a {believed} have the same id {key!r}; the {kind} is left out"
            yield Message("error", text, key, believed)
        known = self._graph.objects.known
        for key in sorted(self._lost):
            parent, parent_type = self._parents[key]
            text = f"its parent, the {parent_type} {parent!r}, is not there"
            yield Message("error", text, key, known[key]["type"])
        for key in sorted(self._cut):
            yield Message("error", "it is its own ancestor", key, known[key]["type"])

    def _touched(self) -> dict[str, Built | None]:
        """Return what was claimed anew, and what belongs to that where it came or is gone."""
        touched = self._objects.take_touched()
        for key in list(touched):
            if (key in self._parents) != (touched[key] is not None):
                for other in self._wanted.get(key, ()):
                    touched.setdefault(other, self._objects.first(other))
        return touched

    def _put_in_all(
        self, touched: Mapping[str, Built | None], folders: dict[str, None]
    ) -> tuple[dict[str, Document | None], dict[str, str]]:
        """Put objects into the tree, and add to `folders`; return the objects, and their parents' types."""
        fresh: dict[str, Document | None] = {}
        for key, built in touched.items():
            fresh[key] = built.document if built else None
            if built is not None:
                self._parents[key] = built.parent
                self._wanted.setdefault(built.parent[0], set()).add(key)
        types: dict[str, str] = {}
        for key, document in fresh.items():
            if document is not None:
                chain = self._put_in(key, document)
                for filed in chain:
                    folders[filed.id] = None
                types[key] = chain[-1].type if chain else self._place(key)[1]
        return fresh, types

    def _place(self, key: str) -> Parent:
        """Return what an object is below, folders aside."""
        return (self._root, ROOT) if key in self._lost else self._parents[key]

    def _filed(self, document: Document, parent: Parent) -> Iterator[Filed]:
        """Yield the folders between an object and its parent, the outer one first."""
        declared = self._kinds[document["type"]]
        for label in declared.folders(document) if declared.folder else ():
            kind = self._folder_types.get(label) or self._folder_types.setdefault(label, folder_type(label))
            key = f"{parent[0]}::{kind.removesuffix('_folder')}"
            yield Filed(key, kind, label, parent, document["source"])
            parent = key, kind

    def _take_out(self, key: str) -> list[str]:
        """Take an object out of the tree; return the folders that it was in."""
        folders = []
        for filed in self._filed(self._graph.objects.known[key], self._place(key)):
            folder = self._folders[filed.id]
            if folder[filed] > 1:
                folder[filed] -= 1
            else:
                del folder[filed]
            folders.append(filed.id)
        self._wanted[self._parents.pop(key)[0]].discard(key)
        self._lost.discard(key)
        self._hang(key, None)
        return folders

    def _put_in(self, key: str, document: Document) -> list[Filed]:
        """Put an object into the tree; return the folders that it is in, the inner one last."""
        parent = self._parents[key][0]
        if parent not in self._parents and parent != self._root:
            self._lost.add(key)
        place = self._place(key)
        folders = list(self._filed(document, place))
        for filed in folders:
            folder = self._folders.setdefault(filed.id, {})
            folder[filed] = folder.get(filed, 0) + 1
        self._hang(key, folders[-1].id if folders else place[0])
        return folders

    def _hang(self, key: str, parent: str | None) -> None:
        """Let an object be below another one, or below none."""
        before = self._above.pop(key, None)
        if before is not None:
            self._below[before].discard(key)
        if parent is not None:
            self._above[key] = parent
            self._below.setdefault(parent, set()).add(key)

    def _folder(self, key: str) -> Document | None:
        """Return a folder; None where nothing is in it."""
        if not self._folders[key]:
            del self._folders[key]
            self._hang(key, None)
            return None
        filed = min(self._folders[key])
        self._hang(key, filed.parent[0])
        return {
            "environment": self._root,
            "id": key,
            "type": filed.type,
            "name": filed.label,
            "object_name": filed.label,
            "parent_id": filed.parent[0],
            "parent_type": filed.parent[1],
            "show_in_tree": True,
            "source": filed.source,
        }

    def _has_moved(self, key: str, document: Document | None, above: str) -> bool:
        """Say whether the path of an object may be another than it was; `above`: what it was below."""
        if document is None or key in self._cut or above != self._above[key]:
            return True
        return bool(self._graph.objects.known[key]["name"] != document["name"])

    def _all_below(self, moved: Iterable[str], new: Iterable[str]) -> dict[str, None]:
        """Return those that are there, and all that are below; what is below new ones is new or moved."""
        found = dict.fromkeys(moved)
        todo = list(found)
        found.update(dict.fromkeys(new))
        while todo:
            below = [key for key in self._below.get(todo.pop(), ()) if key not in found]
            found.update(dict.fromkeys(below))
            todo += below
        self._cut -= found.keys()
        return {key: None for key in found if key in self._above}

    def _paths(
        self, keys: Mapping[str, None], fresh: Mapping[str, Document | None]
    ) -> dict[str, tuple[str, str]]:
        """Return the paths of objects by id and by name; one that would be its own ancestor is cut off."""
        known, root = self._graph.objects.known, f"/{segment(self._root)}"
        paths = {self._root: (root, root)}
        for each in keys:
            if each in paths:
                continue
            chain: dict[str, None] = {}
            key = each
            while key not in paths:
                if key not in keys:
                    paths[key] = known[key]["id_path"], known[key]["name_path"]
                elif key in chain:
                    circle = list(chain)
                    self._cut.add(min(circle[circle.index(key) :]))
                    chain, key = {}, each
                else:
                    chain[key] = None
                    key = self._root if key in self._cut else self._above[key]
            for below in reversed(chain):
                ids, names = paths[key]
                name = (fresh.get(below) or known[below])["name"]
                paths[below] = f"{ids}/{segment(below)}", f"{names}/{segment(name)}"
                key = below
        return paths

    def _placed(
        self, key: str, document: Document, parent_type: str | None, path: tuple[str, str] | None
    ) -> Document:
        """Return an object with parent and paths (None: as they were); one that has some is not touched."""
        found = dict(document) if "id_path" in document else document
        if path is None:
            before = self._graph.objects.known[key]
            path = before["id_path"], before["name_path"]
        found["parent_id"] = self._root if key in self._cut else self._above[key]
        if parent_type is not None:
            found["parent_type"] = parent_type
        found["id_path"], found["name_path"] = path
        return found
