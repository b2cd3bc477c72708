"""Surprises: what a host shows that no notification told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from ..model.facts import HOST
from ..model.kind import is_folder
from ..model.topology import Change, Document, Message

_NAMED = 5
"""Objects that a message names."""


def surprises(changes: Iterable[Change], hosts: Collection[str]) -> Iterator[Message]:
    """Yield a message for each of these hosts that has something which is new, gone or different.

    Of links that is what leads to no object which is new or gone itself.
    """
    listed = [change for change in changes if change.collection in ("inventory", "links")]
    moved = {
        _of(change)["id"]
        for change in listed
        if change.collection == "inventory" and (change.before is None or change.after is None)
    }
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for change in listed:
        document = _of(change)
        host = str(document.get("host") or (document["id"] if document.get("type") == HOST else ""))
        if host in hosts and not is_folder(str(document.get("type"))) and not _follows(document, moved):
            group = "new" if change.before is None else "gone" if change.after is None else "different"
            found[host][group].append(_named(document))
    for host, groups in sorted(found.items()):
        told = "; ".join(f"{group}: {_listed(names)}" for group, names in sorted(groups.items()))
        yield Message("warn", f"host {host} is not as its cloud told: {told}", host, HOST)


def _of(change: Change) -> Document:
    document = change.before if change.after is None else change.after
    return document or {}


def _follows(document: Document, moved: Collection[str]) -> bool:
    return document.get("source_id") in moved or document.get("target_id") in moved


def _named(document: Document) -> str:
    if "link_type" in document:
        return f"link {document['source_label']} to {document['target_label']}"
    return f"{document['type']} {document['name']}"


def _listed(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(sorted(names)[:_NAMED]) + (f" and {more} more" if more > 0 else "")
