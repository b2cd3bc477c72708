"""Monitoring's configuration: the templates, and what was rendered of them."""

from __future__ import annotations

from http import HTTPStatus
from itertools import islice
from typing import Annotated, Any, Literal

from pydantic import Field, RootModel

from ...monitoring.templates import ANY_SYSTEM, InvalidTemplateError, template, templates
from ..answer import Answer, Stream
from ..call import Body, Call, Name, Paged, Query
from ..documents import Exact, Whole
from ..lists import listed
from ..problem import Detail, Problem
from ..requested import Accepted
from ..route import Access, Route
from .tokens import Done

Side = Literal["client", "server"]
System = Literal["any", "Sensu", "Sensu Core"]


class TemplatesQuery(Paged):
    """Templates, in their order."""

    id: Annotated[Name | None, Field(description="The template of this id.")] = None
    order: Annotated[int | None, Field(ge=0, le=10**6, description="At this place.")] = None
    side: Annotated[Side | None, Field(description="For this side.")] = None
    type: Annotated[Name | None, Field(description="Of this type.")] = None
    monitoring_system: Annotated[System | None, Field(description="For this system.")] = None


class TemplateDocument(Whole):
    """A template."""

    id: str
    order: int
    side: Side
    type: str
    monitoring_system: str
    environment: Annotated[str | None, Field(description="The one that it is for; null: all.")]
    config: Annotated[dict[str, Any] | None, Field(description="null takes the template away that ships.")]


class TemplatesList(Exact):
    """Templates, in their order."""

    monitoring_config_templates: list[TemplateDocument]


class TemplatesAnswer(RootModel[TemplatesList | TemplateDocument]):
    """The list; or, with `id`, the template itself, if there is only one of that id."""


class TemplateBody(Body):
    """A template: in place of one that ships, for all environments or for one; or a new one."""

    id: Annotated[str, Field(min_length=1, max_length=200)]
    side: Side
    type: Annotated[str, Field(min_length=1, max_length=200)]
    order: Annotated[int, Field(ge=0, le=10**6)] = 1000
    monitoring_system: System = ANY_SYSTEM  # type: ignore[assignment]
    environment: Annotated[str | None, Field(max_length=200)] = None
    condition: Annotated[dict[str, list[str]], Field(default_factory=dict)]
    where: Annotated[dict[str, Any], Field(default_factory=dict)]
    config: dict[str, Any] | None = None


class TemplateQuery(Query):
    """A template that was stored."""

    id: Annotated[Name, Field(description="The template of this id.")]
    environment: Annotated[
        Name | None, Field(description="The one that is for this environment; else the one for all.")
    ] = None


class ConfigQuery(Paged):
    """What was rendered for an environment."""

    env_name: Annotated[Name, Field(description="The environment.")]
    id: Annotated[Name | None, Field(description="The document of this id, such as a check's name.")] = None
    side: Annotated[Side | None, Field(description="For this side.")] = None
    type: Annotated[Name | None, Field(description="Of this type, such as check.")] = None
    host: Annotated[Name | None, Field(description="For the agent of the host of this id.")] = None


class ConfigDocument(Exact):
    """A part of the configuration."""

    environment: str
    id: str
    side: Side
    type: str
    host: str | None
    order: int
    config: dict[str, Any]


class ConfigAnswer(Exact):
    """What was rendered, in its order."""

    monitoring_config: list[ConfigDocument]


def list_templates(call: Call, query: TemplatesQuery) -> Answer | Stream:
    """List the templates of monitoring's configuration: those that ship, and those that were stored."""
    names = ("id", "order", "side", "type", "monitoring_system")
    wanted = {name: value for name in names if (value := getattr(query, name)) is not None}
    everything = (each.document() for each in templates(call.registry, call.store.monitoring_templates()))
    found = [each for each in everything if all(each[name] == value for name, value in wanted.items())]
    if query.id is not None and not found:
        raise Problem(HTTPStatus.NOT_FOUND, f"there is no template {query.id!r}")
    if query.id is not None and len(found) == 1:
        return Answer(found[0])
    return listed("monitoring_config_templates", islice(found, query.skip, query.skip + query.page_size))


def put_template(call: Call, body: TemplateBody) -> Answer:
    """Store a template, in place of the one of its id that is for the same environment, or for all."""
    try:
        stored = template(body.model_dump(), call.registry)
    except InvalidTemplateError as error:
        details = [Detail(where="body", message=line) for line in str(error).splitlines()]
        raise Problem(HTTPStatus.BAD_REQUEST, "this template cannot be used", details=details) from None
    if stored.environment is not None:
        call.environment(stored.environment, edit=True)
    call.store.put_monitoring_template(stored.document())
    call.changed(f"Monitoring template {stored.id!r} was stored.", environment=stored.environment)
    return Answer({"message": f"template {stored.id!r} is stored", "id": stored.id}, HTTPStatus.CREATED)


def delete_template(call: Call, query: TemplateQuery) -> Answer:
    """Remove a template that was stored; the one that ships counts again, if there is one."""
    if not call.store.delete_monitoring_template(query.id, query.environment):
        raise Problem(HTTPStatus.NOT_FOUND, f"no template {query.id!r} was stored")
    call.changed(f"Monitoring template {query.id!r} was removed.", environment=query.environment)
    return Answer({"message": f"template {query.id!r} is removed"})


def list_config(call: Call, query: ConfigQuery) -> Answer | Stream:
    """List what was rendered for an environment: checks of objects and links, and Sensu's resources."""
    names = ("id", "side", "type", "host")
    where = {name: value for name in names if (value := getattr(query, name)) is not None}
    found = call.store.monitoring_config(query.env_name, where, skip=query.skip, limit=query.page_size)
    return listed("monitoring_config", found)


ROUTES = (
    Route(
        "GET",
        "/monitoring_config_templates",
        list_templates,
        Access.LOGGED_IN,
        TemplatesAnswer,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        "POST",
        "/monitoring_config_templates",
        put_template,
        Access.ADMIN,
        Accepted,
        HTTPStatus.CREATED,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        "DELETE",
        "/monitoring_config_templates",
        delete_template,
        Access.ADMIN,
        Done,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route("GET", "/monitoring_config", list_config, Access.VIEW, ConfigAnswer),
)
