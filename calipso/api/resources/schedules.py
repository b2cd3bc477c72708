"""Scheduled scans: those that workers ask for again and again."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from pydantic import Field, RootModel

from ...model.requests import Frequency, Missed, ScheduleKind
from ...model.topology import Document
from ...work import schedules
from ..answer import Answer, Stream
from ..call import Body, Call, Moment, Name, Paged, Query
from ..documents import Exact
from ..lists import listed, one
from ..problem import Problem
from ..requested import VISIBLE, Accepted, EnvName, Request, now, refused
from ..route import Access, Route
from .scans import ScanOptions, SnapshotName
from .tokens import Done

ScheduleName = Annotated[str, Field(min_length=1, max_length=200)]


class SchedulesQuery(Paged):
    """Scheduled scans, the latest first."""

    env_name: EnvName = None
    id: Annotated[Name | None, Field(description="The scheduled scan of this id.")] = None
    freq: Annotated[Frequency | None, Field(description="Of this frequency.")] = None
    start_time: Annotated[Moment | None, Field(description="Submitted at this time or later.")] = None
    end_time: Annotated[Moment | None, Field(description="Submitted at this time or before.")] = None


class ScheduleQuery(Query):
    """One scheduled scan."""

    id: Annotated[Name, Field(description="The scheduled scan.")]


class ScheduleChanges(Body):
    """What is to be different of a scheduled scan."""

    name: Annotated[ScheduleName | None, Field(description="What people call it.")] = None
    freq: Annotated[Frequency | None, Field(description="Counted from when it was submitted.")] = None
    cron: Annotated[
        str | None, Field(max_length=200, description="A cron line of five fields; instead of freq.")
    ] = None
    timezone: Annotated[
        str, Field(max_length=100, description="Whose clock counts: an IANA name, such as Europe/Berlin.")
    ] = "UTC"
    enabled: Annotated[bool, Field(description="False: it is paused.")] = True
    missed: Annotated[
        Missed,
        Field(
            description="What becomes of runs that no worker saw: run (once, as soon as one does) or skip."
        ),
    ] = "run"
    snapshot: Annotated[
        SnapshotName | None,
        Field(description="Keep each state that is found, under such a name (strftime): weekly-%Y-%m-%d."),
    ] = None
    compare_with: Annotated[
        SnapshotName | None,
        Field(
            description="Tell in a message what is different from this snapshot, or from the `previous` "
            "state: where snapshots are made, the one before."
        ),
    ] = None

    def schedule(self) -> dict[str, Any]:
        """Return what is given of the schedule itself."""
        return self.model_dump(include=set(ScheduleChanges.model_fields), exclude_unset=True)


class ScheduleBody(ScanOptions, ScheduleChanges):
    """A scan that is asked for again and again."""


class LastRun(Exact):
    """The scan that was asked for last, and when it was due."""

    scan: str
    at: datetime


class ScheduleDocument(Request):
    """A scheduled scan."""

    submitted_by: str
    name: str | None
    freq: Frequency | None
    cron: str | None
    timezone: str
    enabled: bool
    missed: Missed
    next_run: Annotated[datetime | None, Field(description="Null: it is paused.")]
    last_run: LastRun | None
    kind: ScheduleKind
    snapshot: str | None
    compare_with: str | None
    options: dict[str, Any]


class SchedulesList(Exact):
    """Scheduled scans, the latest first."""

    scheduled_scans: list[ScheduleDocument]


class SchedulesAnswer(RootModel[SchedulesList | ScheduleDocument]):
    """The list; or, with `id`, the scheduled scan itself."""


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
        return one(found, f"scheduled scan {query.id!r}", VISIBLE)
    return listed("scheduled_scans", found)


def schedule_scan(call: Call, body: ScheduleBody) -> Answer:
    """Ask for a scan again and again: at a frequency, or when a cron line says."""
    with refused():
        found = schedules.add(
            call.store, body.env_name, body.schedule(), options=body.options(), by=call.user.name, at=now()
        )
    return Answer({"message": "the scan is scheduled", "id": found["id"]}, HTTPStatus.CREATED)


def change_schedule(call: Call, query: ScheduleQuery, body: ScheduleChanges) -> Answer:
    """Change what is given of a scheduled scan, and nothing else."""
    found = _mine(call, query.id)
    with refused():
        schedules.change(call.store, found, body.schedule(), by=call.user.name, at=now())
    return Answer({"message": "the scheduled scan is changed"})


def remove_schedule(call: Call, query: ScheduleQuery) -> Answer:
    """Remove a scheduled scan. What it asked for already stays."""
    schedules.remove(call.store, _mine(call, query.id), by=call.user.name, at=now())
    return Answer({"message": "the scheduled scan is removed"})


def _mine(call: Call, schedule_id: str) -> Document:
    """Return a scheduled scan that the caller may change. Raises `Problem`."""
    found = call.store.scheduled_scans(call.environments(None), {"id": schedule_id}, limit=1)
    if not found:
        raise Problem(HTTPStatus.NOT_FOUND, f"there is no scheduled scan {schedule_id!r} in {VISIBLE}")
    call.environment(found[0]["environment"], edit=True)
    return found[0]


PATH = "/scheduled_scans"

_ERRORS = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)

ROUTES = (
    Route("GET", PATH, list_schedules, Access.VIEW, SchedulesAnswer),
    Route("POST", PATH, schedule_scan, Access.EDIT, Accepted, HTTPStatus.CREATED),
    Route("PUT", PATH, change_schedule, Access.LOGGED_IN, Done, errors=_ERRORS),
    Route("DELETE", PATH, remove_schedule, Access.LOGGED_IN, Done, errors=_ERRORS),
)
