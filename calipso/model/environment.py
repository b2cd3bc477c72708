"""An environment: one deployment of a virtual infrastructure, and its configuration."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any, Self

MERGED = ("configuration", "auth")
"""Fields that are changed key by key."""

Principals = Mapping[str, Collection[str]]
"""Right (a key of `auth`) -> names of users, and `group:NAME`."""


@dataclass(frozen=True, slots=True)
class Environment:
    """A document of `environments_config`; drivers that are not configured are taken from the facts.

    `discovered` holds the drivers that the facts of the last whole scan told of, by the names of the fields.
    `env_type` says what it is for: development, testing, staging or production. `user` owns it; `auth` says
    who else may see it (`view-env`) and change it (`edit-env`): names of users, and `group:NAME`.
    `retention` says which generations are kept (`parse_retention`); None: as by default.
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
    monitoring_setup_done: bool = False
    env_type: str | None = None
    user: str | None = None
    auth: Mapping[str, Sequence[str]] = field(default_factory=dict)
    configuration: Mapping[str, Any] = field(default_factory=dict)
    discovered: Mapping[str, Any] = field(default_factory=dict)
    retention: Mapping[str, Any] | None = None

    def drivers(self, which: str) -> tuple[str, ...]:
        """Return its `mechanism_drivers` or `type_drivers`: the configured ones, else the discovered."""
        return tuple(getattr(self, which) or self.discovered.get(which, ()))

    def changed(self, changes: Mapping[str, Any]) -> Self:
        """Return it with these fields changed; those in `MERGED` key by key, where None takes a key away."""
        values = dict(changes)
        for name in MERGED:
            if name in values:
                merged = {**getattr(self, name), **values[name]}
                values[name] = {key: value for key, value in merged.items() if value is not None}
        for name in ("mechanism_drivers", "type_drivers"):
            if name in values:
                values[name] = tuple(values[name])
        return replace(self, **values)

    def with_rights(self, grant: Principals, revoke: Principals) -> Self:
        """Return it with principals added to rights, and then others taken from them."""
        rights = {
            right: sorted({*self.auth.get(right, ()), *grant.get(right, ())} - {*revoke.get(right, ())})
            for right in (*grant, *revoke)
        }
        return self.changed({"auth": rights})

    def difference(self, other: Environment) -> dict[str, tuple[Any, Any]]:
        """Return what is different in `other`: field (with a key, where it is merged) -> here and there."""
        here, there = _flat(self), _flat(other)
        paths = dict.fromkeys((*here, *there))
        return {
            path: (here.get(path), there.get(path)) for path in paths if here.get(path) != there.get(path)
        }


def _flat(environment: Environment) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for each in fields(environment):
        value = getattr(environment, each.name)
        if each.name in MERGED:
            values |= {f"{each.name}.{key}": part for key, part in value.items()}
        else:
            values[each.name] = value
    return values
