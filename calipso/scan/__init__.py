"""A scan from its request to its end: who is asked, and what is made of the answers."""

from __future__ import annotations

from .begin import Plan, begin, plan
from .finish import Outcome, fail, finish
from .recording import Recording, RecordingError, check_new_recording, read_recording
from .request import Request, ScanError
from .requested import Requested, options_of, own

__all__ = [
    "Outcome",
    "Plan",
    "Recording",
    "RecordingError",
    "Request",
    "Requested",
    "ScanError",
    "begin",
    "check_new_recording",
    "fail",
    "finish",
    "options_of",
    "own",
    "plan",
    "read_recording",
]
