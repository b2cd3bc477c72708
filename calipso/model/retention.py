"""Retention: of which moments the state of an environment is kept, and for how long."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

Retention = tuple[tuple[timedelta | None, timedelta], ...]
"""Pairs (age, step): the state at every multiple of `step` that is no older than `age` is kept.

Step 0: at every moment. Age None: however old.
"""

MESSAGES = "messages"
"""The key of a policy that says how long messages are kept after they were last seen."""

DEFAULT_RETENTION: Mapping[str, str] = MappingProxyType(
    {"all": "1d", "hourly": "7d", "daily": "90d", "weekly": "2y", MESSAGES: "90d"}
)
"""What an environment without `retention` has."""

FOREVER = "forever"

_STEPS = {
    "all": timedelta(0),
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
}
_UNITS = {
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "y": timedelta(days=365),
}
_AGE = re.compile(rf"([1-9][0-9]{{0,3}})([{''.join(_UNITS)}])")

_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)
"""From where multiples of a step are counted: hours, days and weeks begin with it."""


def parse_retention(document: Mapping[str, Any]) -> Retention:
    """Return the policy that an environment's `retention` says.

    Its keys are `all`, `hourly`, `daily` and `weekly` (the states at each full hour, each midnight and
    each Monday's midnight, in UTC), and `messages` (see `messages_kept`); its values say for how long: a
    number of h(ours), d(ays), w(eeks) or y(ears of 365 days) such as `90d`, or `forever`. Raises ValueError,
    which tells all that is wrong.
    """
    known = (*_STEPS, MESSAGES)
    faults = [f"{key!r} is none of {', '.join(known)}" for key in document if key not in known] + [
        f"{key} is {age!r}, not a number up to 9999 and h, d, w or y (such as 90d), or {FOREVER}"
        for key, age in document.items()
        if key in known and age != FOREVER and not (isinstance(age, str) and _AGE.fullmatch(age))
    ]
    if not faults and _STEPS.keys().isdisjoint(document):
        faults = [f"it says nothing; it needs at least one of {', '.join(_STEPS)}"]
    if faults:
        raise ValueError(f"retention: {'; '.join(faults)}")
    return tuple((_age(document[key]), step) for key, step in _STEPS.items() if key in document)


def messages_kept(document: Mapping[str, Any]) -> timedelta | None:
    """Return for how long a policy, which `parse_retention` takes, keeps messages; None: for ever."""
    return _age(document.get(MESSAGES, DEFAULT_RETENTION[MESSAGES]))


def thinned(
    published: Mapping[int, datetime],
    policy: Retention,
    *,
    named: Collection[int] = frozenset(),
    now: datetime,
) -> list[int]:
    """Return the numbers of the generations to drop, in their order. `published`: when each one was.

    A generation is the state from when it was published until the next one was: it is kept if one of the
    policy's moments is in between, if it is `named`, or if it is the newest. So the states at all of these
    moments can be read as if nothing had been dropped, and to thin twice is to thin once.
    """
    drop = []
    ended = None
    for number, begun in sorted(published.items(), reverse=True):
        if ended is not None and number not in named and not _is_wanted(begun, ended, policy, now):
            drop.append(number)
        ended = begun if ended is None else min(begun, ended)
    return drop[::-1]


def _is_wanted(begun: datetime, ended: datetime, policy: Retention, now: datetime) -> bool:
    return any(
        (age is None or now - last <= age) and (not step or last >= begun)
        for age, step in policy
        for last in [_last_moment(ended, step)]
    )


def _last_moment(ended: datetime, step: timedelta) -> datetime:
    """Return the last multiple of `step` before `ended`."""
    if not step:
        return ended
    return _MONDAY + (ended - _MONDAY - timedelta.resolution) // step * step


def _age(text: str) -> timedelta | None:
    if text == FOREVER:
        return None
    number, unit = text[:-1], text[-1]
    return int(number) * _UNITS[unit]
