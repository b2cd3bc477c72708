"""What checks say."""

from __future__ import annotations

from typing import NamedTuple

OK, WARNING, CRITICAL, UNKNOWN = range(4)
"""Sensu's statuses."""

WORDS = ("ok", "warning", "error", "unknown")

_MOST_FAULTS = 5
"""That one text tells of."""


class Result(NamedTuple):
    """A status, and why: a line, or few."""

    status: int
    text: str


class CannotTellError(Exception):
    """What a check needs cannot be read; the text says why."""


class NoAnswerError(CannotTellError):
    """What was asked fails, or does not answer: that tells all to a check which is about just that."""


def worst(faults: list[Result], otherwise: str) -> Result:
    """Return all faults as one result, with the worst status; without any, ok with that text."""
    if not faults:
        return Result(OK, otherwise)
    severity = (CRITICAL, WARNING, UNKNOWN, OK)
    ordered = sorted(faults, key=lambda fault: severity.index(fault.status))
    told = [fault.text for fault in ordered[:_MOST_FAULTS]]
    more = len(ordered) - len(told)
    return Result(ordered[0].status, "; ".join(told) + (f"; and {more} more" if more else ""))


def error(text: str) -> Result:
    """Return an error."""
    return Result(CRITICAL, text)
