"""Whose an object is: its own project's, or else that of what it hangs on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from ..model.path import segments
from ..model.topology import Change, Document

LookUp = Callable[[Collection[str]], Iterable[Document]]
"""Returns the objects of these ids in one state, as far as they are there."""

NAMING = (
    "network",
    "network_id",
    "instance_id",
    "vservice_id",
    "device_id",
    "port",
    "source_id",
    "target_id",
)
"""Attributes by which a document names objects that it hangs on: their ids, or lists of such."""


def of_project(changes: Sequence[Change], project: str, before: LookUp, after: LookUp) -> list[Change]:
    """Return the changes that touch a project, which is given by its id.

    To it belong the project itself and what bears it as its `project_id`. What bears none (a vNIC, a
    bridge, the port of a router's gateway, a link) belongs to the projects of the objects that it names,
    and of those above it in the tree. Only what the changed documents lead to is looked up.
    """
    owned = [
        _Owners([change.before for change in changes], before).owned(project),
        _Owners([change.after for change in changes], after).owned(project),
    ]
    return [change for change, *sides in zip(changes, *owned, strict=True) if any(sides)]


class _Owners:
    """The owners of some documents of one state."""

    def __init__(self, documents: Sequence[Document | None], look_up: LookUp) -> None:
        self._documents = documents
        self._known = {document["id"]: document for document in documents if document}
        wanted = {name for document in self._known.values() for name in _named(document)}
        while missing := wanted - self._known.keys():
            found = {document["id"]: document for document in look_up(missing)}
            self._known |= {name: found.get(name, {}) for name in missing}
            wanted = {name for document in found.values() for name in _named(document)}

    def owned(self, project: str) -> list[bool]:
        """Say of each document whether it belongs to a project."""
        return [document is not None and self._leads(document, project) for document in self._documents]

    def _leads(self, document: Document, project: str) -> bool:
        seen = {document["id"]}
        todo = [document]
        while todo:
            here = todo.pop()
            if project in (here.get("project_id"), here.get("id")):
                return True
            new = [name for name in _named(here) if name not in seen]
            seen.update(new)
            todo += [self._known[name] for name in new]
        return False


def _named(document: Document) -> Iterator[str]:
    """Yield the ids of the objects whose owners are a document's, too: none, if it has its own."""
    if document.get("project_id"):
        return
    for attribute in NAMING:
        value = document.get(attribute)
        for name in value if isinstance(value, list) else [value]:
            if name and isinstance(name, str):
                yield name
    yield from segments(document.get("id_path", ""))[1:-1]
