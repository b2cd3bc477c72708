"""Scans: those that were, those that are, and those that are asked for."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Self

from pydantic import Field, RootModel, model_validator

from ...model.requests import LogLevel, Part, ScanStatus
from ...model.topology import Level
from ...work import requests
from ..answer import Answer, Stream
from ..call import Body, Call, Name, Paged
from ..documents import Exact
from ..lists import listed, one
from ..problem import Problem
from ..requested import VISIBLE, Accepted, EnvName, Request, now, refused
from ..route import Access, Route

SnapshotName = Annotated[str, Field(max_length=200)]


class ScansQuery(Paged):
    """Scans, the latest first."""

    env_name: EnvName = None
    id: Annotated[Name | None, Field(description="The scan of this id.")] = None
    base_object: Annotated[Name | None, Field(description="Of the object of this id.")] = None
    object_id: Annotated[Name | None, Field(description="The same as base_object.")] = None
    status: Annotated[ScanStatus | None, Field(description="In this status.")] = None


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
        only = next((part for part, wanted in parts.items() if wanted), None)
        return requests.options(
            object_id=self.object_id, only=only, clear=self.clear, log_level=self.log_level
        )


class ScanBody(ScanOptions):
    """A scan that is asked for."""

    snapshot: Annotated[
        SnapshotName | None, Field(description="Keep the state that it finds, under this name.")
    ] = None
    compare_with: Annotated[
        SnapshotName | None,
        Field(
            description="Tell in a message what is different from this snapshot, or from the previous state."
        ),
    ] = None


class AbortBody(Body):
    """A scan that is to end now."""

    id: Annotated[Name, Field(description="The scan.")]


class Worker(Exact):
    """Who runs a scan."""

    name: str
    host: str
    pid: int


class Hosts(Exact):
    """How many hosts there are to be asked, were heard, and failed."""

    total: int
    done: int
    failed: int


class Progress(Exact):
    """How far a scan is."""

    phase: str
    hosts: Hosts
    at: datetime


class Line(Exact):
    """A line of a scan's log."""

    at: datetime
    level: Level
    text: str


class Abort(Exact):
    """Who wanted a scan to end, and when."""

    by: str
    at: datetime


class ScanItem(Request):
    """A scan, without its log."""

    status: ScanStatus
    options: dict[str, Any]
    submitted_by: Annotated[str | None, Field(description="Null: it began by itself.")]
    started_at: datetime | None
    ended_at: datetime | None
    counts: dict[str, Any]
    errors: list[str]
    schedule: Annotated[str | None, Field(description="The scheduled scan that asked for it.")]
    attempt: Annotated[int, Field(description="How often a worker took it up; above 1: one died.")]
    worker: Annotated[Worker | None, Field(description="Who runs it, or ran it last.")]
    progress: Progress | None
    abort: Annotated[Abort | None, Field(description="Who aborted it.")]
    artifacts: Annotated[str | None, Field(description="HOST:/path, where its run is kept for debugging.")]
    job: Annotated[str | None, Field(description="The address of its job in AWX.")]


class ScanDocument(ScanItem):
    """A scan."""

    log: Annotated[list[Line], Field(description="The last lines of what its worker told.")]


class ScansList(Exact):
    """Scans, the latest first."""

    scans: list[ScanItem]


class ScansAnswer(RootModel[ScansList | ScanDocument]):
    """The list; or, with `id`, the scan itself."""


def list_scans(call: Call, query: ScansQuery) -> Answer | Stream:
    """List scans, the latest first; with `id`, give one with its log."""
    where = {
        "id": query.id,
        "status": query.status,
        "options.object_id": query.object_id or query.base_object,
    }
    asked = {name: value for name, value in where.items() if value is not None}
    names = call.environments(query.env_name)
    found = call.store.scans(names, asked, skip=query.skip, limit=query.page_size)
    if query.id is not None:
        return one(found, f"scan {query.id!r}", VISIBLE)
    return listed("scans", ({name: scan[name] for name in scan if name != "log"} for scan in found))


def ask_for_scan(call: Call, body: ScanBody) -> Answer:
    """Ask for a scan. A worker takes it up; its status and progress tell how it goes."""
    with refused():
        scan = requests.ask(
            call.store,
            body.env_name,
            body.options(),
            snapshot=body.snapshot,
            compare_with=body.compare_with,
            by=call.user.name,
            at=now(),
        )
    return Answer({"message": "the scan is asked for", "id": scan["id"]}, HTTPStatus.CREATED)


def abort_scan(call: Call, body: AbortBody) -> Answer:
    """Abort a scan: at once where it waits; else its worker ends it soon, and nothing of it is published."""
    found = call.store.scans(call.environments(None), {"id": body.id}, limit=1)
    if not found:
        raise Problem(HTTPStatus.NOT_FOUND, f"there is no scan {body.id!r} in {VISIBLE}")
    call.environment(found[0]["environment"], edit=True)
    with refused(HTTPStatus.CONFLICT):
        scan = requests.abort(call.store, body.id, by=call.user.name, at=now())
    said = "is aborted" if scan["status"] == "aborted" else "is being aborted"
    return Answer({"message": f"the scan {said}", "id": scan["id"]})


ROUTES = (
    Route("GET", "/scans", list_scans, Access.VIEW, ScansAnswer),
    Route(
        "POST",
        "/scans",
        ask_for_scan,
        Access.EDIT,
        Accepted,
        HTTPStatus.CREATED,
        errors=(HTTPStatus.CONFLICT,),
    ),
    Route(
        "POST",
        "/scans/abort",
        abort_scan,
        Access.LOGGED_IN,
        Accepted,
        errors=(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    ),
)
