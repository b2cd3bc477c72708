"""Search over all environments that the caller may view."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated

from pydantic import Field

from ...model.search import parse, rank
from ...store import UnknownGenerationError, View
from ..answer import Answer
from ..call import Call, Name, OfState
from ..documents import Exact, ObjectDocument
from ..route import Access, Route

MOST = 500


class SearchQuery(OfState):
    """What is looked for."""

    q: Annotated[
        str,
        Field(
            min_length=1,
            max_length=1_000,
            description="The beginning of a name, of a word in a name, of an id, MAC or IP address; and "
            "`attribute:value`, such as `type:instance` or `state:ERROR`.",
        ),
    ]
    env_name: Annotated[
        Name | None, Field(description="The environment; else all that the caller may view.")
    ] = None
    limit: Annotated[int, Field(ge=1, le=MOST, description="How many objects at most.")] = 50


class SearchAnswer(Exact):
    """Objects, the best first."""

    objects: list[ObjectDocument]


def search(call: Call, query: SearchQuery) -> Answer:
    """Find objects as one types. Equal values come first, then those that begin so, then words in names."""
    wanted = parse(query.q, call.registry.search_attributes)
    views = list(_views(call, query))
    call.tagged(*(view.revision for view in views))
    found = [document for view in views for document in view.search(wanted, limit=query.limit)]
    if len(views) > 1:
        fields = call.registry.search_fields
        found.sort(key=lambda document: rank(document, wanted.text, fields))
    return Answer({"objects": found[: query.limit]})


def _views(call: Call, query: SearchQuery) -> Iterator[View]:
    """Yield a view of each environment that is asked about; of many, of those that have the asked state."""
    if query.env_name is not None:
        yield call.opened(query.env_name, query)
        return
    for environment in call.visible():
        with suppress(UnknownGenerationError):
            yield call.opened(environment.name, query)


ROUTES = (Route("GET", "/search", search, Access.VIEW, SearchAnswer),)
