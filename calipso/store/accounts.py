"""Local users: those whose passwords are kept here, as hashes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from ..model.account import Role
from .connected import Connected
from .encoding import moment
from .errors import LastAdministratorError, UnknownUserError, UserExistsError, raises_store_errors
from .lease import Lease

_ADMINISTRATORS = {"role": "admin", "disabled": False}


@dataclass(frozen=True, slots=True)
class User:
    """A local user. `id` tells one from another who had the same name before."""

    name: str
    id: str
    role: Role
    password_hash: str = field(repr=False)
    disabled: bool
    created_at: datetime


@raises_store_errors
class UserStore(Connected):
    """The documents of `users`. One administrator at least, who is not disabled, stays for ever."""

    def create_user(self, name: str, *, role: Role, password_hash: str, at: datetime) -> None:
        """Add a user. Raises `UserExistsError`."""
        document = {
            "_id": name,
            "id": uuid.uuid4().hex,
            "role": role,
            "password_hash": password_hash,
            "disabled": False,
            "created_at": moment(at),
        }
        try:
            self._collections["users"].insert_one(document)
        except DuplicateKeyError:
            raise UserExistsError(f"there is a user {name!r} already") from None

    def change_user(
        self,
        name: str,
        *,
        role: Role | None = None,
        password_hash: str | None = None,
        disabled: bool | None = None,
    ) -> None:
        """Change what is given; who is disabled loses all tokens.

        Raises `UnknownUserError` and `LastAdministratorError`.
        """
        wanted = {"role": role, "password_hash": password_hash, "disabled": disabled}
        changes = {key: value for key, value in wanted.items() if value is not None}
        if role == "user" or disabled:
            with self._changing_administrators():
                self._refuse_last(name)
                self._update(name, changes)
        else:
            self._update(name, changes)
        if disabled:
            self._collections["tokens"].delete_many({"user": name, "source": "local"})

    def replace_password_hash(self, name: str, old: str, new: str) -> None:
        """Change the hash of the same password, unless the user has another one by now."""
        self._collections["users"].update_one(
            {"_id": name, "password_hash": old}, {"$set": {"password_hash": new}}
        )

    def remove_user(self, name: str) -> None:
        """Remove a user and all their tokens. Raises `UnknownUserError` and `LastAdministratorError`."""
        with self._changing_administrators():
            self._refuse_last(name)
            if not self._collections["users"].delete_one({"_id": name}).deleted_count:
                raise _unknown(name)
        self._collections["tokens"].delete_many({"user": name, "source": "local"})

    def user(self, name: str) -> User | None:
        """Return the user of that name."""
        found = self._collections["users"].find_one({"_id": name})
        return None if found is None else user_of(found)

    def users(self) -> list[User]:
        """Return all users, by name."""
        return [user_of(found) for found in self._collections["users"].find().sort("_id")]

    def _changing_administrators(self) -> Lease:
        return Lease(self._collections["leases"], "users", "changing users", fields={}, term=30, patience=30)

    def _refuse_last(self, name: str) -> None:
        users = self._collections["users"]
        if users.find_one({"_id": name, **_ADMINISTRATORS}) is None:
            return
        if users.find_one({"_id": {"$ne": name}, **_ADMINISTRATORS}) is None:
            raise LastAdministratorError(
                f"{name!r} is the last local administrator that is not disabled: make another one first"
            )

    def _update(self, name: str, changes: Mapping[str, Any]) -> None:
        change = {"$set": {"_id": name, **changes}}
        if not self._collections["users"].update_one({"_id": name}, change).matched_count:
            raise _unknown(name)


def _unknown(name: str) -> UnknownUserError:
    return UnknownUserError(f"there is no local user {name!r}")


def user_of(document: Mapping[str, Any]) -> User:
    """Return the user of a document of `users`."""
    return User(
        name=document["_id"],
        id=document["id"],
        role=document["role"],
        password_hash=document["password_hash"],
        disabled=document["disabled"],
        created_at=document["created_at"],
    )
