"""An environment: one deployment of a virtual infrastructure, and its configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

ENVIRONMENT_TYPES = ("OpenStack", "Kubernetes", "VMware", "Bare-metal")
OPERATIONAL_STATES = ("stopped", "running", "error")


@dataclass(frozen=True, slots=True)
class Environment:
    """A document of `environments_config`; what is empty is taken from the facts when building."""

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
