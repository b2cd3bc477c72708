"""Tests of connections, which workers make."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from pydantic import Field, RootModel, field_validator

from ...model.requests import TestStatus
from ...model.targets import TARGETS
from ..answer import Answer, Stream
from ..call import Body, Call, Name, Paged
from ..documents import Exact
from ..lists import listed, one
from ..requested import VISIBLE, Accepted, EnvName, Request, now
from ..route import Access, Route


class TestsQuery(Paged):
    """Connection tests, the latest first."""

    env_name: EnvName = None
    id: Annotated[Name | None, Field(description="The test of this id.")] = None
    test_targets: Annotated[
        list[Name] | None, Field(description="Of these sections of the configuration. May be repeated.")
    ] = None
    status: Annotated[TestStatus | None, Field(description="In this status.")] = None


class TestBody(Body):
    """A test of connections that is asked for."""

    env_name: Annotated[Name, Field(description="The environment.")]
    test_targets: Annotated[
        list[str], Field(min_length=1, max_length=len(TARGETS), description=f"Of {', '.join(TARGETS)}.")
    ]

    @field_validator("test_targets")
    @classmethod
    def _known(cls, targets: list[str]) -> list[str]:
        unknown = [target for target in targets if target not in TARGETS]
        if unknown:
            raise ValueError(f"there is no target {', '.join(unknown)}; there are {', '.join(TARGETS)}")
        return list(dict.fromkeys(targets))


class TestStep(Exact):
    """One thing that was tried."""

    step: str
    works: bool
    text: Annotated[str, Field(description="What came of it.")]


class TestedHost(Exact):
    """What came of one host's command line."""

    host: str
    works: bool
    steps: list[TestStep]
    cause: str | None


class TestResult(Exact):
    """What came of a target."""

    works: bool
    took_ms: int
    steps: list[TestStep]
    cause: Annotated[str | None, Field(description="The likely cause, and what to do; null: it works.")]
    hosts: Annotated[list[TestedHost] | None, Field(description="Of CLI: each host.")] = None


class TestDocument(Request):
    """A test of connections."""

    submitted_by: str
    targets: list[str]
    status: TestStatus
    worker: Annotated[str | None, Field(description="Which worker makes it.")] = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    results: Annotated[
        dict[str, TestResult], Field(description="By target, what came of it; in the order of the targets.")
    ]


class TestsList(Exact):
    """Connection tests, the latest first."""

    connection_tests: list[TestDocument]


class TestsAnswer(RootModel[TestsList | TestDocument]):
    """The list; or, with `id`, the test itself."""


def list_tests(call: Call, query: TestsQuery) -> Answer | Stream:
    """List connection tests, the latest first."""
    where = {"id": query.id, "status": query.status, "targets": query.test_targets}
    asked = {name: value for name, value in where.items() if value is not None}
    names = call.environments(query.env_name)
    found = call.store.connection_tests(names, asked, skip=query.skip, limit=query.page_size)
    if query.id is not None:
        return one(found, f"connection test {query.id!r}", VISIBLE)
    return listed("connection_tests", found)


def ask_for_test(call: Call, body: TestBody) -> Answer:
    """Ask for a test of connections. A worker tries them for real; the results tell what works."""
    found = call.store.request_connection_test(
        body.env_name, targets=body.test_targets, by=call.user.name, at=now()
    )
    call.changed(f"A connection test was asked for: {found['id']}.", environment=body.env_name)
    return Answer({"message": "the test is asked for", "id": found["id"]}, HTTPStatus.CREATED)


ROUTES = (
    Route("GET", "/connection_tests", list_tests, Access.VIEW, TestsAnswer),
    Route("POST", "/connection_tests", ask_for_test, Access.EDIT, Accepted, HTTPStatus.CREATED),
)
