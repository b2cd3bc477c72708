"""The host's file: what the batch check looks at, as Calipso rendered it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List, NamedTuple

from . import CHECKS
from .samples import SAMPLES

VERSION = 1
DEFAULT_PATH = "/etc/sensu/calipso/checks.json"


class PlanError(Exception):
    """A host's file that cannot be used; the text says why."""


class Plan(NamedTuple):
    """What there is to look at: `checks` and `samples` as the file has them."""

    environment: str
    checks: List[Dict[str, Any]]
    samples: List[Dict[str, Any]]


def load_plan(path: str) -> Plan:
    """Return the plan in a file; PlanError."""
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
        if document["version"] != VERSION:
            raise PlanError(f"{path} is of version {document['version']}, and these checks read {VERSION}")
        plan = Plan(document["environment"], list(document["checks"]), list(document.get("samples", ())))
        strange = {each["check"] for each in plan.checks} - set(CHECKS)
        strange |= {each["sample"] for each in plan.samples} - set(SAMPLES)
        for each in plan.checks:
            str(each["name"]), dict(each["parameters"]), int(each["interval"])
    except OSError as problem:
        raise PlanError(f"{path} cannot be read: {problem.strerror}") from None
    except (ValueError, LookupError, TypeError) as problem:
        raise PlanError(f"{path} is no file of Calipso's checks: {problem!r}") from None
    if strange:
        raise PlanError(f"{path} wants what these checks do not know: {', '.join(sorted(strange))}")
    return plan
