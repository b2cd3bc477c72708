"""Environments: their configuration, and their end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from ..model.environment import MERGED, Environment, Principals
from ..model.secrecy import without_secrets
from .collections import OF_ENVIRONMENTS
from .connected import Connected
from .encoding import moment
from .errors import EnvironmentExistsError, raises_store_errors
from .generations import Pointer, known_environments, unknown_environment
from .lease import Lease

_LAST = ("environments_config", "pointers")
"""What is deleted last, in this order: while it is there, what a deletion has left can be deleted again."""

_BATCH = 10_000
"""Documents that are deleted at once."""

_PATIENCE_S = 5


@raises_store_errors
class EnvironmentStore(Connected):
    """The documents of `environments_config`. What is read of them has no secrets, whoever wrote them."""

    def environment(self, name: str) -> Environment | None:
        """Return the environment of that name."""
        found = self._collections["environments_config"].find_one({"_id": name})
        return None if found is None else _environment(found)

    def environments(self) -> list[Environment]:
        """Return all environments, by name."""
        return [_environment(found) for found in self._collections["environments_config"].find().sort("_id")]

    def environment_names(self) -> list[str]:
        """Return the names of all environments: those that are configured, and those with anything kept."""
        return known_environments(self._collections)

    def create_environment(self, environment: Environment) -> None:
        """Add an environment. Raises `EnvironmentExistsError`."""
        document = {"_id": environment.name, **_document(asdict(environment))}
        try:
            self._collections["environments_config"].insert_one(document)
        except DuplicateKeyError:
            raise EnvironmentExistsError(f"there is an environment {environment.name!r} already") from None

    def change_environment(
        self,
        name: str,
        changes: Mapping[str, Any],
        *,
        grant: Principals = MappingProxyType({}),
        revoke: Principals = MappingProxyType({}),
    ) -> Environment:
        """Change fields of an environment, as `Environment.changed` does, and nothing else of it.

        `grant` and `revoke` change rights, as `Environment.with_rights` does. All is done at once, so what
        others change at the same time stays, too. Returns the environment as it was before. Raises
        `UnknownEnvironmentError`, and ValueError for what is no field.
        """
        known = {field.name for field in fields(Environment)} - {"name"}
        if strange := sorted(changes.keys() - known):
            raise ValueError(f"an environment has no {', '.join(strange)} to change")
        update = [*_assignments(_document(dict(changes))), *_rights(grant, revoke)]
        configured = self._collections["environments_config"]
        before = (
            configured.find_one_and_update({"_id": name}, update, return_document=ReturnDocument.BEFORE)
            if update
            else configured.find_one({"_id": name})
        )
        if before is None:
            raise unknown_environment(name, [each.name for each in self.environments()])
        return _environment(before)

    def delete_environment(self, name: str, inventory: Literal["keep", "delete"]) -> None:
        """Delete an environment: with `keep` its configuration only, with `delete` all that there is of it.

        What is kept can be read as before, by administrators. Where nothing was published there is nothing
        to keep. No publisher is at work meanwhile. If this breaks off, another call completes it: states
        are gone at first, then everything else, and the name at last.

        Raises `UnknownEnvironmentError`, and `BusyError` where somebody is publishing.
        """
        if not self._is_known(name):
            raise unknown_environment(name, self.environment_names())
        lease = Lease(
            self._collections["pointers"],
            name,
            f"deleting environment {name!r}",
            fields={"environment": name},
            patience=_PATIENCE_S,
        )
        with lease:
            whole = inventory == "delete" or not Pointer.of(lease.document).generation
            if whole:
                lease.update({"newest": None})
                for collection in ("generations", *OF_ENVIRONMENTS):
                    if collection not in _LAST:
                        self._empty(lease, collection, name)
            self._collections["environments_config"].delete_one({"_id": name})
            if whole:
                lease.remove()

    def _is_known(self, name: str) -> bool:
        """Say whether there is anything of an environment."""
        where = {"$or": [{"_id": name}, {"environment": name}]}
        return any(self._collections[each].find_one(where, {"_id": 1}) for each in OF_ENVIRONMENTS)

    def _empty(self, lease: Lease, collection: str, environment: str) -> None:
        rows = self._collections[collection]
        while found := list(rows.find({"environment": environment}, {"_id": 1}).limit(_BATCH)):
            lease.renew()
            rows.delete_many({"_id": {"$in": [row["_id"] for row in found]}})


def _environment(document: Mapping[str, Any]) -> Environment:
    known = {field.name: document[field.name] for field in fields(Environment) if field.name in document}
    for name in ("mechanism_drivers", "type_drivers"):
        known[name] = tuple(known.get(name, ()))
    known["configuration"] = without_secrets(known.get("configuration", {}))
    return Environment(**known)


def _document(values: dict[str, Any]) -> dict[str, Any]:
    """Return fields of an environment as they are stored."""
    if isinstance(values.get("last_scanned"), datetime):
        values["last_scanned"] = moment(values["last_scanned"])
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _assignments(changes: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the stages of an update that sets fields, and the keys of those that are merged."""
    values: dict[str, Any] = {}
    for name, value in changes.items():
        if name in MERGED:
            for key in value:
                if not key or key.startswith("$") or "." in key:
                    raise ValueError(f"{name} has no key {key!r}")
            values |= {f"{name}.{key}": part for key, part in value.items()}
        else:
            values[name] = value
    gone = [path for path, value in values.items() if value is None and "." in path]
    given = {path: {"$literal": value} for path, value in values.items() if path not in gone}
    if given:
        yield {"$set": given}
    if gone:
        yield {"$unset": gone}


def _rights(grant: Principals, revoke: Principals) -> Iterator[dict[str, Any]]:
    """Yield the stages of an update that adds principals to rights, and then takes others from them."""
    for operator, rights in (("$setUnion", grant), ("$setDifference", revoke)):
        for right, principals in rights.items():
            before = {"$ifNull": [f"$auth.{right}", []]}
            yield {"$set": {f"auth.{right}": {operator: [before, {"$literal": list(principals)}]}}}
