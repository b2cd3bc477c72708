"""Constants: the words that there are."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from pydantic import BaseModel, Field

from ...report.constants import constants
from ..answer import Answer
from ..call import Call, Name, Query
from ..problem import Problem
from ..route import Access, Route


class ConstantsQuery(Query):
    """One list of words, or all."""

    name: Annotated[Name | None, Field(description="The list's name; else all of them.")] = None


class Constant(BaseModel):
    """A word, and what it is called on a page."""

    value: str
    label: str


class Constants(BaseModel):
    """A list of words."""

    name: str
    data: list[Constant]


class ConstantsAnswer(BaseModel):
    """Lists of words; with `name`, that one."""

    constants: list[Constants] | None = None
    name: str | None = None
    data: list[Constant] | None = None


def list_constants(call: Call, query: ConstantsQuery) -> Answer:
    """List the words that there are: types of objects and links, states, levels..."""
    lists = {
        name: [{"value": value, "label": label} for value, label in words.items()]
        for name, words in constants(call.registry).items()
    }
    if query.name is None:
        return Answer({"constants": [{"name": name, "data": data} for name, data in lists.items()]})
    if query.name not in lists:
        raise Problem(
            HTTPStatus.NOT_FOUND, f"there are no constants {query.name!r}; there are {', '.join(lists)}"
        )
    return Answer({"name": query.name, "data": lists[query.name]})


ROUTES = (
    Route(
        "GET", "/constants", list_constants, Access.LOGGED_IN, ConstantsAnswer, errors=(HTTPStatus.NOT_FOUND,)
    ),
)
