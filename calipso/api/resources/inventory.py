"""The inventory: objects, their links and cliques, as lists, or one of them whole."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, RootModel, model_validator

from ...model.path import segments
from ...store import View
from ..answer import Answer, Stream
from ..call import Call, Name, OfState, Paged
from ..documents import (
    CliqueDocument,
    CliqueItem,
    Exact,
    LinkDocument,
    LinkItem,
    ObjectDocument,
    ObjectItem,
    attributes,
)
from ..lists import listed, one
from ..route import Access, Route

ATTRIBUTE = "attributes:"
"""What a filter by an attribute of links begins with."""


class InventoryQuery(OfState, Paged):
    """Objects of one state of an environment."""

    env_name: Annotated[Name, Field(description="The environment.")]
    id: Annotated[Name | None, Field(description="The object of this id, whole.")] = None
    id_path: Annotated[Name | None, Field(description="The object with this path of ids.")] = None
    parent_id: Annotated[Name | None, Field(description="Objects right below the object of this id.")] = None
    parent_path: Annotated[
        Name | None, Field(description="Objects right below the object with this path of ids.")
    ] = None
    sub_tree: Annotated[
        bool | None, Field(description="With parent_path: all that is below it, however deep.")
    ] = None
    type: Annotated[Name | None, Field(description="Objects of this type.")] = None
    whole: Annotated[
        bool | None, Field(description="With all attributes of objects; else the list is brief.")
    ] = None

    @model_validator(mode="after")
    def _sub_tree_of_something(self) -> Self:
        if self.sub_tree and self.parent_path is None:
            raise ValueError("sub_tree goes with parent_path")
        return self


class LinksQuery(OfState, Paged):
    """Links of one state of an environment. `attributes:KEY` is a filter, too, for any KEY."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={"patternProperties": {f"^{ATTRIBUTE}.+$": {"type": "string"}}},
    )

    env_name: Annotated[Name, Field(description="The environment.")]
    id: Annotated[Name | None, Field(description="The link of this id, whole.")] = None
    host: Annotated[Name | None, Field(description="Links within this host.")] = None
    link_type: Annotated[
        list[Name] | None, Field(description="Links of these types, by either direction. May be repeated.")
    ] = None
    link_name: Annotated[Name | None, Field(description="Links of this name.")] = None
    source_id: Annotated[Name | None, Field(description="Links from the object of this id.")] = None
    target_id: Annotated[Name | None, Field(description="Links to the object of this id.")] = None
    state: Annotated[Name | None, Field(description="Links in this state: up, down or unknown.")] = None

    @model_validator(mode="after")
    def _only_attributes(self) -> Self:
        unknown = [name for name in self.extra if not name.startswith(ATTRIBUTE) or name == ATTRIBUTE]
        if unknown:
            raise ValueError(
                f"there is no parameter {unknown[0]!r}; attributes are asked for as {ATTRIBUTE}KEY"
            )
        return self

    @property
    def extra(self) -> dict[str, Any]:
        """The filters by attributes, as they were sent."""
        return dict(self.model_extra or {})


class CliquesQuery(OfState, Paged):
    """Cliques of one state of an environment."""

    env_name: Annotated[Name, Field(description="The environment.")]
    id: Annotated[Name | None, Field(description="The clique of this id, whole.")] = None
    focal_point: Annotated[Name | None, Field(description="The clique around the object of this id.")] = None
    focal_point_type: Annotated[Name | None, Field(description="Cliques around objects of this type.")] = None
    link_type: Annotated[Name | None, Field(description="Cliques that hold a link of this type.")] = None
    link_id: Annotated[Name | None, Field(description="Cliques that hold this link.")] = None


class ObjectsList(Exact):
    """Objects in brief, by id."""

    objects: list[ObjectItem]


class WholeObjectsList(Exact):
    """Objects with all their attributes, by id."""

    objects: list[ObjectDocument]


class LinksList(Exact):
    """Links in brief, by id."""

    links: list[LinkItem]


class CliquesList(Exact):
    """Cliques in brief, by id."""

    cliques: list[CliqueItem]


class CliqueWithLinks(CliqueDocument):
    """A clique with its links, in full."""

    links_detailed: list[LinkDocument]


class ObjectsAnswer(RootModel[ObjectsList | WholeObjectsList | ObjectDocument]):
    """The list, in brief or with `whole`; or, with `id`, the object itself."""


class LinksAnswer(RootModel[LinksList | LinkDocument]):
    """The list; or, with `id`, the link itself."""


class CliquesAnswer(RootModel[CliquesList | CliqueWithLinks]):
    """The list; or, with `id`, the clique itself."""


def list_objects(call: Call, query: InventoryQuery) -> Answer | Stream:
    """List objects by id, in brief unless asked for them whole; with `id`, give the object itself, whole."""
    view = call.view(query.env_name, query)
    where = {
        name: value for name in ("id", "id_path", "parent_id", "type") if (value := getattr(query, name))
    }
    if query.id is not None:
        return one(view.objects(where), f"object {query.id!r}", _state(view))
    if query.parent_path is not None and not query.sub_tree:
        parent = (segments(query.parent_path) or [""])[-1]
        where["parent_id"] = [parent] if query.parent_id in (None, parent) else []
    found = view.objects(
        where,
        below=query.parent_path,
        skip=query.skip,
        limit=query.page_size,
        brief=None if query.whole else attributes(ObjectItem),
    )
    return listed("objects", found)


def list_links(call: Call, query: LinksQuery) -> Answer | Stream:
    """List links in brief, by id; with `id`, give the link whole."""
    view = call.view(query.env_name, query)
    names = ("id", "host", "link_name", "source_id", "target_id", "state")
    where = {name: value for name in names if (value := getattr(query, name))}
    if query.link_type:
        where["link_type"] = [each for name in query.link_type for each in call.registry.directions(name)]
    where |= {f"attributes.{name.removeprefix(ATTRIBUTE)}": value for name, value in query.extra.items()}
    if query.id is not None:
        return one(view.links(where), f"link {query.id!r}", _state(view))
    return listed(
        "links", view.links(where, skip=query.skip, limit=query.page_size, brief=attributes(LinkItem))
    )


def list_cliques(call: Call, query: CliquesQuery) -> Answer | Stream:
    """List cliques in brief, by id; with `id`, give the clique whole, with its links in `links_detailed`."""
    view = call.view(query.env_name, query)
    where = {
        name: value for name in ("id", "focal_point", "focal_point_type") if (value := getattr(query, name))
    }
    if query.id is not None:
        cliques = list(view.cliques(where))
        for clique in cliques:
            clique["links_detailed"] = list(view.links(ids=clique["links"]))
        return one(cliques, f"clique {query.id!r}", _state(view))
    found = view.cliques(
        where,
        link_id=query.link_id,
        link_type=call.registry.directions(query.link_type) if query.link_type else None,
        skip=query.skip,
        limit=query.page_size,
        brief=attributes(CliqueItem),
    )
    return listed("cliques", found)


def _state(view: View) -> str:
    return f"generation {view.generation} of environment {view.environment!r}"


ROUTES = (
    Route("GET", "/inventory", list_objects, Access.VIEW, ObjectsAnswer),
    Route("GET", "/links", list_links, Access.VIEW, LinksAnswer),
    Route("GET", "/cliques", list_cliques, Access.VIEW, CliquesAnswer),
)
