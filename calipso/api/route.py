"""Routes: what there is to ask, by whom, and with which parameters. The OpenAPI document tells the same."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from typing import Any, Literal, get_type_hints

from pydantic import BaseModel

from . import resources
from .answer import Answer, Stream, Text
from .request import LARGEST_BODY

Handler = Callable[..., Answer | Stream | Text]


class Access(Enum):
    """Who may call a route."""

    ANYONE = "anyone"
    LOGGED_IN = "anyone with a token"
    VIEW = "who may view the environment"
    EDIT = "who may edit the environment"
    ADMIN = "administrators"


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path.

    The handler gets the `Call`; its parameters `query` and `body`, where it has them, are read from the
    request as the models with which they are annotated. With access VIEW or EDIT one of the two has
    `env_name`: the environment whose rights count; with None, the handler serves what the caller may see.
    `answer` is the model of the body of a success, or the media type of one that is no JSON. Without
    `asks_store` it is served while the database does not answer. The body of a request may have
    `largest_body` bytes. The handler's docstring describes it to users.
    """

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    handler: Handler
    access: Access
    answer: type[BaseModel] | str
    status: HTTPStatus = HTTPStatus.OK
    errors: tuple[HTTPStatus, ...] = ()
    asks_store: bool = True
    largest_body: int = LARGEST_BODY
    query: type[BaseModel] | None = field(init=False)
    body: type[BaseModel] | None = field(init=False)

    def __post_init__(self) -> None:
        """Take the models of query and body from the handler's annotations."""
        hints = get_type_hints(self.handler)
        object.__setattr__(self, "query", hints.get("query"))
        object.__setattr__(self, "body", hints.get("body"))

    @property
    def name(self) -> str:
        """What the route is called: unique, and good for a function's name."""
        return self.handler.__name__

    @property
    def doc(self) -> str:
        """What it does."""
        return " ".join((self.handler.__doc__ or "").split())


def all_routes() -> tuple[Route, ...]:
    """Return the routes of every module in `resources`, by path."""
    found: list[Route] = []
    for module in pkgutil.iter_modules(resources.__path__):
        declared: Any = importlib.import_module(f"{resources.__name__}.{module.name}")
        found += declared.ROUTES
    return tuple(sorted(found, key=lambda route: (route.path, route.method)))
