"""What is around an object in the tree and by links: its parents, its children, its neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..analyze.health import reported
from ..model.kind import is_folder
from ..model.path import segments
from ..model.topology import Document

if TYPE_CHECKING:
    from ..store import View

_BRIEF = ("id", "type", "name", "host", "health", "stale")
_REPORTED = ("status", "status_timestamp")


@dataclass(frozen=True, slots=True)
class Around:
    """An object; the objects above it, the uppermost first, and right below it, less folders; its links.

    Each link has its `other_end`, in brief.
    """

    object: Document
    parents: list[Document]
    children: list[Document]
    links: list[Document]


def around(view: View, document: Document) -> Around:
    """Return what is around an object of a view."""
    links = sorted(view.links(object_id=document["id"]), key=lambda link: (link["link_type"], link["id"]))
    ends = [link["target_id" if link["source_id"] == document["id"] else "source_id"] for link in links]
    above = segments(document["id_path"])[1:-1]
    objects = {each["id"]: each for each in view.objects(ids=sorted({*above, *ends}))}
    return Around(
        document,
        [objects[key] for key in above if key in objects and not is_folder(objects[key]["type"])],
        _children(view, document),
        [
            {**link, "other_end": brief(objects.get(end, {"id": end}))}
            for link, end in zip(links, ends, strict=True)
        ],
    )


def _children(view: View, document: Document) -> list[Document]:
    children = list(view.objects(parent_id=document["id"]))
    while folders := [each["id"] for each in children if is_folder(each["type"])]:
        inside = view.objects({"parent_id": folders})
        children = [*(each for each in children if not is_folder(each["type"])), *inside]
    return sorted(children, key=lambda each: (each["type"], each["name"], each["id"]))


def brief(document: Document) -> Document:
    """Return what a list tells of an object."""
    names = _BRIEF if reported(document) is None else (*_BRIEF, *_REPORTED)
    return {name: document[name] for name in names if name in document}
