"""Requests for workers: scans, scheduled scans, and tests of connections."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any, Self

from pydantic import Field, RootModel, field_validator, model_validator

from ...model.requests import Frequency, LogLevel, Part, ScanStatus, TestStatus
from ...model.targets import TARGETS
from ..answer import Answer, Stream
from ..call import Body, Call, Moment, Name, Paged
from ..documents import Exact
from ..lists import listed, one
from ..route import Access, Route

_VISIBLE = "what the caller may view"

EnvName = Annotated[Name | None, Field(description="The environment; else all that the caller may view.")]


class ScansQuery(Paged):
    """Scans, the latest first."""

    env_name: EnvName = None
    id: Annotated[Name | None, Field(description="The scan of this id.")] = None
    base_object: Annotated[Name | None, Field(description="Of the object of this id.")] = None
    object_id: Annotated[Name | None, Field(description="The same as base_object.")] = None
    status: Annotated[ScanStatus | None, Field(description="In this status.")] = None


class SchedulesQuery(Paged):
    """Scheduled scans, the latest first."""

    env_name: EnvName = None
    id: Annotated[Name | None, Field(description="The scheduled scan of this id.")] = None
    freq: Annotated[Frequency | None, Field(description="Of this frequency.")] = None
    start_time: Annotated[Moment | None, Field(description="Submitted at this time or later.")] = None
    end_time: Annotated[Moment | None, Field(description="Submitted at this time or before.")] = None


class TestsQuery(Paged):
    """Connection tests, the latest first."""

    env_name: EnvName = None
    id: Annotated[Name | None, Field(description="The test of this id.")] = None
    test_targets: Annotated[
        list[Name] | None, Field(description="Of these sections of the configuration. May be repeated.")
    ] = None
    status: Annotated[TestStatus | None, Field(description="In this status.")] = None


class ScanOptions(Body):
    """What a scan is to do: all, or a part, or what one object is made of."""

    env_name: Annotated[Name, Field(description="The environment.")]
    object_id: Annotated[Name | None, Field(description="Scan only this object, and what hangs on it.")] = (
        None
    )
    log_level: LogLevel = "info"
    clear: Annotated[
        bool, Field(description="At the end, forget the facts of sources that were not asked.")
    ] = False
    inventory_only: bool = False
    links_only: bool = False
    cliques_only: bool = False

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.inventory_only + self.links_only + self.cliques_only > 1:
            raise ValueError("inventory_only, links_only and cliques_only exclude each other")
        if self.clear and (self.object_id is not None or self.links_only or self.cliques_only):
            raise ValueError("clear goes with a scan of the whole environment")
        if self.object_id is not None and (self.links_only or self.cliques_only):
            raise ValueError("links_only and cliques_only ask nobody: leave out object_id")
        return self

    def options(self) -> dict[str, Any]:
        """Return what a scan is asked to do, as scans keep it."""
        parts: dict[Part, bool] = {
            "inventory": self.inventory_only,
            "links": self.links_only,
            "cliques": self.cliques_only,
        }
        return {
            "object_id": self.object_id,
            "only": next((part for part, wanted in parts.items() if wanted), None),
            "clear": self.clear,
            "log_level": self.log_level,
        }


class ScanBody(ScanOptions):
    """A scan that is asked for."""


class ScheduleBody(ScanOptions):
    """A scan that is asked for again and again."""

    freq: Frequency | None = None
    cron: Annotated[str | None, Field(max_length=200, description="A cron line of five fields, in UTC.")] = (
        None
    )

    @field_validator("cron")
    @classmethod
    def _is_cron(cls, line: str | None) -> str | None:
        if line is not None and not re.fullmatch(r"[\d*,/A-Za-z-]+( +[\d*,/A-Za-z-]+){4}", line):
            raise ValueError("a cron line has five fields, such as `0 0 * * sun`")
        return line

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        if (self.freq is None) == (self.cron is None):
            raise ValueError("say when: either freq or cron")
        return self


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


class Accepted(Exact):
    """A request that a worker will take up."""

    message: str
    id: str


class Request(Exact):
    """What somebody asked for."""

    id: str
    environment: str
    submitted_at: datetime


class ScanDocument(Request):
    """A scan."""

    status: ScanStatus
    options: dict[str, Any]
    submitted_by: Annotated[str | None, Field(description="Null: it began by itself.")]
    started_at: datetime | None
    ended_at: datetime | None
    counts: dict[str, Any]
    errors: list[str]


class ScansList(Exact):
    """Scans, the latest first."""

    scans: list[ScanDocument]


class ScansAnswer(RootModel[ScansList | ScanDocument]):
    """The list; or, with `id`, the scan itself."""


class ScheduleDocument(Request):
    """A scheduled scan."""

    submitted_by: str
    freq: Frequency | None
    cron: str | None
    next_run: Annotated[datetime | None, Field(description="Null: no worker has seen it yet.")]
    options: dict[str, Any]


class SchedulesList(Exact):
    """Scheduled scans, the latest first."""

    scheduled_scans: list[ScheduleDocument]


class SchedulesAnswer(RootModel[SchedulesList | ScheduleDocument]):
    """The list; or, with `id`, the scheduled scan itself."""


class TestDocument(Request):
    """A test of connections."""

    submitted_by: str
    targets: list[str]
    status: TestStatus
    results: Annotated[dict[str, Any], Field(description="By target, what came of it.")]


class TestsList(Exact):
    """Connection tests, the latest first."""

    connection_tests: list[TestDocument]


class TestsAnswer(RootModel[TestsList | TestDocument]):
    """The list; or, with `id`, the test itself."""


def list_scans(call: Call, query: ScansQuery) -> Answer | Stream:
    """List scans, the latest first."""
    where = {
        "id": query.id,
        "status": query.status,
        "options.object_id": query.object_id or query.base_object,
    }
    asked = {name: value for name, value in where.items() if value is not None}
    names = call.environments(query.env_name)
    found = call.store.scans(names, asked, skip=query.skip, limit=query.page_size)
    return one(found, f"scan {query.id!r}", _VISIBLE) if query.id is not None else listed("scans", found)


def ask_for_scan(call: Call, body: ScanBody) -> Answer:
    """Ask for a scan. A worker takes it up; its status tells how it goes."""
    scan = call.store.request_scan(body.env_name, options=body.options(), by=call.user.name, at=_now())
    call.changed(f"A scan was asked for: {scan['id']}.", environment=body.env_name)
    return Answer({"message": "the scan is asked for", "id": scan["id"]}, HTTPStatus.CREATED)


def list_schedules(call: Call, query: SchedulesQuery) -> Answer | Stream:
    """List scheduled scans, the latest first."""
    asked = {name: value for name in ("id", "freq") if (value := getattr(query, name)) is not None}
    found = call.store.scheduled_scans(
        call.environments(query.env_name),
        asked,
        start_time=query.start_time,
        end_time=query.end_time,
        skip=query.skip,
        limit=query.page_size,
    )
    if query.id is not None:
        return one(found, f"scheduled scan {query.id!r}", _VISIBLE)
    return listed("scheduled_scans", found)


def schedule_scan(call: Call, body: ScheduleBody) -> Answer:
    """Ask for a scan again and again."""
    found = call.store.schedule_scan(
        body.env_name,
        freq=body.freq,
        cron=body.cron,
        options=body.options(),
        by=call.user.name,
        at=_now(),
    )
    call.changed(f"A scan was scheduled, {body.freq or body.cron}: {found['id']}.", environment=body.env_name)
    return Answer({"message": "the scan is scheduled", "id": found["id"]}, HTTPStatus.CREATED)


def list_tests(call: Call, query: TestsQuery) -> Answer | Stream:
    """List connection tests, the latest first."""
    where = {"id": query.id, "status": query.status, "targets": query.test_targets}
    asked = {name: value for name, value in where.items() if value is not None}
    names = call.environments(query.env_name)
    found = call.store.connection_tests(names, asked, skip=query.skip, limit=query.page_size)
    if query.id is not None:
        return one(found, f"connection test {query.id!r}", _VISIBLE)
    return listed("connection_tests", found)


def ask_for_test(call: Call, body: TestBody) -> Answer:
    """Ask for a test of connections. A worker tries them for real; the results tell what works."""
    found = call.store.request_connection_test(
        body.env_name, targets=body.test_targets, by=call.user.name, at=_now()
    )
    call.changed(f"A connection test was asked for: {found['id']}.", environment=body.env_name)
    return Answer({"message": "the test is asked for", "id": found["id"]}, HTTPStatus.CREATED)


def _now() -> datetime:
    return datetime.now(UTC)


ROUTES = (
    Route("GET", "/scans", list_scans, Access.VIEW, ScansAnswer),
    Route("POST", "/scans", ask_for_scan, Access.EDIT, Accepted, HTTPStatus.CREATED),
    Route("GET", "/scheduled_scans", list_schedules, Access.VIEW, SchedulesAnswer),
    Route("POST", "/scheduled_scans", schedule_scan, Access.EDIT, Accepted, HTTPStatus.CREATED),
    Route("GET", "/connection_tests", list_tests, Access.VIEW, TestsAnswer),
    Route("POST", "/connection_tests", ask_for_test, Access.EDIT, Accepted, HTTPStatus.CREATED),
)
