"""What people may ask workers for: the words for it."""

from __future__ import annotations

from typing import Literal, get_args

ScanStatus = Literal["draft", "pending", "running", "completed", "completed_with_errors", "failed", "aborted"]
TestStatus = Literal["pending", "running", "completed", "failed"]
LogLevel = Literal["critical", "error", "warning", "info", "debug"]
Frequency = Literal["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY"]
Part = Literal["inventory", "links", "cliques"]
Missed = Literal["run", "skip"]
ScheduleKind = Literal["scan", "snapshot"]

SCAN_STATUSES = get_args(ScanStatus)
TEST_STATUSES = get_args(TestStatus)
LOG_LEVELS = get_args(LogLevel)
FREQUENCIES = get_args(Frequency)

PREVIOUS = "previous"
"""What a scan can be compared with, beside a snapshot: the state before it."""


class RequestError(ValueError):
    """A request that is not right; the text says why, and what to do."""
