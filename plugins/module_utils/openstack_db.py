# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""OpenStack's database, open for reading only."""

from __future__ import annotations

import os
import ssl
import traceback
from typing import Any

from .openstack_db_tables import TABLES, Table
from .row_recording import Rows, UnreadError
from .scrubbing import scrub_text

try:
    import pymysql

    IMPORT_ERROR = None
except ImportError:
    IMPORT_ERROR = traceback.format_exc()

_CONNECT_TIMEOUT = 10
_UNKNOWN_DATABASE, _UNKNOWN_TABLE, _UNKNOWN_COLUMN = 1049, 1146, 1054
_FORBIDDEN = frozenset({1044, 1142, 1143, 1227, 1370})
_REFUSED = frozenset({1045, 1698})
_LOST = 2013
_DETAIL_LENGTH = 300


class DatabaseError(Exception):
    """A database that cannot be read at all; the text says why and what to do, and holds no secret."""


class LiveDatabase:
    """A server of MySQL or MariaDB. All is read in one read-only transaction: the state of one moment."""

    def __init__(self, options: dict[str, Any]) -> None:
        """Connect as the module's `options` say. Raise `DatabaseError` where that fails."""
        self._names = options["databases"]
        self._timeout = options["timeout"]
        self.server = f"{options['host']}:{options['port']}"
        try:
            tls = _trust(options) if options["tls"] else None
            self._connection = pymysql.connect(
                host=options["host"],
                port=options["port"],
                user=options["user"],
                password=options["password"] or "",
                ssl=tls,
                ssl_disabled=tls is None,
                connect_timeout=min(_CONNECT_TIMEOUT, self._timeout),
                read_timeout=self._timeout,
                write_timeout=self._timeout,
                charset="utf8mb4",
                cursorclass=pymysql.cursors.DictCursor,
            )
        except (pymysql.MySQLError, OSError) as error:
            raise DatabaseError(self._unreachable(error, options)) from None
        try:
            self.ask("SET SESSION TRANSACTION READ ONLY")
            self.ask("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
            self._columns = self._all_columns()
        except (pymysql.MySQLError, OSError) as error:
            self.close()
            raise DatabaseError(
                f"The database at {self.server} does not let itself be read: {_told(error)[1]}"
            ) from None

    def rows(self, table: Table) -> list[dict[str, Any]]:
        try:
            return [dict(row) for row in self.ask(self._query(table))]
        except (pymysql.MySQLError, OSError) as error:
            number, text = _told(error)
            raise UnreadError(_reason(number, text), f"{self.server}: {text}") from None

    def ask(self, statement: str, *values: str) -> list[dict[str, Any]]:
        """Return what the server answers to a statement."""
        with self._connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return list(cursor.fetchall())

    def close(self) -> None:
        if self._connection.open:
            self._connection.close()

    def _all_columns(self) -> dict[tuple[str, str], set[str]]:
        names = sorted(set(self._names.values()))
        marks = ", ".join(["%s"] * len(names))
        found: dict[tuple[str, str], set[str]] = {}
        for row in self.ask(
            "SELECT table_schema AS s, table_name AS t, column_name AS c"  # noqa: S608 - only marks go in
            f" FROM information_schema.columns WHERE table_schema IN ({marks})",
            *names,
        ):
            found.setdefault((row["s"], row["t"]), set()).add(row["c"])
        return found

    def _query(self, table: Table) -> str:
        database = self._names[table.database]
        # One that nothing is known of is asked for as it should be: then the server says what is wrong.
        known = self._columns.get((database, table.name)) or {
            *table.columns,
            *(column for _expression, column in table.computed.values()),
        }
        wanted = [f"`{column}`" for column in table.columns if column in known]
        wanted += [
            f"{expression} AS `{name}`"
            for name, (expression, column) in table.computed.items()
            if column in known
        ]
        where = f" WHERE {table.where}" if table.where else ""
        # The database's name is quoted, and the module refuses one that holds a backquote.
        return f"SELECT {', '.join(wanted)} FROM `{database}`.`{table.name}`{where}"  # noqa: S608

    def _unreachable(self, error: Exception, options: dict[str, Any]) -> str:
        number, text = _told(error)
        if number in _REFUSED:
            return (
                f"The database at {self.server} refuses {options['user']}: check user and password, and from"
                f" which hosts the account may come ({text})."
            )
        if "certificate" in text.lower() or "SSL" in text or "TLS" in text:
            return (
                f"TLS with the database at {self.server} failed ({text}): set ca_cert to the certificate of"
                " the authority that signs the server's, or tls to false where it has no TLS."
            )
        return f"The database at {self.server} cannot be reached ({text}): check host, port and network."


def _trust(options: dict[str, Any]) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=options["ca_cert"] or os.environ.get("SSL_CERT_FILE") or None)


def _told(error: Exception) -> tuple[int, str]:
    """Return the number and the text of an error."""
    numbered = len(error.args) > 1 and isinstance(error.args[0], int)
    number, text = (error.args[0], error.args[1]) if numbered else (0, str(error))
    return number, scrub_text(" ".join(str(text).split()))[:_DETAIL_LENGTH] or type(error).__name__


def _reason(number: int, text: str) -> str:
    if number in _FORBIDDEN:
        return "forbidden"
    if number in (_UNKNOWN_DATABASE, _UNKNOWN_TABLE, _UNKNOWN_COLUMN):
        return "unsupported"
    return "timeout" if number == _LOST and "timed out" in text else "failed"


def read_tables(database: Rows) -> tuple[dict[str, list[dict[str, Any]]], dict[str, UnreadError]]:
    """Return the rows of each table, by the table's key; and why each that is not there could not be read."""
    found: dict[str, list[dict[str, Any]]] = {}
    unread: dict[str, UnreadError] = {}
    for key, table in TABLES.items():
        try:
            found[key] = database.rows(table)
        except UnreadError as error:
            found[key] = []
            if not (table.optional and error.reason == "unsupported"):
                unread[key] = error
    return found, unread
