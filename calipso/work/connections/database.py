"""OpenStack's own database: MySQL or MariaDB, which begin in clear and change over to TLS."""

from __future__ import annotations

import socket
import struct
from contextlib import closing
from dataclasses import replace
from typing import Any

from ...model.targets import MysqlTarget
from .network import TIMEOUT_S, Server, reach, trust
from .result import StepError, Trial
from .secret import Means, secret_of

_PROTOCOL, _ERROR = b"\x0a", b"\xff"
_LONGEST_GREETING = 4096
_CLIENT_SSL = 1 << 11
_SSL_REQUEST = struct.pack("<IIB23x", _CLIENT_SSL | 1 << 9 | 1 << 15, 1 << 24, 33)
"""Capabilities (TLS, the 4.1 protocol, secure connection), longest packet, utf8."""

_TOO_MANY, _BLOCKED, _NOT_ALLOWED = 1040, 1129, 1130
_DENIED = {1045, 1698}
_EXPIRED = {1820, 1862}
_NO_RIGHT = {1044, 1142, 1227}
_OWN = {"information_schema", "mysql", "performance_schema", "sys"}
_SHOWN = 20


def try_mysql(section: MysqlTarget, environment: str, means: Means, trial: Trial) -> None:
    """Try the database. Raises StepError."""
    password = secret_of(section, environment, means, trial)
    plain = Server(section.host, section.port)
    tls = replace(plain, tls=trust(means.authorities), prelude=_begin_tls)
    with closing(reach(tls if section.tls else plain, trial)) as connection:
        if not section.tls:
            with trial.step("protocol") as say:
                say(_greeting(connection, plain)[0])
    with trial.step("login") as say:
        try:
            connected = _log_in(section.user, password, tls if section.tls else plain)
        except StepError:
            if not section.tls and _is_let_in(section.user, password, tls):
                raise _wants_tls(plain) from None
            raise
        say(f"{section.user} is let in")
    with closing(connected), trial.step("first question") as say:
        say(_ask(connected, section))


def _greeting(connection: socket.socket, server: Server) -> tuple[str, int]:
    """Return the server's version, and its capabilities: what it says first of all."""
    try:
        header = _receive(connection, 4)
        size = int.from_bytes(header[:3], "little")
        packet = _receive(connection, size) if size < _LONGEST_GREETING and header[3] == 0 else b""
    except OSError:
        packet = b""
    if packet[:1] == _ERROR:
        text = packet[3:].decode(errors="replace")
        raise _refused(int.from_bytes(packet[1:3], "little"), text, server)
    if packet[:1] != _PROTOCOL:
        raise StepError(
            f"{server} does not speak as MySQL and MariaDB do",
            f"what listens on {server} is no MySQL or MariaDB: check `port`",
        )
    version, _zero, rest = packet[1:].partition(b"\0")
    capabilities = int.from_bytes(rest[13:15] + rest[18:20], "little")
    return f"it is {version.decode(errors='replace')}", capabilities


def _begin_tls(connection: socket.socket) -> None:
    """Have the server change over to TLS. Raises StepError."""
    host, port = connection.getpeername()[:2]
    server = Server(f"[{host}]" if ":" in host else host, port)
    version, capabilities = _greeting(connection, server)
    if not capabilities & _CLIENT_SSL:
        raise StepError(
            f"{version}, and offers no TLS",
            "the database speaks no TLS: turn it on there (ssl_cert, ssl_key), or set `tls: false`, which "
            "sends passwords and rows in clear",
        )
    connection.sendall(len(_SSL_REQUEST).to_bytes(3, "little") + b"\1" + _SSL_REQUEST)


def _receive(connection: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        part = connection.recv(size - len(found))
        if not part:
            raise ConnectionError
        found += part
    return found


def _log_in(user: str, password: str, server: Server) -> Any:
    try:
        import pymysql
    except ImportError:
        raise StepError(
            "PyMySQL is not installed where the worker runs",
            "the worker cannot ask a database: install it with pip install 'calipso[mysql]'",
        ) from None
    try:
        return pymysql.connect(
            host=server.name,
            port=server.port,
            user=user,
            password=password,
            ssl=server.tls,
            ssl_disabled=server.tls is None,
            connect_timeout=int(TIMEOUT_S),
            read_timeout=TIMEOUT_S,
            write_timeout=TIMEOUT_S,
        )
    except pymysql.MySQLError as error:
        raise _refused(*_told(error), server, user=user) from None


def _is_let_in(user: str, password: str, server: Server) -> bool:
    """Say whether the user is let in; MariaDB does not tell who asks without TLS that it wants it."""
    try:
        _log_in(user, password, server).close()
    except StepError:
        return False
    return True


def _wants_tls(server: Server) -> StepError:
    return StepError(
        f"{server} lets in over TLS, and not without", f"{server} lets in over TLS only: set `tls: true`"
    )


def _ask(connection: Any, section: MysqlTarget) -> str:
    from pymysql import MySQLError

    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT VERSION()")
            version = cursor.fetchone()[0]
            cursor.execute("SHOW DATABASES")
            names = sorted(str(row[0]) for row in cursor.fetchall())
    except MySQLError as error:
        raise _refused(*_told(error), Server(section.host, section.port), user=section.user) from None
    seen = [name for name in names if name not in _OWN]
    if not seen:
        raise StepError(
            f"{version}: {section.user} sees no database of OpenStack",
            f"{section.user} has no rights: GRANT SELECT on the databases of OpenStack (neutron, nova) to "
            "it, for the worker's host",
        )
    return f"{version}; {section.user} sees {', '.join(seen[:_SHOWN])}"


def _told(error: Exception) -> tuple[int, str]:
    """Return the number and the text of an error of PyMySQL."""
    number, text = (*error.args, 0, "")[:2] if len(error.args) > 1 else (0, str(error))
    return (number if isinstance(number, int) else 0), str(text)


def _refused(number: int, text: str, server: Server, *, user: str | None = None) -> StepError:
    said = f"{server} says: {text} ({number})" if number else f"{server}: {text}"
    if number in _DENIED:
        return StepError(
            said,
            f"wrong user or password, or {user} may not come from the worker's machine: check `user`, the "
            "password where secret_in says that it lives, and for which hosts the account is (user@host)",
        )
    if number == _NOT_ALLOWED:
        return StepError(
            said,
            "the database takes nobody from the worker's machine: make an account for that host "
            "(CREATE USER ...@host)",
        )
    if number == _BLOCKED:
        return StepError(
            said,
            "the database blocks the worker's machine after many faults: run FLUSH HOSTS there, and find out "
            "what keeps failing",
        )
    if number == _TOO_MANY:
        return StepError(
            said, "the database has no connection left: raise max_connections, or end idle connections"
        )
    if number in _EXPIRED:
        return StepError(
            said, f"the password of {user} has expired: set a new one, also where secret_in says"
        )
    if number in _NO_RIGHT:
        return StepError(said, f"{user} lacks rights: GRANT SELECT on the databases of OpenStack to it")
    if "insecure transport" in text:
        return _wants_tls(server)
    return StepError(said, "see the database's log")
