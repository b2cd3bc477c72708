"""Schedules: scans that are asked for again and again, by whichever worker sees first that one is due."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from ..model.requests import PREVIOUS, RequestError
from ..model.topology import Document, Message
from .recurrence import latest_run, local, next_run
from .requests import check_comparison, check_name

if TYPE_CHECKING:
    from ..store import Store

MISSED_AFTER = timedelta(minutes=5)
"""A run that no worker asked for by then was missed."""

_DEFAULTS: Mapping[str, Any] = {
    "name": None,
    "freq": None,
    "cron": None,
    "timezone": "UTC",
    "enabled": True,
    "missed": "run",
    "snapshot": None,
    "compare_with": None,
}
_TIMES = frozenset({"freq", "cron", "timezone", "enabled"})
"""What the next run follows from."""

_DIRECTIVES = "YmdHMSjGVuy%"


def add(
    store: Store,
    environment: str,
    wanted: Mapping[str, Any],
    *,
    options: Mapping[str, Any],
    by: str,
    at: datetime,
) -> Document:
    """Add a scheduled scan, note that `by` did so, and return it.

    `wanted` has some of its fields, of which either freq or cron is needed; they are those that
    `Store.schedule_scan` keeps. `options` is what `requests.options` returned. Raises RequestError and
    StoreError.
    """
    asked = {**_DEFAULTS, **wanted, "options": dict(options)}
    derived = _derived(store, {**asked, "environment": environment, "submitted_at": at}, at)
    schedule = store.schedule_scan(environment, {**asked, **derived}, by=by, at=at)
    store.record_change(
        f"A scan was scheduled, {schedule['freq'] or schedule['cron']}: {schedule['id']}.",
        by=by,
        environment=environment,
        at=at,
    )
    return schedule


def change(
    store: Store, schedule: Document, changes: Mapping[str, Any], *, by: str, at: datetime
) -> Document:
    """Change fields of a scheduled scan, note that `by` did so, and return it.

    A freq takes the place of a cron line, and the other way round. One that is paused (`enabled` is false)
    has no next run, and no missed one when it is resumed. Raises RequestError and StoreError.
    """
    said = dict(changes)
    for name, other in (("freq", "cron"), ("cron", "freq")):
        if said.get(name) is not None:
            said.setdefault(other, None)
    derived = _derived(store, {**schedule, **said}, at)
    if _TIMES.isdisjoint(said):
        del derived["next_run"]
    changed = store.change_schedule(schedule["id"], {**said, **derived})
    store.record_change(
        f"Scheduled scan {_called(schedule)} was changed: {', '.join(sorted(changes))}.",
        by=by,
        environment=schedule["environment"],
        at=at,
    )
    return changed


def remove(store: Store, schedule: Document, *, by: str, at: datetime) -> None:
    """Remove a scheduled scan, and note that `by` did so. Raises UnknownScheduleError."""
    store.remove_schedule(schedule["id"])
    text = f"Scheduled scan {_called(schedule)} was removed."
    store.record_change(text, by=by, environment=schedule["environment"], at=at)


def run_due(store: Store, now: datetime) -> list[str]:
    """Ask for the scans of all schedules that are due; return the ids of those that this call asked for.

    Any number of workers may do so at any time: a run's scan has an id that follows from the run, so it is
    asked for once, and also if a worker dies in between. Of several that were missed the last one counts.
    """
    asked = []
    for schedule in store.due_schedules(now):
        try:
            scan_id = _run(store, schedule, now)
        except RequestError as error:
            _tell(store, schedule, f"cannot run: {error}", now)
        else:
            asked += [scan_id] if scan_id else []
    return asked


def _run(store: Store, schedule: Document, now: datetime) -> str | None:
    """Ask for the scan of a schedule that is due; return its id, or None where none was asked for."""
    from ..store import ConflictError

    due = latest_run(schedule, schedule["next_run"], now)
    later = next_run(schedule, now)
    if why := _why_not(store, schedule, due, now):
        _tell(store, schedule, why, now)
        store.advance_schedule(schedule, next_run=later, last_run=None)
        return None
    scan_id = str(uuid5(UUID(schedule["id"]), due.isoformat()))
    try:
        store.request_scan(
            schedule["environment"],
            options=_options(store, schedule, due),
            by=schedule["submitted_by"],
            at=now,
            schedule=schedule["id"],
            scan_id=scan_id,
        )
        is_asked = True
    except ConflictError:
        is_asked = False
    store.advance_schedule(schedule, next_run=later, last_run={"scan": scan_id, "at": due})
    return scan_id if is_asked else None


def _why_not(store: Store, schedule: Document, due: datetime, now: datetime) -> str | None:
    """Return why a run that is due is left out; None where it is not."""
    if schedule["missed"] == "skip" and now - due > MISSED_AFTER:
        return f"missed its run of {due:%Y-%m-%d %H:%M} UTC, since no worker lived then"
    if store.environment(schedule["environment"]) is None:
        return "does not run: its environment has no configuration any more"
    last = schedule["last_run"] and store.scan(schedule["last_run"]["scan"])
    if last and last["status"] == "pending":
        return (
            "leaves out runs, since its last scan still waits: start more workers, or let it run less often"
        )
    return None


def _options(store: Store, schedule: Document, due: datetime) -> dict[str, Any]:
    """Return what the scan of a run is asked to do."""
    return {
        **schedule["options"],
        "snapshot": schedule["snapshot"] and _snapshot(schedule, due),
        "compare_with": _compared(store, schedule),
    }


def _compared(store: Store, schedule: Document) -> str | None:
    """Return what a scan's state is compared with: `previous` is the snapshot that the schedule made last."""
    compare_with: str | None = schedule["compare_with"]
    if compare_with != PREVIOUS or schedule["snapshot"] is None:
        return compare_with
    where = {"schedule": schedule["id"], "status": ["completed", "completed_with_errors"]}
    made = [each["options"]["snapshot"] for each in store.scans(schedule["environment"], where, limit=1)]
    kept = {name for each in store.generations(schedule["environment"]) for name in each.names}
    return next((str(name) for name in made if name in kept), PREVIOUS)


def _derived(store: Store, schedule: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return the fields that follow from others. Raises RequestError where those are not right."""
    run = next_run(schedule, now)
    if schedule["snapshot"] is not None:
        check_name(name := _snapshot(schedule, run))
        if name == _snapshot(schedule, next_run(schedule, run)):
            raise RequestError(
                f"two runs would make a snapshot of the same name, {name!r}: put into it what tells them "
                "apart, such as weekly-%Y-%m-%d or %Y%m%d-%H%M"
            )
    check_comparison(store, schedule["environment"], schedule["compare_with"])
    return {
        "next_run": run if schedule["enabled"] else None,
        "kind": "scan" if schedule["snapshot"] is None else "snapshot",
    }


def _snapshot(schedule: Mapping[str, Any], due: datetime) -> str:
    """Return what the snapshot of a run is called, on the clock of the schedule's zone."""
    pattern: str = schedule["snapshot"]
    strange = re.search("%(.?)", re.sub(f"%[{_DIRECTIVES}]", "", pattern))
    if strange:
        known = ", ".join(f"%{each}" for each in _DIRECTIVES)
        raise RequestError(f"a snapshot's name takes {known}, and no {strange[0]}")
    return local(schedule, due).strftime(pattern)


def _called(schedule: Document) -> str:
    return repr(schedule["name"]) if schedule["name"] else str(schedule["id"])


def _tell(store: Store, schedule: Document, what: str, now: datetime) -> None:
    message = Message("warn", f"Scheduled scan {_called(schedule)} {what}.")
    store.add_messages(schedule["environment"], [message], scan_id=None, at=now)
