"""Monitoring: the templates of which its configuration is made."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal

from pydantic import Field, RootModel

from ..answer import Answer, Stream
from ..call import Call, Name, Paged
from ..documents import Exact, Whole
from ..lists import listed, one
from ..route import Access, Route


class TemplatesQuery(Paged):
    """Templates, in their order."""

    id: Annotated[Name | None, Field(description="The template of this id.")] = None
    order: Annotated[int | None, Field(ge=0, le=10**6, description="At this place.")] = None
    side: Annotated[Literal["client", "server"] | None, Field(description="For this side.")] = None
    type: Annotated[Name | None, Field(description="Of this type.")] = None
    monitoring_system: Annotated[Name | None, Field(description="For this system, such as Sensu.")] = None


class TemplateDocument(Whole):
    """A template."""

    id: str
    order: int
    side: Literal["client", "server"]
    type: str
    monitoring_system: str


class TemplatesList(Exact):
    """Templates, in their order."""

    monitoring_config_templates: list[TemplateDocument]


class TemplatesAnswer(RootModel[TemplatesList | TemplateDocument]):
    """The list; or, with `id`, the template itself."""


def list_templates(call: Call, query: TemplatesQuery) -> Answer | Stream:
    """List the templates of monitoring's configuration that are in the database."""
    names = ("id", "order", "side", "type", "monitoring_system")
    where = {name: value for name in names if (value := getattr(query, name)) is not None}
    found = call.store.monitoring_config_templates(where, skip=query.skip, limit=query.page_size)
    if query.id is not None:
        return one(found, f"template {query.id!r}", "the database")
    return listed("monitoring_config_templates", found)


ROUTES = (
    Route(
        "GET",
        "/monitoring_config_templates",
        list_templates,
        Access.LOGGED_IN,
        TemplatesAnswer,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
)
