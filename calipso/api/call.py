"""A call: one request, with who makes it and what it may see."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from ..model.account import Account, may_edit, may_view
from .problem import Problem

if TYPE_CHECKING:
    from ..accounts import Accounts
    from ..build.registry import Registry
    from ..model.environment import Environment
    from ..store import Store, View
    from .metrics import Metrics

LARGEST_PAGE = 10_000
DEFAULT_PAGE = 1_000

Name = Annotated[str, StringConstraints(min_length=1, max_length=4_000)]
"""What is asked for by name or id."""


def _no_number(text: object) -> object:
    if isinstance(text, str) and re.fullmatch(r"[-+]?[0-9.]+", text):
        raise ValueError("a time is in ISO 8601 with a time zone, such as 2026-01-31T12:00:00Z")
    return text


Moment = Annotated[AwareDatetime, BeforeValidator(_no_number)]
"""A time."""


class Query(BaseModel):
    """The query parameters of a request: only those that are declared."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Body(BaseModel):
    """A request's JSON body: only what is declared, in the type that is declared."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Paged(Query):
    """A page of a list."""

    page: Annotated[int, Field(ge=0, le=10**9, description="Which page, from 0.")] = 0
    page_size: Annotated[
        int, Field(ge=1, le=LARGEST_PAGE, description="How many items a page has at most.")
    ] = DEFAULT_PAGE

    @property
    def skip(self) -> int:
        """How many items are on the pages before."""
        return self.page * self.page_size


class OfState(Query):
    """One state of an environment: the newest unless asked for another."""

    generation: Annotated[
        Name | None,
        Field(description="A generation by its number, or by the name of the snapshot; else the newest."),
    ] = None
    at: Annotated[
        Moment | None,
        Field(description="The generation that was the newest at this time (ISO 8601 with time zone)."),
    ] = None

    @model_validator(mode="after")
    def _one_of_them(self) -> OfState:
        if self.generation is not None and self.at is not None:
            raise ValueError("generation and at exclude each other")
        return self


class NotModifiedError(Exception):
    """The caller has this answer already; the text is its tag."""


@dataclass(slots=True)
class Call:
    """One request: its account (None: not logged in), address, token, and its own text for tags.

    `known_tags` are those of answers that the caller has; `tag` becomes that of this answer.
    """

    store: Store
    accounts: Accounts
    registry: Registry
    metrics: Metrics
    account: Account | None
    token: str | None
    address: str
    url: str
    known_tags: frozenset[str]
    tag: str | None = None

    @property
    def user(self) -> Account:
        """Who calls; only where a token is required."""
        if self.account is None:
            raise Problem(HTTPStatus.UNAUTHORIZED, "this needs a token: POST /auth/tokens gives one")
        return self.account

    def environment(self, name: str, *, edit: bool = False) -> Environment | None:
        """Return an environment that the caller may view, or edit; None for one without configuration.

        Raises `Problem`: one that the caller may not view is as unknown as one that is not there.
        """
        found = self.store.environment(name)
        user = self.user
        if found is None and user.role == "admin":
            self.store.view(name)
        elif found is None or not may_view(user, found):
            raise Problem(
                HTTPStatus.NOT_FOUND, f"there is no environment {name!r} that {user.name!r} may see"
            )
        elif edit and not may_edit(user, found):
            raise Problem(
                HTTPStatus.FORBIDDEN,
                f"{user.name!r} may view environment {name!r}, but not change it: "
                "ask an administrator, or its owner, for the right edit-env",
            )
        return found

    def changed(self, text: str, *, environment: str | None) -> None:
        """Note in the messages what the caller changed."""
        self.store.record_change(text, by=self.user.name, environment=environment, at=datetime.now(UTC))

    def visible(self) -> list[Environment]:
        """Return the environments that the caller may view."""
        return [found for found in self.store.environments() if may_view(self.user, found)]

    def environments(self, name: str | None) -> list[str] | None:
        """Return the environments that are asked about: that one, or all that the caller may view.

        None means what belongs to no environment, too: administrators see everything.
        """
        if name is not None:
            return [name]
        return None if self.user.role == "admin" else [found.name for found in self.visible()]

    def view(self, name: str, state: OfState) -> View:
        """Return a view of the asked state, of which the answer tells; the rights were checked before.

        Raises `NotModifiedError` where the caller has just this answer.
        """
        view = self.opened(name, state)
        self.tagged(view.revision)
        return view

    def opened(self, name: str, state: OfState) -> View:
        """Return a view of the asked state, where the answer tells of more than that."""
        number = None
        if state.generation is not None:
            number = self.store.find_state(name, state.generation).number
        return self.store.view(name, number, at=state.at)

    def tagged(self, *parts: str) -> None:
        """Give the answer a tag: `parts` change whenever the answer does. Raises `NotModifiedError`."""
        said = "\0".join((self.url, *parts)).encode("utf-8", "surrogatepass")
        self.tag = f'W/"{hashlib.blake2b(said, digest_size=12).hexdigest()}"'
        if self.tag in self.known_tags:
            raise NotModifiedError(self.tag)
