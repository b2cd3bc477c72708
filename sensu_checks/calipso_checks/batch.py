"""All checks of a host in one run: its state is read once, and each result is handed in by itself."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any, Dict, Iterator, List, Tuple

from . import CHECKS
from .agent import Agent, AgentError
from .host import Host
from .parameters import ParameterError
from .plan import Plan
from .result import OK, UNKNOWN, WORDS, CannotTellError, Result
from .samples import sample

METRICS = "calipso_metrics"
"""The handler of counters, and how the names of their events begin."""
_MOST_POINTS = 200
"""Of an event."""


def results(plan: Plan, host: Host) -> Iterator[Tuple[Dict[str, Any], Result]]:
    """Yield each check of a plan with what it says."""
    for each in plan.checks:
        try:
            yield each, CHECKS[each["check"]].run(host, each["parameters"])
        except ParameterError as problem:
            yield each, Result(UNKNOWN, str(problem))


def hand_in(plan: Plan, host: Host, agent: Agent) -> Result:
    """Run the checks of a plan and hand in what they say; return how that went."""
    counted: "Counter[str]" = Counter()
    for each, result in results(plan, host):
        try:
            agent.post(_event(each, result, time.time()))
        except AgentError as problem:
            return Result(
                UNKNOWN, f"{sum(counted.values())} of {len(plan.checks)} results were handed in: {problem}"
            )
        counted[WORDS[result.status]] += 1
    said = ", ".join(f"{counted[word]} {word}" for word in WORDS if counted[word])
    return Result(OK, f"{len(plan.checks)} checks" + (f": {said}" if said else ""))


def hand_in_samples(plan: Plan, host: Host, agent: Agent) -> Result:
    """Hand in the counters that a plan wants; return how that went."""
    now = int(time.time())
    points: List[Dict[str, Any]] = []
    faults: "Counter[str]" = Counter()
    for each in plan.samples:
        tags = [{"name": "id", "value": each["id"]}, {"name": "type", "value": each["type"]}]
        try:
            counters = sample(host, each["sample"], each["parameters"])
        except (CannotTellError, ParameterError) as problem:
            faults[str(problem)] += 1
            continue
        points += [
            {"name": name, "value": value, "timestamp": now, "tags": tags} for name, value in counters.items()
        ]
    try:
        for number, start in enumerate(range(0, len(points), _MOST_POINTS)):
            agent.post(_metrics_event(plan, number, points[start : start + _MOST_POINTS], now))
    except AgentError as problem:
        return Result(UNKNOWN, str(problem))
    if faults:
        return Result(UNKNOWN, f"{sum(faults.values())} objects cannot be counted: {'; '.join(faults)}")
    return Result(OK, f"{len(points)} counters of {len(plan.samples)} objects")


def _event(each: Dict[str, Any], result: Result, now: float) -> Dict[str, Any]:
    summary = each.get("summary")
    return {
        "timestamp": int(now),
        "check": {
            "metadata": {
                "name": each["name"],
                "labels": each.get("labels") or {},
                "annotations": {**(each.get("annotations") or {}), "calipso_at": f"{now:.6f}"},
            },
            "status": result.status,
            "output": f"{summary}: {result.text}" if summary else result.text,
            "interval": each["interval"],
            "executed": int(now),
            "issued": int(now),
            "handlers": each.get("handlers") or [],
        },
    }


def _metrics_event(plan: Plan, number: int, points: List[Dict[str, Any]], now: int) -> Dict[str, Any]:
    marks = {"calipso_environment": plan.environment}
    return {
        "timestamp": now,
        "check": {
            "metadata": {"name": f"{METRICS}_{number}", "labels": marks, "annotations": marks},
            "status": OK,
            "output": f"{len(points)} counters",
            "interval": 60,
            "executed": now,
            "issued": now,
            "handlers": [],
        },
        "metrics": {"handlers": [METRICS], "points": points},
    }
