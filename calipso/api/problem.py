"""Problems: how the API says that something cannot be done, and why."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from ..accounts import (
    AccountError,
    DirectoryUnavailableError,
    LoginRefusedError,
    TokenRefusedError,
    TooManyAttemptsError,
)
from ..store import ConflictError, StoreError, StoreUnavailableError

LOG = logging.getLogger("calipso.api")

RETRY_S = 5
"""When to try again what failed because the database does not answer."""

_STATUSES: tuple[tuple[type[Exception], HTTPStatus], ...] = (
    (TooManyAttemptsError, HTTPStatus.TOO_MANY_REQUESTS),
    (LoginRefusedError, HTTPStatus.UNAUTHORIZED),
    (TokenRefusedError, HTTPStatus.UNAUTHORIZED),
    (DirectoryUnavailableError, HTTPStatus.SERVICE_UNAVAILABLE),
    (StoreUnavailableError, HTTPStatus.SERVICE_UNAVAILABLE),
    (ConflictError, HTTPStatus.CONFLICT),
    (LookupError, HTTPStatus.NOT_FOUND),
    (ValueError, HTTPStatus.BAD_REQUEST),
    (StoreError, HTTPStatus.INTERNAL_SERVER_ERROR),
)
"""What each kind of error means, the first that fits."""


class Detail(BaseModel):
    """One fault of what was sent."""

    where: Annotated[str, Field(description="Its place, such as query.page or body.auth.methods.")]
    message: Annotated[str, Field(description="What is wrong there, and what was expected.")]


class Fault(BaseModel):
    """Why a request was not served."""

    code: Annotated[int, Field(description="The HTTP status.")]
    reason: Annotated[str, Field(description="That status in words.")]
    message: Annotated[str, Field(description="What is wrong, and what to do where that is known.")]
    details: Annotated[list[Detail], Field(description="Every fault of what was sent, where there are.")] = []


class FaultBody(BaseModel):
    """The body of every answer that is no success."""

    error: Fault


class Problem(Exception):  # noqa: N818 - the field's word for it (RFC 9457)
    """A request that is not served: `status` says which way, the text why."""

    def __init__(
        self,
        status: HTTPStatus,
        message: str,
        details: list[Detail] | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.details = details or []
        self.headers = headers

    def body(self) -> dict[str, Any]:
        """Return the answer's JSON body."""
        fault = Fault(code=self.status, reason=self.status.phrase, message=str(self), details=self.details)
        return FaultBody(error=fault).model_dump()


@contextmanager
def problems() -> Iterator[None]:
    """Tell errors of accounts and of the store as problems."""
    try:
        yield
    except (AccountError, StoreError) as error:
        status = _status(error)
        headers = {}
        if isinstance(error, TooManyAttemptsError):
            headers["Retry-After"] = str(error.retry_after)
        elif status is HTTPStatus.SERVICE_UNAVAILABLE:
            headers["Retry-After"] = str(RETRY_S)
        text = str(error)
        if isinstance(error, DirectoryUnavailableError):
            LOG.warning("%s", error)  # it tells where the directory is, which not everybody needs to know
            text = "the LDAP directory cannot be asked, so only local users can log in; the log tells why"
        elif isinstance(error, StoreUnavailableError):
            text = "the database does not answer; the log tells why"
        raise Problem(status, text, headers=headers) from error


def _status(error: Exception) -> HTTPStatus:
    return next(status for kind, status in _STATUSES if isinstance(error, kind))


def invalid(error: ValidationError, where: str) -> Problem:
    """Return the problem of a query or body that is not as it should be, with every fault in it."""
    details = [
        Detail(where=".".join((where, *map(str, fault["loc"]))), message=_expected(fault["msg"]))
        for fault in error.errors(include_url=False, include_input=False, include_context=False)
    ]
    text = "; ".join(f"{each.where}: {each.message}" for each in details[:5])
    return Problem(HTTPStatus.BAD_REQUEST, f"this request is not right: {text}", details)


def _expected(message: str) -> str:
    """Return pydantic's text as part of a sentence."""
    text = message.removeprefix("Value error, ")
    return text if text[:2].isupper() else text[:1].lower() + text[1:]
