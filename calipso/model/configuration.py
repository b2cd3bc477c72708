"""The configuration of an environment as people send it: read strictly, and no secret is taken.

What is sent is a mapping of an environment's fields. Those that Calipso writes itself are refused, and so
is any secret, wherever it is; the text of an error names the place, and never repeats a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from .environment import Environment
from .retention import DEFAULT_RETENTION, parse_retention
from .secrecy import secret_faults
from .targets import Part, Targets, Text

EnvironmentType = Literal["OpenStack", "Kubernetes", "VMware", "Bare-metal"]
EnvType = Literal["development", "testing", "staging", "production"]

LONGEST_NAME = 100
"""Characters of an environment's name."""

_MOST = 100
"""Entries of a list."""

_Model = TypeVar("_Model", bound="EnvironmentChanges")


class InvalidConfigurationError(ValueError):
    """A configuration that is not taken; the text tells every fault with its place."""


def _environment_name(name: str) -> str:
    if not name.isprintable() or name != name.strip() or name != name.strip("/") or name.startswith("$"):
        raise ValueError(
            "the name must be printable, with neither blanks nor slashes at its ends, and not begin with $"
        )
    return name


EnvironmentName = Annotated[
    str, StringConstraints(min_length=1, max_length=LONGEST_NAME), AfterValidator(_environment_name)
]
Names = Annotated[list[Text], Field(max_length=_MOST)]


class Rights(Part):
    """Who may see and change an environment beside its owner: users by name, and `group:NAME`."""

    view: Names = Field(default_factory=list, alias="view-env")
    edit: Names = Field(default_factory=list, alias="edit-env")


class EnvironmentChanges(Part):
    """What is to change of an environment: only what is given. Null takes a text away."""

    environment_type: EnvironmentType = "OpenStack"
    distribution: Annotated[Text | None, Field(description="What the cloud was installed with.")] = None
    distribution_version: Text | None = None
    mechanism_drivers: Names = Field(default_factory=list, description="Else those that a scan finds.")
    type_drivers: Names = Field(default_factory=list, description="Else those that a scan finds.")
    env_type: Annotated[EnvType | None, Field(description="What the cloud is for.")] = None
    user: Annotated[Text | None, Field(description="The owner, who may see and change it.")] = None
    auth: Rights = Rights()
    listen: Annotated[bool, Field(description="Whether to follow the cloud's notifications.")] = False
    enable_monitoring: bool = False
    retention: Annotated[
        dict[str, str] | None,
        Field(description="For how long its states and messages are kept; null: as by default."),
    ] = None
    configuration: Targets = Targets()

    @model_validator(mode="before")
    @classmethod
    def _without_secrets_and_what_is_ours(cls, sent: Any) -> Any:
        found = secret_faults(sent)
        if isinstance(sent, Mapping):
            found += [
                f"{name}: only Calipso itself writes this; leave it out" for name in READ_ONLY if name in sent
            ]
        if found:
            raise ValueError("; ".join(found))
        return sent

    @field_validator("retention")
    @classmethod
    def _readable(cls, retention: dict[str, str] | None) -> dict[str, str] | None:
        try:
            parse_retention(DEFAULT_RETENTION if retention is None else retention)
        except ValueError as error:
            raise ValueError(str(error).removeprefix("retention: ")) from None
        return retention

    def given(self) -> dict[str, Any]:
        """Return the fields that were given, as `Environment.changed` takes them."""
        return self.model_dump(by_alias=True, exclude_unset=True, exclude={"name"})


class NewEnvironment(EnvironmentChanges):
    """An environment as it is to be made."""

    name: EnvironmentName

    def environment(self) -> Environment:
        """Return the environment."""
        return Environment(self.name).changed(self.given())


READ_ONLY = (
    "_id",
    "id",
    "generation",
    *(field.name for field in fields(Environment) if field.name not in NewEnvironment.model_fields),
)
"""What is told of an environment, and written by Calipso alone."""


def new_environment(sent: object) -> NewEnvironment:
    """Return the environment that was sent. Raises InvalidConfigurationError."""
    return _read(NewEnvironment, sent)


def environment_changes(sent: object) -> EnvironmentChanges:
    """Return the changes that were sent. Raises InvalidConfigurationError."""
    return _read(EnvironmentChanges, sent)


def _read(model: type[_Model], sent: object) -> _Model:
    try:
        return model.model_validate(sent)
    except ValidationError as error:
        told = error.errors(include_url=False, include_input=False, include_context=False)
        raise InvalidConfigurationError("; ".join(map(_told, told))) from None


def _told(fault: Any) -> str:
    text = fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "extra_forbidden":
        text = "there is no such field"
    elif fault["type"] == "missing":
        text = "is missing"
    elif fault["type"] == "model_type":
        text = "expected a mapping"
    place = ".".join(map(str, fault["loc"]))
    return f"{place}: {text[:1].lower() + text[1:]}" if place else text
