"""The file that says where the database is, line by line: server, port, user, password, auth_db..."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

from pymongo.errors import PyMongoError
from pymongo.uri_parser import parse_uri

from ..model.keyvalue import ConfigFile

DEFAULT_FILE = Path("/etc/calipso/mongo.conf")

KEYS = ("server", "port", "user", "password", "auth_db", "database")

_DEFAULT_PORT = "27017"
_DEFAULT_AUTH_DB = "admin"
_HOST = re.compile(
    r"(?P<host>[\w.-]+|\[[0-9a-fA-F:.]+\])(?P<port>:\d+)?|(?P<ipv6>[0-9a-fA-F.]*(?::[0-9a-fA-F.]*){2,})"
)


def read_uri(path: Path) -> str:
    """Return the URI of the database that a config file describes.

    Its keys are `server` (a name, an address or a socket's path; the members of a replica set have commas
    between them, and may each have a port), `port`, `user`, `password`, `auth_db` (the database that knows
    the user; else admin), `database` (else calipso), and every option that a MongoDB URI may have, such as
    replicaSet, tls or tlsCAFile. Raises InvalidConfigError, whose text tells no value.
    """
    file = ConfigFile(path)
    hosts = _hosts(file)
    user, password, auth_db = (file.take(key) for key in ("user", "password", "auth_db"))
    for key in ("password", "auth_db"):
        if key in file and user is None:
            file.fault(key, "is of no use without user")
    options = file.others(KEYS)
    for key, value in options.items():
        error = _error(f"mongodb://host/?{quote(key, safe='')}={quote(value, safe='')}")
        if error:
            cause = "" if value in error else f" ({error})"
            file.fault(key, f"is no option that MongoDB's driver knows, or has no such value{cause}")
    database = quote(file.take("database") or "", safe="")
    if "." in database or _error(f"mongodb://host/{database}"):
        file.fault("database", "must be a name that MongoDB allows for a database")
    file.finish()
    credentials = ""
    if user is not None:
        secret = "" if password is None else f":{quote(password, safe='')}"
        credentials = f"{quote(user, safe='')}{secret}@"
        options = {"authSource": auth_db or _DEFAULT_AUTH_DB, **options}
    query = "&".join(f"{key}={quote(value, safe='')}" for key, value in options.items())
    return f"mongodb://{credentials}{','.join(hosts)}/{database}?{query}".rstrip("?")


def _hosts(file: ConfigFile) -> list[str]:
    servers = file.take_required("server", "the host name or IP address of the database")
    port = file.take("port") or _DEFAULT_PORT
    if _error(f"mongodb://host:{quote(port)}/"):
        file.fault("port", "must be a number from 1 to 65535")
        port = _DEFAULT_PORT
    hosts = [_host(server.strip(), port) for server in servers.split(",")] if servers else []
    if any(host is None or _error(f"mongodb://{host}/") for host in hosts):
        file.fault("server", "must be a host name, an IP address, or several of them with commas between")
    return [host for host in hosts if host]


def _host(server: str, port: str) -> str | None:
    """Return a server as it stands in a URI; None if it is none."""
    if server.startswith("/"):
        return quote(server, safe="")
    found = _HOST.fullmatch(server)
    return found and f"{found['host'] or f'[{server}]'}{found['port'] or f':{port}'}"


def _error(uri: str) -> str | None:
    try:
        parse_uri(uri)
    except (PyMongoError, ValueError, TypeError, OSError) as error:
        return str(error) or type(error).__name__
    return None
