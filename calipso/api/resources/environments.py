"""The configuration of environments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from pydantic import Field, RootModel

from ...model.configuration import EnvironmentChanges, InvalidConfigurationError, NewEnvironment
from ...model.environment import Environment
from ...model.supported import features
from ...scan.environments import add, added, change, delete
from ..answer import Answer
from ..call import Call, Name, Paged, Query
from ..documents import Exact, attributes
from ..problem import Problem
from ..route import Access, Route
from .tokens import Done


class EnvironmentsQuery(Paged):
    """Environments that the caller may view."""

    name: Annotated[Name | None, Field(description="The environment of this name, whole.")] = None
    distribution: Annotated[Name | None, Field(description="Installed with this.")] = None
    mechanism_drivers: Annotated[
        list[Name] | None, Field(description="With these mechanism drivers. May be repeated.")
    ] = None
    type_drivers: Annotated[
        list[Name] | None, Field(description="With these type drivers. May be repeated.")
    ] = None
    user: Annotated[Name | None, Field(description="Of this owner.")] = None
    listen: Annotated[bool | None, Field(description="Whose notifications are, or are not, followed.")] = None
    scanned: Annotated[bool | None, Field(description="That were, or were not, wholly scanned.")] = None
    monitoring_setup_done: Annotated[
        bool | None, Field(description="Whose monitoring is, or is not, set up.")
    ] = None
    operational: Annotated[
        Literal["stopped", "running", "error"] | None, Field(description="Whose listener is in this state.")
    ] = None

    def admits(self, environment: Environment) -> bool:
        """Say whether an environment meets all filters."""
        plain = ("name", "distribution", "user", "listen", "scanned", "monitoring_setup_done", "operational")
        return all(getattr(self, name) in (None, getattr(environment, name)) for name in plain) and all(
            set(getattr(self, name) or ()) <= set(environment.drivers(name))
            for name in ("mechanism_drivers", "type_drivers")
        )


class OneEnvironmentQuery(Query):
    """One environment."""

    name: Annotated[Name, Field(description="The environment's name.")]

    @property
    def env_name(self) -> str:
        """The environment whose rights count."""
        return self.name


class DeleteEnvironmentQuery(OneEnvironmentQuery):
    """One environment to delete, and what happens to its inventory."""

    inventory: Annotated[
        Literal["keep", "delete"],
        Field(
            description="keep: only the configuration goes, and administrators can still read what was "
            "scanned. delete: all that is known of it goes, for good."
        ),
    ]


class EnvironmentItem(Exact):
    """An environment in brief."""

    name: str
    environment_type: str
    distribution: str | None
    distribution_version: str | None
    scanned: bool
    last_scanned: datetime | None


class EnvironmentDocument(EnvironmentItem):
    """An environment."""

    mechanism_drivers: list[str]
    type_drivers: list[str]
    operational: str
    listen: bool
    enable_monitoring: bool
    monitoring_setup_done: bool
    env_type: str | None
    user: Annotated[str | None, Field(description="Its owner.")]
    auth: Annotated[
        dict[str, list[str]], Field(description="By right (view-env, edit-env), who has it beside the owner.")
    ]
    configuration: Annotated[list[dict[str, Any]], Field(description="Where its sources are.")]
    discovered: Annotated[dict[str, Any], Field(description="Which drivers the last whole scan found.")]
    retention: dict[str, Any] | None
    features: Annotated[list[str], Field(description="What Calipso supports for such an environment.")]
    generation: Annotated[int, Field(description="The newest; 0: nothing was published yet.")]


class EnvironmentsList(Exact):
    """Environments in brief, by name."""

    environment_configs: list[EnvironmentItem]


class EnvironmentsAnswer(RootModel[EnvironmentsList | EnvironmentDocument]):
    """The list; or, with `name`, the environment itself."""


def list_environments(call: Call, query: EnvironmentsQuery) -> Answer:
    """List environments in brief, by name; with `name`, give it whole. No secret is ever kept or told."""
    found = [each for each in call.visible() if query.admits(each)]
    if query.name is not None:
        if not found:
            raise Problem(
                HTTPStatus.NOT_FOUND,
                f"there is no environment {query.name!r} that {call.user.name!r} may see",
            )
        return Answer(_whole(call, found[0]))
    page = found[query.skip : query.skip + query.page_size]
    names = attributes(EnvironmentItem)
    return Answer({"environment_configs": [{name: getattr(each, name) for name in names} for each in page]})


def add_environment(call: Call, body: NewEnvironment) -> Answer:
    """Add an environment. Its configuration must be among those that are supported."""
    with _refused():
        environment = added(_sent(body), call.registry.supported)
    if environment.user is None:
        environment = replace(environment, user=call.user.name)
    add(call.store, environment, by=call.user.name, at=datetime.now(UTC))
    return Answer({"message": f"environment {body.name!r} is added"}, HTTPStatus.CREATED)


def change_environment(call: Call, query: OneEnvironmentQuery, body: EnvironmentChanges) -> Answer:
    """Change what is given of an environment, and nothing else."""
    rows = call.registry.supported
    with _refused():
        change(call.store, query.name, _sent(body), rows, by=call.user.name, at=datetime.now(UTC))
    return Answer({"message": f"environment {query.name!r} is changed"})


def delete_environment(call: Call, query: DeleteEnvironmentQuery) -> Answer:
    """Delete an environment; `inventory` says whether what was scanned goes with it."""
    delete(call.store, query.name, query.inventory, by=call.user.name, at=datetime.now(UTC))
    return Answer({"message": f"environment {query.name!r} is deleted"})


def _sent(body: EnvironmentChanges) -> dict[str, Any]:
    return body.model_dump(by_alias=True, exclude_unset=True)


@contextmanager
def _refused() -> Iterator[None]:
    try:
        yield
    except InvalidConfigurationError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, str(error)) from None


def _whole(call: Call, environment: Environment) -> dict[str, Any]:
    """Return an environment as a document; its sections as a list, which is how clients know them."""
    sections: Mapping[str, Any] = environment.configuration
    return {
        **asdict(environment),
        **{name: environment.drivers(name) for name in ("mechanism_drivers", "type_drivers")},
        "configuration": [{"name": name, **section} for name, section in sections.items()],
        "features": sorted(features(environment, call.registry.supported)),
        "generation": call.store.generation(environment.name),
    }


PATH = "/environment_configs"

ROUTES = (
    Route(
        "GET", PATH, list_environments, Access.LOGGED_IN, EnvironmentsAnswer, errors=(HTTPStatus.NOT_FOUND,)
    ),
    Route(
        "POST",
        PATH,
        add_environment,
        Access.ADMIN,
        Done,
        HTTPStatus.CREATED,
        errors=(HTTPStatus.CONFLICT,),
    ),
    Route("PUT", PATH, change_environment, Access.EDIT, Done),
    Route("DELETE", PATH, delete_environment, Access.EDIT, Done, errors=(HTTPStatus.CONFLICT,)),
)
