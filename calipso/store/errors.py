"""What can go wrong in the store, told without a word of MongoDB's own classes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import wraps
from types import FunctionType
from typing import Any, TypeVar

from bson.errors import BSONError
from pymongo.errors import ConnectionFailure, OperationFailure, PyMongoError

_AUTHORISATION_CODES = {13, 18}
_LOST_CURSOR_CODES = {43, 237}
"""The server was started anew while we read from it."""

_Class = TypeVar("_Class", bound=type)


class StoreError(Exception):
    """The store could not do what it was asked; the text says why, and what to do where that is known."""


class StoreUnavailableError(StoreError):
    """No database answers, or it refuses to let us in."""


class EmbeddedServerError(StoreUnavailableError):
    """The embedded server cannot be started or stopped."""


class ConflictError(StoreError):
    """What is there already, or under way, does not go with what was asked."""


class UnknownEnvironmentError(StoreError, LookupError):
    """There is no environment of that name."""


class EnvironmentExistsError(ConflictError):
    """There is an environment of that name already."""


class UnknownGenerationError(StoreError, LookupError):
    """The environment has no such generation."""


class NameTakenError(ConflictError):
    """Another generation of the environment has that name, or the generation has another name."""


class UnknownScanError(StoreError, LookupError):
    """There is no scan of that id."""


class UnknownScheduleError(StoreError, LookupError):
    """There is no scheduled scan of that id."""


class UnknownUserError(StoreError, LookupError):
    """There is no local user of that name."""


class UserExistsError(ConflictError):
    """There is a local user of that name already."""


class LastAdministratorError(ConflictError):
    """Nobody would be left who may make users: the last local administrator stays one."""


class UnknownTokenError(StoreError, LookupError):
    """The user has no such token."""


class UnusableNameError(StoreError, ValueError):
    """No snapshot, or no attribute, can be called so."""


class InvalidDocumentError(StoreError, ValueError):
    """Something cannot be stored: ids that occur twice, values that no database holds, over 16 MB."""


class BusyError(ConflictError):
    """Another process has been writing the same thing for longer than we wait."""


class LeaseLostError(StoreError):
    """We were stopped for so long that another process took over; what we wrote is seen by nobody."""


def brief(error: BaseException) -> str:
    """Return what `error` says, without the dump of the whole deployment that MongoDB's driver adds."""
    text = str(error)
    for dump in (", Timeout: ", " (configured timeouts:", ", full error:"):
        text = text.partition(dump)[0]
    return text


@contextmanager
def database_errors() -> Iterator[None]:
    """Turn errors of MongoDB's driver into `StoreError`s."""
    try:
        yield
    except ConnectionFailure as error:
        raise StoreUnavailableError(f"the database does not answer: {brief(error)}") from error
    except OperationFailure as error:
        if error.code in _AUTHORISATION_CODES:
            raise StoreUnavailableError(f"the database refuses us: {brief(error)}") from error
        if error.timeout or error.code in _LOST_CURSOR_CODES:
            raise StoreUnavailableError(f"the database broke off: {brief(error)}") from error
        raise StoreError(f"the database refuses to do this: {brief(error)}") from error
    except PyMongoError as error:
        raise StoreError(f"the database cannot do this: {brief(error)}") from error
    except (BSONError, UnicodeEncodeError, OverflowError) as error:
        raise InvalidDocumentError(f"this cannot be stored: {error}") from error


def raises_store_errors(cls: _Class) -> _Class:
    """Make every public method of a class, generators too, raise `StoreError`s only."""
    for name, member in list(vars(cls).items()):
        if isinstance(member, FunctionType) and not name.startswith("_"):
            setattr(cls, name, _translated(member))
    return cls


def _translated(method: FunctionType) -> Callable[..., Any]:
    if not inspect.isgeneratorfunction(method):
        return database_errors()(method)

    @wraps(method)
    def generator(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        with database_errors():
            yield from method(*args, **kwargs)

    return generator
