"""The health of an environment, or of one object in it with all that belongs to it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ..analyze.health import FAULTS, LISTED, Aggregate, aggregate
from ..model.topology import Document
from .focus import focus

if TYPE_CHECKING:
    from ..build.registry import Registry
    from ..store import Store, View

Scope = Literal["environment", "hosts", "project", "clique"]
"""What belongs to something: all of the environment; all that is on its hosts; what a project owns and hangs
on; what is in its clique, and below it in the tree."""

_AT_ONCE = 50_000
"""Ids that are asked for at once."""


@dataclass(frozen=True, slots=True)
class Health:
    """How something is. `object`: what it is; None: the environment."""

    environment: str
    object: Document | None
    scope: Scope
    aggregate: Aggregate

    def document(self, store: Store) -> Document:
        """Return all of it, fit for JSON but for its times.

        `environment`; `object`: id, type and name, or None; `scope`; `status`; `counts`; and `faults`, as
        `named` returns them.
        """
        brief = {name: self.object[name] for name in ("id", "type", "name")} if self.object else None
        return {
            "environment": self.environment,
            "object": brief,
            "scope": self.scope,
            "status": self.aggregate.status,
            "counts": self.aggregate.counts,
            "faults": named(store, self.environment, self.aggregate.faults),
        }


def environment_health(store: Store, environment: str) -> Health:
    """Return the health of all that is monitored in an environment."""
    return Health(environment, None, "environment", _read(store, environment, [None]))


def object_health(store: Store, view: View, document: Document, registry: Registry) -> Health:
    """Return the health of an object of the newest generation, with all that belongs to it."""
    environment = view.environment
    if document["type"] == "project":
        ids = _of_project(view, document)
        return Health(environment, document, "project", _read(store, environment, _batches(ids)))
    below = list(view.objects(under=document["id_path"], brief=("type", "host_id")))
    hosts = {each["id"] for each in below if each["type"] == "host"}
    hosts |= {each["host_id"] for each in below if each["type"] == "host_ref"}
    if hosts:
        return Health(environment, document, "hosts", _read(store, environment, [None], hosts))
    found = focus(store, view, document["id"], registry)
    ids = {each["id"] for each in below} | {document["id"]}
    if found is not None:
        ids.update(each["id"] for each in (*found.objects, *found.links))
    return Health(environment, document, "clique", _read(store, environment, _batches(ids)))


def named(store: Store, environment: str, statuses: Sequence[Document]) -> list[Document]:
    """Return statuses, each with the `object_name` of its object, or of a link's ends; None: it is gone."""
    if not statuses:
        return []
    view = store.view(environment)
    objects = view.objects(ids={each["id"] for each in statuses}, brief=("name",))
    names: dict[tuple[str, str], str] = {("object", each["id"]): each["name"] for each in objects}
    links = [status["id"] for status in statuses if status["subject"] == "link"]
    if links:
        ends = ("source_label", "target_label")
        for link in view.links(ids=links, brief=ends):
            names["link", link["id"]] = " - ".join(str(link[end]) for end in ends)
    return [{**status, "object_name": names.get((status["subject"], status["id"]))} for status in statuses]


def _read(
    store: Store,
    environment: str,
    batches: Iterable[Collection[str] | None],
    hosts: Collection[str] | None = None,
) -> Aggregate:
    """Return the statuses of objects and links of these ids, or (None) of all, on `hosts` (None: on any)."""
    where = {} if hosts is None else {"host": sorted(hosts)}
    counts, faults = [], []
    for ids in batches:
        counted = list(store.count_statuses(environment, where, ids=ids).get(environment, {}).values())
        counts += counted
        part: list[Document] = []
        for status in FAULTS:
            if len(part) < LISTED and any(each.get(status) for each in counted):
                part += store.statuses(
                    environment, {**where, "status": status}, ids=ids, limit=LISTED - len(part)
                )
        faults += part
    return aggregate(counts, faults)


def _of_project(view: View, project: Document) -> set[str]:
    """Return the ids of a project's instances and services, of what is below them, and of their cliques."""
    own = list(view.objects({"project_id": project["id"], "type": ["instance", "vservice"]}, brief=("type",)))
    ids = {each["id"] for each in own} | {project["id"]}
    for batch in _batches(ids):
        for attribute in ("instance_id", "vservice_id"):
            ids |= {each["id"] for each in view.objects({attribute: batch}, type="vnic", brief=())}
    instances = {each["id"] for each in own if each["type"] == "instance"}
    links: set[str] = set()
    for batch in _batches(instances):
        for clique in view.cliques({"focal_point": batch}, brief=("links",)):
            links.update(clique["links"])
    for batch in _batches(links):
        for link in view.links(ids=batch, brief=("source_id", "target_id")):
            ids |= {link["id"], link["source_id"], link["target_id"]}
    return ids


def _batches(ids: Collection[str]) -> Iterator[list[str]]:
    listed = sorted(ids)
    for start in range(0, len(listed), _AT_ONCE):
        yield listed[start : start + _AT_ONCE]
