"""An environment: one deployment of a virtual infrastructure, and its configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Environment:
    """A document of `environments_config`; drivers that are not configured are taken from the facts.

    `discovered` holds the drivers that the facts of the last whole scan told of, by the names of the fields.
    """

    name: str
    environment_type: str = "OpenStack"
    distribution: str | None = None
    distribution_version: str | None = None
    mechanism_drivers: tuple[str, ...] = ()
    type_drivers: tuple[str, ...] = ()
    scanned: bool = False
    last_scanned: datetime | None = None
    operational: str = "stopped"
    listen: bool = False
    enable_monitoring: bool = False
    configuration: Mapping[str, Any] = field(default_factory=dict)
    discovered: Mapping[str, Any] = field(default_factory=dict)

    def drivers(self, which: str) -> tuple[str, ...]:
        """Return its `mechanism_drivers` or `type_drivers`: the configured ones, else the discovered."""
        return tuple(getattr(self, which) or self.discovered.get(which, ()))
