"""When a scheduled scan runs: by its frequency or its cron line, in its time zone."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count, takewhile
from typing import Any
from zoneinfo import ZoneInfo

from ..model.requests import FREQUENCIES, RequestError

_HOUR = timedelta(hours=1)
_DAYS = {"DAILY": 1, "WEEKLY": 7}
_MONTHS = {"MONTHLY": 1, "YEARLY": 12}

_FIELDS = 5
"""Of a cron line; a sixth would be seconds."""

_LOOKED_BACK = tuple(timedelta(days=days) for days in (1 / 24, 1, 7, 31, 366))
"""How far back the latest run is looked for; less is tried first."""


def next_run(schedule: Mapping[str, Any], after: datetime) -> datetime:
    """Return the first run after that time, in UTC.

    `schedule` has freq or cron, the other is None, timezone, and submitted_at. A frequency counts from the
    time of submission, on that zone's clock and calendar: what the month is too short for comes on its last
    day, and what the clock leaves out in spring as much later. HOURLY is every 60 minutes. A cron line is
    read as Debian's cron does.

    Raises RequestError for what is no schedule, or never comes.
    """
    try:
        return next(_runs(schedule, after))
    except StopIteration:
        raise RequestError(f"the time that `{schedule['cron']}` says never comes") from None


def latest_run(schedule: Mapping[str, Any], since: datetime, until: datetime) -> datetime:
    """Return the last run not after `until`, in UTC; `since` is one, and the earliest that counts."""
    for span in (*_LOOKED_BACK, until - since):
        begin = max(since, until - span)
        runs = list(takewhile(lambda run: run <= until, _runs(schedule, begin)))
        if runs:
            return runs[-1]
    return since


def local(schedule: Mapping[str, Any], at: datetime) -> datetime:
    """Return a time on the clock of the schedule's zone. Raises RequestError where there is no such zone."""
    return at.astimezone(_zone(schedule["timezone"]))


def _runs(schedule: Mapping[str, Any], after: datetime) -> Iterator[datetime]:
    """Yield the runs after that time, in UTC."""
    freq, cron = schedule["freq"], schedule["cron"]
    if (freq is None) == (cron is None):
        raise RequestError("say when: either a frequency (freq) or a cron line (cron)")
    found = _cron_runs(schedule, after) if freq is None else _frequent_runs(schedule, after)
    last = after.astimezone(UTC)
    for run in found:
        if run > last:
            yield run
            last = run


def _cron_runs(schedule: Mapping[str, Any], after: datetime) -> Iterator[datetime]:
    from cronsim import CronSim, CronSimError

    line, zone = schedule["cron"], _zone(schedule["timezone"])
    example = "it has five fields (minute, hour, day, month, day of the week), such as `0 0 * * sun`"
    if len(line.split()) != _FIELDS:
        raise RequestError(f"{line!r} is no cron line: {example}")
    try:
        runs = CronSim(line, after.astimezone(zone))
    except CronSimError as error:
        raise RequestError(f"{line!r} is no cron line: {str(error).lower()}; {example}") from None
    return (run.astimezone(UTC) for run in runs)


def _frequent_runs(schedule: Mapping[str, Any], after: datetime) -> Iterator[datetime]:
    """Yield runs from the last one before `after`, or the first, on."""
    freq, zone = schedule["freq"], _zone(schedule["timezone"])
    if freq not in FREQUENCIES:
        raise RequestError(f"there is no frequency {freq!r}; there are {', '.join(FREQUENCIES)}")
    first = schedule["submitted_at"].astimezone(zone).replace(microsecond=0)
    if freq == "HOURLY":
        begin = first.astimezone(UTC)
        hours = (after - begin) // _HOUR
        return (begin + number * _HOUR for number in count(max(hours, 1)))
    now = after.astimezone(zone)
    if days := _DAYS.get(freq):
        number = (now.date() - first.date()).days // days
        times = (first + timedelta(days=days * each) for each in count(max(number - 1, 1)))
    else:
        months = _MONTHS[freq]
        number = ((now.year - first.year) * 12 + now.month - first.month) // months
        times = (_months_later(first, months * each) for each in count(max(number - 1, 1)))
    return (time.replace(fold=0).astimezone(UTC) for time in times)


def _months_later(time: datetime, months: int) -> datetime:
    year, month = divmod(time.year * 12 + time.month - 1 + months, 12)
    day = min(time.day, calendar.monthrange(year, month + 1)[1])
    return time.replace(year=year, month=month + 1, day=day)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise RequestError(
            f"there is no time zone {name!r}: give an IANA name, such as Europe/Berlin or UTC"
        ) from None
