"""When schedules run, in every time zone, also where the clock is put forward or back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from calipso.model.requests import FREQUENCIES, RequestError
from calipso.work.recurrence import latest_run, next_run

BERLIN = "Europe/Berlin"
ZONES = (
    "UTC",
    BERLIN,
    "America/New_York",
    "America/Sao_Paulo",  # midnight was left out
    "Africa/Cairo",
    "Australia/Lord_Howe",  # by half an hour
    "Asia/Kathmandu",
    "Pacific/Apia",  # a day was left out
    "Antarctica/Troll",  # by two hours
)
CRON_LINES = (
    "0 0 * * sun",
    "*/10 * * * *",
    "30 2 * * *",
    "0,30 1-3 * * *",
    "15 */6 1,15 jan-jun *",
    "* 2 * * *",
    "0 3 29 2 *",
    "59 23 31 * 7",
)

moments = st.datetimes(
    datetime(2000, 1, 1), datetime(2045, 12, 31), timezones=st.just(UTC), allow_imaginary=False
)


def changes_of_clock(zone: str) -> list[datetime]:
    """Return the days on which the zone's clock is changed, or any day."""
    days = [datetime(2005, 1, 1, tzinfo=UTC) + timedelta(days=number) for number in range(8_000)]
    offsets = [day.astimezone(ZoneInfo(zone)).utcoffset() for day in days]
    return [day for day, (old, new) in zip(days, pairwise(offsets), strict=False) if old != new] or days


CHANGES = {zone: changes_of_clock(zone) for zone in ZONES}

whens = st.sampled_from([{"freq": each} for each in FREQUENCIES] + [{"cron": each} for each in CRON_LINES])


@st.composite
def schedules(draw: st.DrawFn) -> tuple[dict[str, Any], datetime]:
    """Return a schedule, and a time at which it is looked at; often where the clock is changed."""
    zone = draw(st.sampled_from(ZONES))
    near = st.builds(
        lambda day, seconds: day + timedelta(seconds=seconds),
        st.sampled_from(CHANGES[zone]),
        st.integers(-86_400, 2 * 86_400),
    )
    of = schedule(zone=zone, submitted=draw(near | moments), **draw(whens))
    return of, draw(near | moments)


def schedule(
    freq: str | None = None,
    cron: str | None = None,
    zone: str = BERLIN,
    submitted: datetime = datetime(2026, 1, 31, 1, 30, tzinfo=UTC),
) -> dict[str, Any]:
    """Return what says when to run."""
    return {"freq": freq, "cron": cron, "timezone": zone, "submitted_at": submitted.astimezone(UTC)}


def runs(of: dict[str, Any], after: str, number: int) -> list[str]:
    """Return the first runs after a time, on the zone's clock."""
    zone = ZoneInfo(of["timezone"])
    at = datetime.fromisoformat(after).replace(tzinfo=zone)
    found = []
    for _run in range(number):
        at = next_run(of, at)
        found.append(at.astimezone(zone).strftime("%Y-%m-%d %H:%M %z"))
    return found


@given(schedules(), st.timedeltas(timedelta(0), timedelta(hours=8)))
def test_the_next_run_is_later_and_none_is_left_out(
    asked: tuple[dict[str, Any], datetime], more: timedelta
) -> None:
    of, at = asked
    first = next_run(of, at)
    assert first > at
    assert first.tzinfo is UTC
    assert next_run(of, at) == first
    assert next_run(of, first - timedelta(seconds=1)) == first, "it is one seen from just before, too"
    assert next_run(of, at + more) >= first, "a later question has no earlier answer"


@given(schedules(), st.integers(1, 30))
def test_the_latest_run_is_the_last_of_those_that_were_due(
    asked: tuple[dict[str, Any], datetime], number: int
) -> None:
    of, at = asked
    due = [next_run(of, at)]
    for _run in range(number):
        due.append(next_run(of, due[-1]))
    assert all(before < after for before, after in pairwise(due))
    now = due[-2] + (due[-1] - due[-2]) / 2
    assert latest_run(of, due[0], now) == due[-2]


@given(st.sampled_from(["DAILY", "WEEKLY"]), st.sampled_from(ZONES), moments, moments)
@example("DAILY", BERLIN, datetime(2026, 3, 28, 1, 30, tzinfo=UTC), datetime(2026, 3, 29, 1, 29, tzinfo=UTC))
def test_days_have_one_run_at_the_same_time_of_the_clock(
    freq: str, zone: str, submitted: datetime, at: datetime
) -> None:
    of = schedule(freq, zone=zone, submitted=submitted)
    begun = submitted.astimezone(ZoneInfo(zone)).replace(microsecond=0)
    run = next_run(of, at).astimezone(ZoneInfo(zone))
    wanted = datetime.combine(run.date(), begun.time(), begun.tzinfo)
    is_left_out = wanted.astimezone(UTC).astimezone(wanted.tzinfo).time() != wanted.time()
    assert run.time() == wanted.time() or is_left_out or run.date() != wanted.date()


def test_frequencies_go_by_the_calendar() -> None:
    after = "2026-01-31T02:30"
    assert runs(schedule("MONTHLY"), after, 3) == [
        "2026-02-28 02:30 +0100",
        "2026-03-31 02:30 +0200",
        "2026-04-30 02:30 +0200",
    ]
    leap = schedule("YEARLY", submitted=datetime(2024, 2, 29, 12, tzinfo=UTC))
    assert runs(leap, "2026-01-01", 3) == [
        "2026-02-28 13:00 +0100",
        "2027-02-28 13:00 +0100",
        "2028-02-29 13:00 +0100",
    ]
    assert runs(schedule("WEEKLY"), after, 2) == ["2026-02-07 02:30 +0100", "2026-02-14 02:30 +0100"]
    assert runs(schedule("HOURLY"), "2026-10-25T01:59", 3) == [
        "2026-10-25 02:30 +0200",
        "2026-10-25 02:30 +0100",
        "2026-10-25 03:30 +0100",
    ]


def test_a_time_that_the_clock_leaves_out_or_repeats_has_one_run() -> None:
    spring, autumn = "2026-03-28T12:00", "2026-10-24T12:00"
    assert runs(schedule("DAILY"), spring, 2) == ["2026-03-29 03:30 +0200", "2026-03-30 02:30 +0200"]
    assert runs(schedule("DAILY"), autumn, 2) == ["2026-10-25 02:30 +0200", "2026-10-26 02:30 +0100"]
    nightly = schedule(cron="30 2 * * *")
    assert runs(nightly, spring, 2) == ["2026-03-29 03:00 +0200", "2026-03-30 02:30 +0200"]
    assert runs(nightly, autumn, 2) == ["2026-10-25 02:30 +0200", "2026-10-26 02:30 +0100"]
    assert runs(schedule(cron="0 0 * * sun"), spring, 2) == [
        "2026-03-29 00:00 +0100",
        "2026-04-05 00:00 +0200",
    ]


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (schedule(), "either a frequency"),
        (schedule("DAILY", "0 0 * * *"), "either a frequency"),
        (schedule("DALY"), "there are YEARLY, MONTHLY"),
        (schedule(cron="0 0 * *"), "five fields"),
        (schedule(cron="0 0 0 * * *"), "five fields"),
        (schedule(cron="0 25 * * *"), "bad hour"),
        (schedule(cron="0 0 * * someday"), "bad day-of-week"),
        (schedule(cron="0 0 30 2 *"), "bad day-of-month"),
        (schedule(cron="0 0 */30 2 mon#5"), "never comes"),
        (schedule("DAILY", zone="Europe/Atlantis"), "IANA name"),
        (schedule("DAILY", zone="../etc/passwd"), "IANA name"),
        (schedule("DAILY", zone="Europe"), "IANA name"),
        (schedule("DAILY", zone=""), "IANA name"),
        (schedule("DAILY", zone="\0"), "IANA name"),
    ],
)
def test_what_is_no_schedule_is_told(of: dict[str, Any], said: str) -> None:
    with pytest.raises(RequestError, match=said):
        next_run(of, datetime(2026, 1, 1, tzinfo=UTC))
