"""Users and their tokens: for administrators."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from pydantic import Field, SecretStr

from ...model.account import Role
from ...store import Token, User
from ..answer import Answer
from ..call import Body, Call, Name, Query
from ..documents import Exact
from ..route import Access, Route
from .tokens import Done

Password = Annotated[SecretStr, Field(description="12 to 1,024 characters. It is kept as a hash only.")]


class UserQuery(Query):
    """One user."""

    name: Annotated[Name, Field(description="The user's name.")]


class TokenQuery(UserQuery):
    """A user's tokens, or one of them."""

    id: Annotated[Name | None, Field(description="The token's id; else all of the user's tokens.")] = None


class NewUserBody(Body):
    """A new local user."""

    name: Annotated[str, Field(min_length=1, max_length=1_024)]
    password: Password
    role: Role = "user"


class ChangedUserBody(Body):
    """What is to change of a user."""

    password: Password | None = None
    role: Role | None = None
    disabled: bool | None = None


class UserItem(Exact):
    """A local user."""

    name: str
    role: Role
    disabled: bool
    created_at: datetime


class UsersAnswer(Exact):
    """Local users, by name."""

    users: list[UserItem]


class TokenItem(Exact):
    """A token, without what it is used by."""

    id: str
    label: str | None
    issued_at: datetime
    expires_at: datetime


class TokensAnswer(Exact):
    """A user's tokens, the oldest first."""

    tokens: list[TokenItem]


def list_users(call: Call) -> Answer:
    """List the local users. Those of an LDAP directory are not among them."""
    return Answer({"users": [_user(user) for user in call.store.users()]})


def add_user(call: Call, body: NewUserBody) -> Answer:
    """Add a local user."""
    call.accounts.add_user(body.name, body.password.get_secret_value(), role=body.role)
    call.changed(f"User {body.name!r} was added, with role {body.role}.", environment=None)
    return Answer({"message": f"user {body.name!r} is added"}, HTTPStatus.CREATED)


def change_user(call: Call, query: UserQuery, body: ChangedUserBody) -> Answer:
    """Change a local user's password or role, or disable it; then its tokens are good for nothing."""
    password = body.password.get_secret_value() if body.password else None
    call.accounts.change_user(query.name, role=body.role, password=password, disabled=body.disabled)
    changed = [name for name in ("password", "role", "disabled") if getattr(body, name) is not None]
    call.changed(f"User {query.name!r} was changed: {', '.join(changed) or 'nothing'}.", environment=None)
    return Answer({"message": f"user {query.name!r} is changed"})


def remove_user(call: Call, query: UserQuery) -> Answer:
    """Remove a local user, and all its tokens. The last administrator stays."""
    call.store.remove_user(query.name)
    call.changed(f"User {query.name!r} was removed.", environment=None)
    return Answer({"message": f"user {query.name!r} is removed"})


def list_tokens(call: Call, query: UserQuery) -> Answer:
    """List a user's tokens, of the directory's users too, without what they are used by."""
    found = call.store.tokens(query.name, at=datetime.now(UTC))
    return Answer({"tokens": [_token(token) for token in found]})


def revoke_tokens(call: Call, query: TokenQuery) -> Answer:
    """Revoke a token of a user, or all of them: they are good for nothing any more."""
    if query.id is None:
        number = call.store.revoke_tokens(query.name)
    else:
        call.store.revoke_token(query.name, query.id)
        number = 1
    call.changed(f"{number} tokens of user {query.name!r} were revoked.", environment=None)
    return Answer({"message": f"{number} tokens of {query.name!r} are revoked"})


def _user(user: User) -> dict[str, object]:
    return {
        "name": user.name,
        "role": user.role,
        "disabled": user.disabled,
        "created_at": user.created_at,
    }


def _token(token: Token) -> dict[str, object]:
    return {
        "id": token.id,
        "label": token.label,
        "issued_at": token.issued_at,
        "expires_at": token.expires_at,
    }


ROUTES = (
    Route("GET", "/users", list_users, Access.ADMIN, UsersAnswer),
    Route("POST", "/users", add_user, Access.ADMIN, Done, HTTPStatus.CREATED, errors=(HTTPStatus.CONFLICT,)),
    Route(
        "PUT",
        "/users",
        change_user,
        Access.ADMIN,
        Done,
        errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    ),
    Route(
        "DELETE",
        "/users",
        remove_user,
        Access.ADMIN,
        Done,
        errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    ),
    Route("GET", "/users/tokens", list_tokens, Access.ADMIN, TokensAnswer),
    Route("DELETE", "/users/tokens", revoke_tokens, Access.ADMIN, Done, errors=(HTTPStatus.NOT_FOUND,)),
)
