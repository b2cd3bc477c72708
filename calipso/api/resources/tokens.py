"""Logging in and out."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal

from pydantic import Field, SecretStr, model_validator

from ...model.account import Role
from ..answer import Answer
from ..call import Body, Call
from ..documents import Exact
from ..route import Access, Route

Secret = Annotated[SecretStr, Field(min_length=1, max_length=1_024)]


class Credentials(Body):
    """A user's name and password."""

    username: Annotated[str, Field(min_length=1, max_length=1_024)]
    password: Secret


class Authentication(Body):
    """How the caller says who it is: by name and password, or by a token that is still good."""

    methods: Annotated[list[Literal["credentials", "token"]], Field(min_length=1, max_length=2)]
    credentials: Credentials | None = None
    token: Secret | None = None

    @model_validator(mode="after")
    def _has_what_it_names(self) -> Authentication:
        missing = [method for method in self.methods if getattr(self, method) is None]
        if missing:
            raise ValueError(f"methods names {' and '.join(missing)}, which is not there")
        return self


class LoginBody(Body):
    """A request to log in."""

    auth: Authentication


class LoginAnswer(Exact):
    """A token, and whose it is."""

    token: Annotated[str, Field(description="To be sent as X-Auth-Token. It is told once, and never again.")]
    issued_at: datetime
    expires_at: datetime
    user: str
    role: Role


class Done(Exact):
    """What was done."""

    message: str


class Me(Exact):
    """Who the caller is."""

    name: str
    role: Role
    source: Annotated[Literal["local", "ldap"], Field(description="Where its password is checked.")]
    groups: list[str]


def log_in(call: Call, body: LoginBody) -> Answer:
    """Log in. Of several methods the first is used. After too many failures the caller must wait."""
    auth = body.auth
    if auth.methods[0] == "token" and auth.token is not None:
        login = call.accounts.renew(auth.token.get_secret_value())
    else:
        given = auth.credentials
        assert given is not None  # noqa: S101 - the model has seen to it
        login = call.accounts.log_in(given.username, given.password.get_secret_value(), address=call.address)
    return Answer(
        {
            "token": login.token,
            "issued_at": login.issued_at,
            "expires_at": login.expires_at,
            "user": login.account.name,
            "role": login.account.role,
        },
        HTTPStatus.CREATED,
    )


def log_out(call: Call) -> Answer:
    """Log out: the token with which this is asked is good for nothing any more."""
    call.accounts.log_out(call.token or "")
    return Answer({"message": f"{call.user.name} is logged out"})


def who_am_i(call: Call) -> Answer:
    """Tell who the caller is."""
    user = call.user
    return Answer({"name": user.name, "role": user.role, "source": user.source, "groups": list(user.groups)})


ROUTES = (
    Route(
        "POST",
        "/auth/tokens",
        log_in,
        Access.ANYONE,
        LoginAnswer,
        HTTPStatus.CREATED,
        errors=(HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS),
    ),
    Route("DELETE", "/auth/tokens", log_out, Access.LOGGED_IN, Done),
    Route("GET", "/auth/account", who_am_i, Access.LOGGED_IN, Me),
)
