"""Clique types and constraints: which graphs there are."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from itertools import islice
from typing import Annotated

from pydantic import Field, RootModel

from ...model.clique import ANY, CliqueType, clique_type_document
from ...model.metadata import InvalidMetadataError, check_clique_type
from ...model.topology import Document
from ..answer import Answer
from ..call import Body, Call, Name, Paged, Query
from ..documents import Exact
from ..lists import one
from ..problem import Detail, Problem
from ..requested import Accepted
from ..route import Access, Route
from .tokens import Done

Names = list[Annotated[str, Field(min_length=1, max_length=200)]]


class CliqueTypesQuery(Paged):
    """Clique types."""

    env_name: Annotated[
        Name | None, Field(description="Those that could serve this environment; else all.")
    ] = None
    id: Annotated[Name | None, Field(description="The clique type of this id.")] = None
    focal_point_type: Annotated[Name | None, Field(description="Around objects of this type.")] = None
    link_type: Annotated[Name | None, Field(description="That follow links of this type.")] = None
    name: Annotated[Name | None, Field(description="Of this name.")] = None


class ConstraintsQuery(Paged):
    """Constraints of cliques."""

    id: Annotated[Name | None, Field(description="The constraint of this id: its focal point's type.")] = None
    focal_point_type: Annotated[Name | None, Field(description="Around objects of this type.")] = None
    constraint: Annotated[Name | None, Field(description="That hold this attribute fast.")] = None


class CliqueTypeBody(Body):
    """A new clique type: for an environment, for all (ANY), or for a configuration."""

    env_name: Annotated[
        Name | None,
        Field(alias="environment", description=f"The environment, or {ANY}; null: those of a configuration."),
    ] = None
    name: Annotated[str, Field(min_length=1, max_length=200)]
    focal_point_type: Annotated[str, Field(min_length=1, max_length=200)]
    link_types: Annotated[Names, Field(min_length=1, max_length=200)]
    environment_type: Annotated[str | None, Field(max_length=200)] = None
    distribution: Annotated[str | None, Field(max_length=200)] = None
    distribution_version: Annotated[Names, Field(max_length=200, default_factory=list)]
    mechanism_drivers: Annotated[Names, Field(max_length=200, default_factory=list)]
    type_drivers: Annotated[Names, Field(max_length=200, default_factory=list)]
    use_implicit_links: bool = False
    on_demand: Annotated[bool, Field(description="Walked when it is asked for, and not kept.")] = False


class CliqueTypeQuery(Query):
    """One clique type."""

    id: Annotated[Name, Field(description="The clique type's id.")]


class CliqueTypeDocument(Exact):
    """A clique type."""

    id: str
    name: str
    environment: Annotated[
        str | None, Field(description=f"The environment, or {ANY}; null: that of a configuration.")
    ]
    focal_point_type: str
    link_types: list[str]
    environment_type: str | None
    distribution: str | None
    distribution_version: list[str]
    mechanism_drivers: list[str]
    type_drivers: list[str]
    use_implicit_links: bool
    on_demand: bool


class CliqueTypesList(Exact):
    """Clique types."""

    clique_types: list[CliqueTypeDocument]


class CliqueTypesAnswer(RootModel[CliqueTypesList | CliqueTypeDocument]):
    """The list; or, with `id`, the clique type itself."""


class ConstraintDocument(Exact):
    """In which attributes the links around objects of a type must agree with them."""

    id: str
    focal_point_type: str
    constraints: list[str]


class ConstraintsList(Exact):
    """Constraints, by the type of the focal point."""

    clique_constraints: list[ConstraintDocument]


class ConstraintsAnswer(RootModel[ConstraintsList | ConstraintDocument]):
    """The list; or, with `id`, the constraint itself."""


def list_clique_types(call: Call, query: CliqueTypesQuery) -> Answer:
    """List clique types: those that were posted, then those of metadata files. The best that fits counts."""
    wanted = frozenset(call.registry.directions(query.link_type) if query.link_type else ())
    found = [each for each in _clique_types(call, query) if _admits(query, wanted, each)]
    if query.id is not None:
        return one(found, f"clique type {query.id!r}", "what the caller may view")
    return Answer({"clique_types": found[query.skip : query.skip + query.page_size]})


def add_clique_type(call: Call, body: CliqueTypeBody) -> Answer:
    """Add a clique type. It counts from the next build of an environment on; for all of them, an
    administrator adds it.
    """
    _check_rights(call, body.env_name)
    entry = body.model_dump(by_alias=True, exclude_none=True)
    try:
        wanted: CliqueType = check_clique_type(entry, call.registry.kinds, call.registry.either_direction)
    except InvalidMetadataError as error:
        details = [Detail(where="body", message=line) for line in str(error).splitlines()]
        raise Problem(HTTPStatus.BAD_REQUEST, "; ".join(str(error).splitlines()), details) from None
    found = call.store.add_clique_type(wanted)
    named = body.env_name if body.env_name != ANY else None
    call.changed(f"Clique type {body.name!r} was added for {body.env_name}.", environment=named)
    return Answer({"message": f"clique type {body.name!r} is added", "id": found["id"]}, HTTPStatus.CREATED)


def remove_clique_type(call: Call, query: CliqueTypeQuery) -> Answer:
    """Remove a clique type that was posted. Those of metadata files stay."""
    found = call.store.clique_types(call.environments(None), {"id": query.id})
    if not found:
        raise Problem(HTTPStatus.NOT_FOUND, f"nobody posted a clique type {query.id!r} that you may see")
    [document] = found
    _check_rights(call, document["environment"])
    call.store.delete_clique_type(query.id)
    named = document["environment"] if document["environment"] != ANY else None
    call.changed(f"Clique type {document['name']!r} was removed.", environment=named)
    return Answer({"message": f"clique type {document['name']!r} is removed"})


def _check_rights(call: Call, environment: str | None) -> None:
    """Raise `Problem` unless the caller may change the clique types of an environment, or of several."""
    if environment not in (None, ANY):
        call.environment(str(environment), edit=True)
    elif call.user.role != "admin":
        raise Problem(
            HTTPStatus.FORBIDDEN, "clique types for more than one environment are for administrators"
        )


def list_constraints(call: Call, query: ConstraintsQuery) -> Answer:
    """List the attributes in which a focal point's links must agree with it."""
    everything = (
        {"id": focal, "focal_point_type": focal, "constraints": list(attributes)}
        for focal, attributes in sorted(call.registry.constraints.items())
    )
    found = [
        each
        for each in everything
        if query.id in (None, each["id"])
        and query.focal_point_type in (None, each["focal_point_type"])
        and (query.constraint is None or query.constraint in each["constraints"])
    ]
    if query.id is not None:
        return one(found, f"constraint {query.id!r}", "Calipso")
    page = islice(found, query.skip, query.skip + query.page_size)
    return Answer({"clique_constraints": list(page)})


def _clique_types(call: Call, query: CliqueTypesQuery) -> Iterator[Document]:
    names = call.environments(query.env_name)
    posted = call.store.clique_types(names)
    yield from posted
    known = {each["id"] for each in posted}
    for declared in call.registry.clique_types:
        document = clique_type_document(declared)
        visible = declared.environment in (None, ANY) or names is None or declared.environment in names
        if visible and document["id"] not in known:
            yield document


def _admits(query: CliqueTypesQuery, wanted: frozenset[str], document: Document) -> bool:
    return all(
        getattr(query, name) in (None, document[name]) for name in ("id", "focal_point_type", "name")
    ) and (not wanted or not wanted.isdisjoint(document["link_types"]))


ROUTES = (
    Route("GET", "/clique_types", list_clique_types, Access.VIEW, CliqueTypesAnswer),
    Route(
        "POST",
        "/clique_types",
        add_clique_type,
        Access.LOGGED_IN,
        Accepted,
        HTTPStatus.CREATED,
        errors=(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    ),
    Route(
        "DELETE",
        "/clique_types",
        remove_clique_type,
        Access.LOGGED_IN,
        Done,
        errors=(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
    ),
    Route(
        "GET",
        "/clique_constraints",
        list_constraints,
        Access.LOGGED_IN,
        ConstraintsAnswer,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
)
