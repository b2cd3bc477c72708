"""Documents as answers hold them: what lists read of them, and what the OpenAPI document tells of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..model.kind import Health
from ..model.topology import Level

LinkState = Literal["up", "down", "unknown"]


class Exact(BaseModel):
    """An answer, or a part of one, with nothing but what is declared."""

    model_config = ConfigDict(extra="forbid")


class Whole(BaseModel):
    """A document with more than what every one of its kind has."""

    model_config = ConfigDict(extra="allow")


class ObjectItem(Exact):
    """An object in brief."""

    environment: str
    id: str
    type: str
    name: str
    id_path: str
    name_path: str
    host: str | None = None
    health: Health | None = None


class ObjectDocument(Whole):
    """An object, with the attributes of its type."""

    environment: str
    id: str
    type: str
    name: str
    object_name: str
    parent_id: str
    parent_type: str
    id_path: str
    name_path: str
    show_in_tree: bool
    health: Annotated[Health | None, Field(description="What its native state means.")] = None
    last_scanned: Annotated[datetime, Field(description="When its source was last heard.")]
    stale: Annotated[bool, Field(description="Its source could not be heard when it was last asked.")] = False


class LinkItem(Exact):
    """A link in brief."""

    environment: str
    id: str
    link_type: str
    link_name: str
    state: LinkState
    source_id: str
    target_id: str
    host: str | None = None
    switch: str | None = None
    implicit: bool


class LinkDocument(Whole):
    """A link."""

    environment: str
    id: str
    link_type: str
    link_name: str
    state: LinkState
    link_weight: float
    implicit: bool
    source_id: str
    source_type: str
    source_label: str
    target_id: str
    target_type: str
    target_label: str
    host: str | None = None
    switch: str | None = None
    attributes: dict[str, Any]


class CliqueItem(Exact):
    """A clique in brief."""

    environment: str
    id: str
    focal_point: str
    focal_point_type: str
    clique_type: str | None


class CliqueDocument(CliqueItem):
    """A clique; `links` are the ids of its links, in the order of the walk."""

    constraints: Annotated[
        dict[str, list[Any]], Field(description="In what its links must agree with the focal point.")
    ]
    links: list[str]


class MessageDocument(Exact):
    """A message."""

    id: str
    environment: Annotated[str | None, Field(description="Null: it is about no environment.")]
    source_system: str
    level: Level
    message: str
    user: Annotated[str | None, Field(description="Who changed what the message tells of.")] = None
    related_object: str | None
    related_object_type: str | None
    display_context: Annotated[
        str | None, Field(description="The id of the object in whose surroundings it is best shown.")
    ] = None
    scan_id: str | None
    timestamp: Annotated[datetime, Field(description="When it was first seen.")]
    last_seen: datetime
    viewed: bool = False
    finished: Annotated[bool, Field(description="Nothing has to be done about it any more.")] = False


def attributes(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the names of the attributes that a model declares."""
    return tuple(model.model_fields)
