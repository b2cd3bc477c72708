"""Where the database is, and the connection to it: one client a process, forks included."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Lock
from typing import Any

import pymongo
from pymongo import MongoClient, ReadPreference, WriteConcern
from pymongo.database import Database
from pymongo.errors import ConfigurationError, InvalidName, InvalidURI, PyMongoError
from pymongo.read_concern import ReadConcern

from ..model.keyvalue import InvalidConfigError
from . import embedded
from .config_file import DEFAULT_FILE, read_uri
from .errors import StoreUnavailableError, brief

URI_VARIABLE = "CALIPSO_MONGO_URI"
CONFIG_VARIABLE = "CALIPSO_MONGO_CONFIG"
DEFAULT_DATABASE = "calipso"

_SELECTION_TIMEOUT_MS = 5_000
_WRITE_TIMEOUT_MS = 60_000
_GOODBYE_S = 0.5


def locate(uri: str | None = None, config: Path | None = None) -> str:
    """Return the URI of the database: the given one, or that of the first of these that there is.

    They are the given config file, the one that `$CALIPSO_MONGO_CONFIG` names, `$CALIPSO_MONGO_URI`,
    /etc/calipso/mongo.conf, the running embedded server. Raises `StoreUnavailableError` where there is
    none of them, or where a config file cannot be used.
    """
    if uri:
        return uri
    if named := config or os.environ.get(CONFIG_VARIABLE):
        return _configured(Path(named))
    if found := os.environ.get(URI_VARIABLE):
        return found
    if os.access(DEFAULT_FILE, os.F_OK):
        return _configured(DEFAULT_FILE)
    found = embedded.status().uri
    if found is None:
        raise StoreUnavailableError(
            f"there is no database: set {URI_VARIABLE} to the URI of a MongoDB "
            f"(mongodb://USER:PASSWORD@HOST/DATABASE), or {CONFIG_VARIABLE} to a config file, "
            "or start the embedded one with `calipso db start`"
        )
    return found


def _configured(path: Path) -> str:
    try:
        return read_uri(path)
    except InvalidConfigError as error:
        raise StoreUnavailableError(str(error)) from None


def redacted(uri: str) -> str:
    """Return `uri` without its password and its options, which may hold secrets too."""
    before, separator, after = uri.partition("://")
    scheme, rest = (before + separator, after) if separator else ("", before)
    credentials, at, hosts = rest.rpartition("@")
    user = f"{credentials.partition(':')[0]}:***@" if at else ""
    return scheme + user + hosts.partition("?")[0]


class Connection:
    """A database that is known to answer. Raises `StoreUnavailableError` where it does not.

    `patience_s`: how long an answer is waited for; None: as long as the database works on it.
    """

    def __init__(self, uri: str, patience_s: float | None = None) -> None:
        self._uri = uri
        self._patience_s = patience_s
        self.location = redacted(uri)
        self._connecting = Lock()
        try:
            self._client = self._connect()
            self.database.command("ping")
        except (InvalidURI, ConfigurationError, InvalidName, ValueError) as error:
            cause = "" if "@" in uri else f" ({error})"  # the driver's text may quote a password
            raise StoreUnavailableError(
                f"{self.location} is no usable MongoDB URI{cause}; it looks like "
                "mongodb://USER:PASSWORD@HOST:PORT/DATABASE, with special characters as %XX"
            ) from None
        except PyMongoError as error:
            self._client.close()
            raise StoreUnavailableError(
                f"no MongoDB lets us in at {self.location}: {brief(error)}. Start it, "
                f"or set {URI_VARIABLE} to where it is"
            ) from None

    def _connect(self) -> MongoClient[dict[str, Any]]:
        client: MongoClient[dict[str, Any]] = MongoClient(
            self._uri,
            serverSelectionTimeoutMS=_SELECTION_TIMEOUT_MS,
            socketTimeoutMS=self._patience_s and self._patience_s * 1_000,
            tz_aware=True,
            appname="calipso",
        )
        self._database = client.get_default_database(DEFAULT_DATABASE).with_options(
            read_preference=ReadPreference.PRIMARY,
            read_concern=ReadConcern("majority"),
            write_concern=WriteConcern("majority", wtimeout=_WRITE_TIMEOUT_MS, j=True),
        )
        self._pid = os.getpid()
        return client

    @property
    def database(self) -> Database[dict[str, Any]]:
        """The database, through a client of this very process.

        What it acknowledges survives the loss of a member, and what it reads was acknowledged: a
        generation stays whole when a replica set changes its primary.
        """
        if self._pid != os.getpid():
            with self._connecting:
                if self._pid != os.getpid():
                    self._client = self._connect()
        return self._database

    def close(self) -> None:
        """Close what this process opened."""
        if self._pid == os.getpid():
            with pymongo.timeout(_GOODBYE_S):
                self._client.close()
