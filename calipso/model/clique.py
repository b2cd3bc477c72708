"""Clique types and constraints: which links make the graph around a focal point, and which serves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from .environment import Environment
from .topology import Document, stable_id

ANY = "ANY"

NAMED_ENVIRONMENT, DISTRIBUTION, VERSION, MECHANISM, TYPE, NO_KEY, ANY_ENVIRONMENT = 64, 32, 16, 8, 4, 2, 1
"""What a matching key adds to the score of a clique type."""


@dataclass(frozen=True, slots=True)
class CliqueType:
    """An ordered list of link types to follow from a focal point, and the environments it is for.

    Cliques of a type that is `on_demand` are not built and kept, but walked when they are asked for.
    """

    name: str
    focal_point_type: str
    link_types: tuple[str, ...]
    environment: str | None = None
    environment_type: str | None = None
    distribution: str | None = None
    distribution_version: tuple[str, ...] = ()
    mechanism_drivers: tuple[str, ...] = ()
    type_drivers: tuple[str, ...] = ()
    use_implicit_links: bool = False
    on_demand: bool = False

    def score(self, environment: Environment) -> int:
        """Return how well this type fits `environment`; 0: not at all."""
        if self.environment == ANY:
            return ANY_ENVIRONMENT
        if self.environment:
            return NAMED_ENVIRONMENT if self.environment == environment.name else 0
        keys: tuple[tuple[int, tuple[str, ...], tuple[str | None, ...]], ...] = (
            (0, (self.environment_type,) if self.environment_type else (), (environment.environment_type,)),
            (DISTRIBUTION, (self.distribution,) if self.distribution else (), (environment.distribution,)),
            (VERSION, self.distribution_version, (environment.distribution_version,)),
            (MECHANISM, self.mechanism_drivers, environment.mechanism_drivers),
            (TYPE, self.type_drivers, environment.type_drivers),
        )
        asked = [(score, set(wanted) & set(has)) for score, wanted, has in keys if wanted]
        if not all(matched for _score, matched in asked):
            return 0
        return max(NO_KEY, sum(score for score, _matched in asked))


def clique_type_document(clique_type: CliqueType) -> Document:
    """Return a clique type's fields, and the id by which it is known."""
    fields = asdict(clique_type)
    listed = {name: list(value) for name, value in fields.items() if isinstance(value, tuple)}
    return {"id": stable_id(clique_type.name, clique_type.environment or ""), **fields, **listed}


def best(types: Iterable[CliqueType], environment: Environment) -> dict[str, CliqueType]:
    """Return which clique type serves each focal point type in `environment`; of equals the first.

    One that is bound to some of the environment's mechanism drivers only is followed by the next best of the
    others: their link types come after its own.
    """
    ranked: dict[str, list[CliqueType]] = {}
    for candidate in sorted(types, key=lambda each: -each.score(environment)):
        if candidate.score(environment):
            ranked.setdefault(candidate.focal_point_type, []).append(candidate)
    return {focal: _for_all_drivers(found, environment) for focal, found in ranked.items()}


def _for_all_drivers(ranked: list[CliqueType], environment: Environment) -> CliqueType:
    first, *others = ranked
    steps = first.link_types
    left = set(environment.mechanism_drivers) - set(first.mechanism_drivers or environment.mechanism_drivers)
    for other in others:
        served = left & set(other.mechanism_drivers or left)
        if served:
            steps += other.link_types
            left -= served
    return replace(first, link_types=steps)


def values(document: Mapping[str, Any], attribute: str) -> frozenset[Any] | None:
    """Return what a document says of an attribute: the values under its name, or its plural; None: nothing.

    A hop that belongs to one network bears it in `network`; one that carries several, in `networks`.
    """
    for name in (attribute, f"{attribute}s"):
        if name in document and document[name] is not None:
            value = document[name]
            return frozenset(value) if isinstance(value, (list, tuple)) else frozenset((value,))
    return None
