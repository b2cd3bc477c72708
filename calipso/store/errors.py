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

_Class = TypeVar("_Class", bound=type)


class StoreError(Exception):
    """The store could not do what it was asked; the text says why, and what to do where that is known."""


class StoreUnavailableError(StoreError):
    """No database answers, or it refuses to let us in."""


class EmbeddedServerError(StoreUnavailableError):
    """The embedded server cannot be started or stopped."""


class UnknownEnvironmentError(StoreError, LookupError):
    """There is no environment of that name."""


class UnknownGenerationError(StoreError, LookupError):
    """The environment has no such generation."""


class UnknownScanError(StoreError, LookupError):
    """There is no scan of that id."""


class InvalidDocumentError(StoreError, ValueError):
    """Something cannot be stored: ids that occur twice, values that no database holds, over 16 MB."""


class BusyError(StoreError):
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
