"""What checks are about: the objects and links of the newest generation that their names mean."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from ..model.monitoring import (
    BATCH,
    KEEPALIVE,
    CheckResult,
    LinkSubject,
    ObjectSubject,
    Subject,
    check_name,
    subject_of,
)
from ..model.topology import Document
from .collections import Collections
from .errors import UnknownGenerationError
from .views import View

HOST = "host"


@dataclass(frozen=True, slots=True)
class Found:
    """A result, and what it is about. `label` names that to people.

    `name` is the check's, as Sensu Go has it. An `agent` is what tells whether a host is heard at all: its
    keepalive, which gives the host's object its status, and its batch, which gives none.
    """

    result: CheckResult
    name: str
    subject: Literal["object", "link", "agent"]
    id: str
    type: str
    label: str
    agent: bool = False


def find_subjects(
    collections: Collections, environment: str, results: Collection[CheckResult]
) -> tuple[list[Found], list[CheckResult]]:
    """Return the results of which the newest generation has the object or link, and the others.

    Raises `UnknownEnvironmentError`.
    """
    meant = [(result, _meant(result)) for result in results]
    subjects = {subject for _result, subject in meant if subject is not None}
    try:
        view = View(collections, environment, None, None)
    except UnknownGenerationError:
        return [], list(results)
    objects = _objects(view, [each for each in subjects if isinstance(each, ObjectSubject)])
    links = _links(view, [each for each in subjects if isinstance(each, LinkSubject)])
    found, unknown = [], []
    for result, subject in meant:
        document = objects.get(subject) if isinstance(subject, ObjectSubject) else links.get(subject)
        if subject is None or document is None:
            unknown.append(result)
        else:
            found.append(_found(result, subject, document))
    return found, unknown


def _meant(result: CheckResult) -> Subject | None:
    if result.name in (KEEPALIVE, BATCH):
        return ObjectSubject(HOST, result.host)
    try:
        return subject_of(result.name)
    except ValueError:
        return None


def _found(result: CheckResult, subject: Subject, document: Document) -> Found:
    if isinstance(subject, LinkSubject):
        type_ = document["link_type"]
        label = f"link {document.get('link_name', document['id'])!r} ({type_}) on {result.host}"
        return Found(result, check_name(subject), "link", document["id"], type_, label)
    label = f"{subject.type} {document.get('name', subject.id)!r}"
    if result.name == BATCH:
        return Found(result, BATCH, "agent", subject.id, HOST, f"{BATCH} of {label}", agent=True)
    if subject.type != HOST:
        label += f" on {result.host}"
    is_agent = result.name == KEEPALIVE
    return Found(result, check_name(subject), "object", subject.id, subject.type, label, agent=is_agent)


def _objects(view: View, subjects: Collection[ObjectSubject]) -> dict[ObjectSubject, Document]:
    if not subjects:
        return {}
    found = view.objects(ids={subject.id for subject in subjects}, brief=("type", "name"))
    return {ObjectSubject(document["type"], document["id"]): document for document in found}


def _links(view: View, subjects: Iterable[LinkSubject]) -> dict[Subject | None, Document]:
    """Return the links between the subjects' ends, by both of the names that a link has."""
    ends = {end for subject in subjects for end in (subject.source_id, subject.target_id)}
    if not ends:
        return {}
    names = ("link_type", "link_name", "source_id", "source_type", "target_id", "target_type")
    found: dict[Subject | None, Document] = {}
    for link in view.links({"source_id": ends, "target_id": ends}, brief=names):
        source, target = link["source_id"], link["target_id"]
        found[LinkSubject(link["link_type"], source, target)] = link
        back = f"{link.get('target_type')}-{link.get('source_type')}"
        found.setdefault(LinkSubject(back, target, source), link)
    return found
