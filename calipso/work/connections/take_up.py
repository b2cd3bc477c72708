"""Tests of connections that people asked for: one worker makes each, and another if that one dies."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ...model.environment import Environment
from .result import Result
from .secret import Means
from .try_target import test_connection

if TYPE_CHECKING:
    from ...store import Store

TERM_S = 300.0
"""How long a worker's claim lasts from one target to the next: longer than any target takes."""


def take_up_tests(store: Store, worker: str, means: Means, at: datetime) -> str | None:
    """Make one test that waits, or whose worker died, as the worker of that name; return its id.

    Return None if none waits. Each target's result is there as soon as it is known. Raises StoreError.
    """
    from ...store import LeaseLostError

    claim = store.claim_connection_test(worker, at=at, term=TERM_S)
    if claim is None:
        return None
    began = time.monotonic()
    test = claim.test
    with claim:
        try:
            environment = store.environment(test["environment"])
            for target in test["targets"]:
                if target not in test["results"]:
                    claim.report(target, _tried(environment, target, means).document())
            took = timedelta(seconds=time.monotonic() - began)
            claim.end("failed" if environment is None else "completed", at=at + took)
        except LeaseLostError:
            return None
    return str(test["id"])


def _tried(environment: Environment | None, target: str, means: Means) -> Result:
    if environment is None:
        return Result(False, 0, (), "the environment's configuration was deleted")
    return test_connection(environment, target, means)
