"""Answers that are lists, and the one document that an `id` asks for."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from ..model.topology import Document
from .answer import Answer, Stream
from .problem import Problem


def listed(name: str, documents: Iterable[Document], **fields: Any) -> Stream:
    """Return a list of documents under `name`, sent as it is read."""
    return Stream(name, documents, fields)


def one(documents: Iterable[Document], what: str, where: str) -> Answer:
    """Return the first of `documents`. Raises `Problem` where there is none."""
    for document in documents:
        return Answer(document)
    raise Problem(HTTPStatus.NOT_FOUND, f"there is no {what} in {where}")
