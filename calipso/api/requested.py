"""Requests for workers: what all of them have in common."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from pydantic import Field

from ..model.requests import RequestError
from .call import Name
from .documents import Exact
from .problem import Problem

VISIBLE = "what the caller may view"

EnvName = Annotated[Name | None, Field(description="The environment; else all that the caller may view.")]


class Accepted(Exact):
    """A request that a worker will take up."""

    message: str
    id: str


class Request(Exact):
    """What somebody asked for."""

    id: str
    environment: str
    submitted_at: datetime


@contextmanager
def refused(status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> Iterator[None]:
    """Tell what is wrong with a request as a problem."""
    try:
        yield
    except RequestError as error:
        raise Problem(status, str(error)) from None


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)
