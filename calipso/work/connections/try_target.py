"""A test of one target of an environment."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from ...model.environment import Environment
from ...model.targets import TARGETS, Targets
from .bus import try_amqp
from .database import try_mysql
from .fabric import try_aci
from .hosts import try_cli
from .monitoring import try_monitoring
from .openstack import try_openstack
from .result import Result, StepError, Trial
from .secret import Means

_TRIED: dict[str, Callable[[Any, str, Means, Trial], None]] = {
    "OpenStack": try_openstack,
    "mysql": try_mysql,
    "CLI": try_cli,
    "AMQP": try_amqp,
    "Monitoring": try_monitoring,
    "ACI": try_aci,
}

_log = logging.getLogger(__name__)


def test_connection(environment: Environment, target: str, means: Means) -> Result:
    """Try a target (one of `TARGETS`) with what a worker has, step by step; tell what is wrong, and why.

    Nothing is raised: what cannot be tried does not work, and the result says why.
    """
    began = time.monotonic()
    trial = Trial()
    cause = None
    try:
        _TRIED[target](section_of(environment, target, trial), environment.name, means, trial)
    except StepError as fault:
        cause = trial.told(fault.cause)
    except Exception as error:
        # Its text may hold a secret: only where it came from is told.
        places = "".join(traceback.format_tb(error.__traceback__))
        _log.error("the test of %s failed with %s:\n%s", target, type(error).__name__, places)
        cause = f"the test itself failed ({type(error).__name__}): see the worker's log, and report it"
    took_ms = round((time.monotonic() - began) * 1000)
    return Result(cause is None, took_ms, tuple(trial.steps), cause, tuple(trial.hosts))


def configured(environment: Environment) -> list[str]:
    """Return the targets that an environment's configuration has."""
    return [target for target in TARGETS if target in environment.configuration]


def section_of(environment: Environment, target: str, trial: Trial) -> Any:
    """Return the section of a target, checked; note the step. Raises StepError."""
    with trial.step("configuration") as say:
        sent = environment.configuration.get(target)
        if sent is None:
            raise StepError(
                f"environment {environment.name} has no section {target}",
                f"add the section {target} to the environment's configuration",
            )
        try:
            found = Targets.model_validate({target: sent})
        except ValidationError as error:
            wrong = "; ".join(
                f"{'.'.join(map(str, each['loc']))}: {each['msg']}"
                for each in error.errors(include_input=False)
            )
            raise StepError(wrong, f"mend the section {target} of the environment's configuration") from None
        say(f"section {target}")
    field = next(name for name, each in Targets.model_fields.items() if target in (each.alias, name))
    return getattr(found, field)
