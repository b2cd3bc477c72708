"""Environment conditions: to which configurations of a cloud a declaration applies."""

from __future__ import annotations

from dataclasses import dataclass

from .environment import Environment


@dataclass(frozen=True, slots=True)
class Condition:
    """Every key that is given must match; a list matches where one of its values does."""

    environment_type: tuple[str, ...] = ()
    distribution: tuple[str, ...] = ()
    distribution_version: tuple[str, ...] = ()
    mechanism_drivers: tuple[str, ...] = ()
    type_drivers: tuple[str, ...] = ()

    def holds(self, environment: Environment) -> bool:
        """Say whether this condition admits `environment`; an empty one admits all."""
        pairs = (
            (self.environment_type, (environment.environment_type,)),
            (self.distribution, (environment.distribution,)),
            (self.distribution_version, (environment.distribution_version,)),
            (self.mechanism_drivers, environment.mechanism_drivers),
            (self.type_drivers, environment.type_drivers),
        )
        return all(not wanted or set(wanted) & set(has) for wanted, has in pairs)
