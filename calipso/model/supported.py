"""Supported environments: which configurations of a cloud Calipso can scan, follow and watch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, get_args

from .environment import Environment

Feature = Literal["scanning", "listening", "monitoring"]

FEATURES: tuple[Feature, ...] = get_args(Feature)

_PARTS = ("environment_type", "distribution", "distribution_version", "mechanism_drivers", "type_drivers")
_DRIVERS = _PARTS[-2:]


@dataclass(frozen=True, slots=True)
class SupportedEnvironment:
    """Configurations with which `features` work. An empty list of versions means all of them."""

    distribution: str
    distribution_version: tuple[str, ...]
    mechanism_drivers: tuple[str, ...]
    type_drivers: tuple[str, ...]
    features: tuple[Feature, ...]
    environment_type: str = "OpenStack"

    def differs(self, environment: Environment) -> list[str]:
        """Return in which parts an environment is not as here; what it does not say is no difference."""
        versions = self.distribution_version
        has = {
            "environment_type": environment.environment_type == self.environment_type,
            "distribution": environment.distribution in (None, self.distribution),
            "distribution_version": not versions or environment.distribution_version in (None, *versions),
            "mechanism_drivers": set(environment.mechanism_drivers) <= set(self.mechanism_drivers),
            "type_drivers": set(environment.type_drivers) <= set(self.type_drivers),
        }
        return [part for part in _PARTS if not has[part]]


def features(environment: Environment, rows: Iterable[SupportedEnvironment]) -> frozenset[Feature]:
    """Return which features work with an environment; drivers that are not configured are the discovered."""
    known = environment.changed({name: environment.drivers(name) for name in _DRIVERS})
    return _features(known, rows)


def faults(environment: Environment, rows: Sequence[SupportedEnvironment]) -> list[str]:
    """Return why an environment is not supported as it is configured: nothing where it is."""
    works = _features(environment, rows)
    wanted: dict[Feature, bool] = {
        "scanning": True,
        "listening": environment.listen,
        "monitoring": environment.enable_monitoring,
    }
    return [
        f"{feature} is not supported with {_described(environment)}; {_near(environment, feature, rows)}"
        for feature, is_wanted in wanted.items()
        if is_wanted and feature not in works
    ]


def _features(environment: Environment, rows: Iterable[SupportedEnvironment]) -> frozenset[Feature]:
    return frozenset(feature for row in rows if not row.differs(environment) for feature in row.features)


def _described(environment: Environment) -> str:
    return ", ".join(value for part in _PARTS for value in _listed(environment, part))


def _near(environment: Environment, feature: Feature, rows: Sequence[SupportedEnvironment]) -> str:
    """Return what is supported where an environment differs least from it, and what is spelled like it."""
    candidates = [row for row in rows if feature in row.features]
    if not candidates:
        return f"no environment supports {feature} yet"
    least = min(len(row.differs(environment)) for row in candidates)
    nearest = [row for row in candidates if len(row.differs(environment)) == least]
    parts = [part for part in _PARTS if all(part in row.differs(environment) for row in nearest)]
    texts = []
    for part in parts or nearest[0].differs(environment):
        known = list(dict.fromkeys(value for row in nearest for value in _listed(row, part)))
        alike = [match for value in _listed(environment, part) for match in _alike(value, known)]
        hint = f" (did you mean {', '.join(alike)}?)" if alike else ""
        texts.append(f"{part.replace('_', ' ')} {', '.join(known)}{hint}")
    return f"it is with {'; '.join(texts)}"


def _listed(thing: Environment | SupportedEnvironment, part: str) -> tuple[str, ...]:
    value = getattr(thing, part)
    if isinstance(value, tuple):
        return value
    return (value,) if value else ()


def _alike(value: str, known: Sequence[str]) -> list[str]:
    """Return what is spelled nearly like `value`, which is not among them."""
    folded = {each.casefold(): each for each in known if value not in known}
    return [folded[match] for match in get_close_matches(value.casefold(), folded, n=1, cutoff=0.7)]
