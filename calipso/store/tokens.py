"""Tokens: who showed a password once, and until when that counts. Of a token only its digest is kept."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..model.account import Account
from .accounts import User, user_of
from .connected import Connected
from .encoding import moment
from .errors import UnknownTokenError, raises_store_errors

_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Token:
    """A token, without its secret.

    `account` is as it was when the token was issued. `user_id` is the `id` of a local user, else None;
    `label` is what the token is for, where somebody said so.
    """

    id: str
    account: Account
    user_id: str | None
    label: str | None
    issued_at: datetime
    expires_at: datetime


@raises_store_errors
class TokenStore(Connected):
    """The documents of `tokens`. They vanish by themselves when they have expired."""

    def issue_token(
        self,
        account: Account,
        *,
        user_id: str | None = None,
        label: str | None = None,
        at: datetime,
        expires_at: datetime,
    ) -> str:
        """Add a token and return its secret, which nobody can read again."""
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        self._collections["tokens"].insert_one(
            {
                "_id": _digest(secret),
                "id": uuid.uuid4().hex,
                "user": account.name,
                "user_id": user_id,
                "source": account.source,
                "role": account.role,
                "groups": list(account.groups),
                "label": label,
                "issued_at": moment(at),
                "expires_at": moment(expires_at),
            }
        )
        return secret

    def token(self, secret: str, *, at: datetime) -> tuple[Token, User | None] | None:
        """Return the token with that secret, unless it has expired, and the local user of its name now."""
        pipeline: list[dict[str, Any]] = [
            {"$match": {"_id": _digest(secret), "expires_at": {"$gt": moment(at)}}},
            {
                "$lookup": {
                    "from": self._collections["users"].name,
                    "localField": "user",
                    "foreignField": "_id",
                    "as": "users",
                }
            },
        ]
        for found in self._collections["tokens"].aggregate(pipeline):
            return _token(found), next(map(user_of, found["users"]), None)
        return None

    def tokens(self, user: str, *, at: datetime) -> list[Token]:
        """Return a user's tokens that have not expired, by when they were issued."""
        where = {"user": user, "expires_at": {"$gt": moment(at)}}
        found = self._collections["tokens"].find(where).sort([("issued_at", 1), ("id", 1)])
        return [_token(document) for document in found]

    def revoke_token(self, user: str, token_id: str) -> None:
        """Remove one of a user's tokens, by its `id`. Raises `UnknownTokenError`."""
        if not self._collections["tokens"].delete_one({"user": user, "id": token_id}).deleted_count:
            raise UnknownTokenError(f"user {user!r} has no token {token_id!r}")

    def revoke_tokens(self, user: str) -> int:
        """Remove all tokens of a user; return how many there were."""
        return self._collections["tokens"].delete_many({"user": user}).deleted_count


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _token(document: Mapping[str, Any]) -> Token:
    return Token(
        id=document["id"],
        account=Account(
            name=document["user"],
            role=document["role"],
            source=document["source"],
            groups=tuple(document["groups"]),
        ),
        user_id=document["user_id"],
        label=document["label"],
        issued_at=document["issued_at"],
        expires_at=document["expires_at"],
    )
