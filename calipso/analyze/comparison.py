"""What is different between two states of a cloud."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..model.kind import is_folder
from ..model.topology import Change, Document
from .differences import differences

OBJECT_GROUPS = ("moved", "removed", "added", "changed")
LINK_GROUPS = ("removed", "added", "changed")

PLACE = frozenset({"parent_id", "parent_type", "id_path", "name_path"})
"""Where an object is in the tree: other attributes say what that follows from, such as its host."""

REPEATED = frozenset({"object_name", "project", "networks", "network_name", "network_info", "config"})
"""What other attributes, or the objects that they name, say already: names beside ids; a network's name is
different in the network alone. An instance's ports and a host's agents are objects of their own.
"""

OWN = frozenset({"source", "health"})
"""Which source tells of an object, and what its state means, which stands beside its attributes."""

OBJECT_LEFT_OUT = PLACE | REPEATED | OWN

LINK_LEFT_OUT = frozenset({"source_label", "target_label", "link_name", "host", "switch", "state"})
"""Of a link: what follows from its ends and its network; and its state, which stands beside."""

_LINK_BRIEF = (
    "id",
    "link_type",
    "link_name",
    "host",
    "source_id",
    "source_label",
    "target_id",
    "target_label",
)
_LINK_ORDER = ("link_type", "source_label", "target_label", "id")


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is different: lists of documents that are fit for JSON, in the order of types, names and ids.

    `objects` has the lists `moved`, `removed`, `added` and `changed`; folders are none of them. Each object
    has id, type, name, `host` where it has one, and `health`, a mapping of what it is `before` and `after`
    (None: it is not there). Those that were changed or moved have `attributes`, as `differences` returns
    them; those that were moved have `from` and `to`, the names of hosts.

    `links` has `removed`, `added` and `changed`. Each link has id, link_type, link_name, `host` where it has
    one, source_id, source_label, target_id, target_label, and `state` before and after; if changed,
    `attributes`.
    """

    objects: dict[str, list[Document]]
    links: dict[str, list[Document]]

    @property
    def equal(self) -> bool:
        """Whether nothing is different."""
        return not any((*self.objects.values(), *self.links.values()))

    @property
    def summary(self) -> dict[str, dict[str, int]]:
        """How many there are: `objects` and `links`, each by the names of its lists."""
        return {
            collection: {name: len(listed) for name, listed in groups.items()}
            for collection, groups in (("objects", self.objects), ("links", self.links))
        }


def compare(changes: Iterable[Change]) -> Comparison:
    """Return what is different between two states, by the documents that changed."""
    objects: dict[str, list[Document]] = {name: [] for name in OBJECT_GROUPS}
    links: dict[str, list[Document]] = {name: [] for name in LINK_GROUPS}
    for change in changes:
        before, after = change.before or {}, change.after or {}
        if change.collection == "links":
            _add_link(links, before, after)
        elif change.collection == "inventory" and not is_folder((after or before)["type"]):
            _add_object(objects, before, after)
    for listed in objects.values():
        listed.sort(key=lambda entry: (entry["type"], entry["name"], entry["id"]))
    for listed in links.values():
        listed.sort(key=lambda entry: [entry[name] for name in _LINK_ORDER])
    return Comparison(objects, links)


def _add_object(groups: dict[str, list[Document]], before: Document, after: Document) -> None:
    there = after or before
    entry: Document = {name: there[name] for name in ("id", "type", "name", "host") if there.get(name)}
    entry["health"] = {"before": before.get("health"), "after": after.get("health")}
    hosts = before.get("host"), after.get("host")
    if not (before and after):
        groups["added" if after else "removed"].append(entry)
    elif all(hosts) and hosts[0] != hosts[1]:
        attributes = differences(before, after, OBJECT_LEFT_OUT | {"host"})
        groups["moved"].append({**entry, "from": hosts[0], "to": hosts[1], "attributes": attributes})
    else:
        attributes = differences(before, after, OBJECT_LEFT_OUT)
        if attributes or before.get("health") != after.get("health"):
            groups["changed"].append({**entry, "attributes": attributes})


def _add_link(groups: dict[str, list[Document]], before: Document, after: Document) -> None:
    there = after or before
    entry = {name: there[name] for name in _LINK_BRIEF if name in there}
    entry["state"] = {"before": before.get("state"), "after": after.get("state")}
    if not (before and after):
        groups["added" if after else "removed"].append(entry)
        return
    attributes = differences(before, after, LINK_LEFT_OUT)
    if attributes or before["state"] != after["state"]:
        groups["changed"].append({**entry, "attributes": attributes})
