"""Conditions: what is asked for, as the database reads it; values are never taken for its operators."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from .collections import OWN_FIELDS
from .encoding import storable
from .errors import UnusableNameError

Scalar = str | int | float | bool | datetime | None

_SCALARS = (str, int, float, bool, datetime)

Where = Mapping[str, Scalar | Collection[Scalar]]
"""Attribute -> the value that it must equal, or one of several. A list equals what it contains; a dot in an
attribute's name leads into it. What has no such attribute equals None."""


def matching(where: Where | None = None, **more: Scalar | Collection[Scalar]) -> list[dict[str, Any]]:
    """Return the conditions for documents that meet all of `where`, and of `more` what is not None.

    Raises ValueError for what is no attribute's name.
    """
    given = {name: value for name, value in more.items() if value is not None}
    return [_equals(attribute(name), value) for name, value in [*(where or {}).items(), *given.items()]]


def attribute(name: str) -> str:
    """Return `name`; ValueError where no document has an attribute that is called so."""
    parts = name.split(".")
    if "\0" in name or parts[0] in OWN_FIELDS or any(not part or part.startswith("$") for part in parts):
        raise UnusableNameError(f"no attribute is called {name!r}")
    return name


def of_environments(environments: str | Collection[str] | None) -> list[dict[str, Any]]:
    """Return the conditions for documents of one environment, of some, or of all (None)."""
    return [] if environments is None else [_equals("environment", environments)]


def below(id_path: str) -> dict[str, Any]:
    """Return the condition for objects below the one with that path."""
    path = storable(id_path)
    return {"id_path": {"$gt": f"{path}/", "$lt": path + chr(ord("/") + 1)}}


def all_of(conditions: Collection[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the condition that all of `conditions` hold."""
    return {"$and": list(conditions)} if conditions else {}


def projection(brief: Collection[str] | None) -> dict[str, int]:
    """Return what is read of documents: these attributes and the id; with None all that is not our own."""
    if brief is None:
        return dict.fromkeys(OWN_FIELDS, 0)
    return {"_id": 0, "id": 1, **{attribute(name): 1 for name in brief}}


def _equals(name: str, value: Scalar | Collection[Scalar]) -> dict[str, Any]:
    if isinstance(value, (str, Mapping)) or not isinstance(value, Collection):
        return {name: {"$eq": _plain(value)}}
    if all(each is None or isinstance(each, _SCALARS) for each in value):
        return {name: {"$in": [_plain(each) for each in value]}}
    return {"$or": [{name: {"$eq": each}} for each in value]}


def _plain(value: Any) -> Any:
    return storable(value) if isinstance(value, str) else value
