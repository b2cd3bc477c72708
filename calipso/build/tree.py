"""The tree: folders, and every object's path by id and by name."""

from __future__ import annotations

from collections.abc import Mapping

from ..model.kind import Kind, folder_type
from ..model.path import segment
from ..model.source import OPENSTACK
from ..model.topology import Document, Message
from .graph import Graph

ROOT = "environment"


def complete(document: Document, kind: Kind, environment: str) -> Document:
    """Return an object with what every object has; the order of attributes is that of reading."""
    return {
        "environment": environment,
        "id": document.pop("id"),
        "type": kind.type,
        "name": document["name"],
        "object_name": document.pop("name"),
        "parent_id": document.pop("parent_id"),
        "parent_type": document.pop("parent_type", kind.parent),
        "show_in_tree": kind.show_in_tree,
        "source": document.pop("source", OPENSTACK),
        "health": kind.health(document),
        **document,
    }


def grow(graph: Graph, kinds: Mapping[str, Kind]) -> None:
    """Put folders between parents and children, and give every object its paths."""
    for document in list(graph.objects.values()):
        kind = kinds[document["type"]]
        if document["parent_id"] not in graph.objects and document["parent_id"] != graph.environment.name:
            text = f"its parent, the {document['parent_type']} {document['parent_id']!r}, is not there"
            graph.messages.append(Message("error", text, document["id"], kind.type))
            document["parent_id"], document["parent_type"] = graph.environment.name, ROOT
        for label in kind.folders(document):
            _file(graph, document, label)
    paths: dict[str, tuple[str, str]] = {}
    root = segment(graph.environment.name)
    paths[graph.environment.name] = (f"/{root}", f"/{root}")
    for key in graph.objects:
        _walk(graph, key, paths)
    for key, document in graph.objects.items():
        document["id_path"], document["name_path"] = paths[key]


def _file(graph: Graph, document: Document, label: str) -> None:
    kind = folder_type(label)
    key = f"{document['parent_id']}::{kind.removesuffix('_folder')}"
    if key not in graph.objects:
        graph.add(
            {
                "environment": graph.environment.name,
                "id": key,
                "type": kind,
                "name": label,
                "object_name": label,
                "parent_id": document["parent_id"],
                "parent_type": document["parent_type"],
                "show_in_tree": True,
                "source": document["source"],
            }
        )
    document["parent_id"], document["parent_type"] = key, kind


def _walk(graph: Graph, key: str, paths: dict[str, tuple[str, str]]) -> None:
    """Find the paths of an object and of all above it, the uppermost first."""
    chain: list[str] = []
    while key not in paths:
        if key in chain:
            graph.messages.append(Message("error", "it is its own ancestor", key, graph.objects[key]["type"]))
            graph.objects[key]["parent_id"] = graph.environment.name
        else:
            chain.append(key)
        key = graph.objects[key]["parent_id"]
    for below in reversed(chain):
        ids, names = paths[key]
        paths[below] = (f"{ids}/{segment(below)}", f"{names}/{segment(graph.objects[below]['name'])}")
        key = below
