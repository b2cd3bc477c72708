"""Answers that are lists, and the one document that an `id` asks for."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ..model.topology import Document
from .answer import Answer, Stream
from .problem import Problem

if TYPE_CHECKING:
    from ..store import View


def listed(name: str, documents: Iterable[Document], **fields: Any) -> Stream:
    """Return a list of documents under `name`, sent as it is read."""
    return Stream(name, documents, fields)


def unknown_object(view: View, key: str) -> Problem:
    """Return the problem that a state has no object of this id."""
    return Problem(
        HTTPStatus.NOT_FOUND,
        f"generation {view.generation} of environment {view.environment!r} has no object {key!r}: "
        "/search finds objects",
    )


def one(documents: Iterable[Document], what: str, where: str) -> Answer:
    """Return the first of `documents`. Raises `Problem` where there is none."""
    for document in documents:
        return Answer(document)
    raise Problem(HTTPStatus.NOT_FOUND, f"there is no {what} in {where}")
