"""Constants: the words that there are."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from pydantic import Field, RootModel

from ...report.constants import constants
from ..answer import Answer
from ..call import Call, Name, Query
from ..documents import Exact
from ..problem import Problem
from ..route import Access, Route


class ConstantsQuery(Query):
    """One list of words, or all."""

    name: Annotated[Name | None, Field(description="The list's name; else all of them.")] = None


class Constant(Exact):
    """A word, and what it is called on a page."""

    value: str
    label: str


class Constants(Exact):
    """A list of words."""

    name: str
    data: list[Constant]


class ConstantsList(Exact):
    """All lists of words."""

    constants: list[Constants]


class ConstantsAnswer(RootModel[ConstantsList | Constants]):
    """Lists of words; with `name`, that one."""


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
