"""Environments: their configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from ..model.environment import Environment
from .connected import Connected
from .encoding import moment
from .errors import raises_store_errors


@raises_store_errors
class EnvironmentStore(Connected):
    """The documents of `environments_config`."""

    def environment(self, name: str) -> Environment | None:
        """Return the environment of that name."""
        found = self._collections["environments_config"].find_one({"_id": name})
        return None if found is None else _environment(found)

    def environments(self) -> list[Environment]:
        """Return all environments, by name."""
        return [_environment(found) for found in self._collections["environments_config"].find().sort("_id")]

    def save_environment(self, environment: Environment) -> None:
        """Add or change an environment; what its document holds besides stays."""
        document = asdict(environment)
        if environment.last_scanned is not None:
            document["last_scanned"] = moment(environment.last_scanned)
        self._collections["environments_config"].update_one(
            {"_id": environment.name}, {"$set": document}, upsert=True
        )


def _environment(document: Mapping[str, Any]) -> Environment:
    known = {field.name: document[field.name] for field in fields(Environment) if field.name in document}
    for name in ("mechanism_drivers", "type_drivers"):
        known[name] = tuple(known.get(name, ()))
    return Environment(**known)
