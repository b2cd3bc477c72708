"""A directory (LDAP) whose users may log in: search for the user, then bind as that user.

Whatever it is told travels encrypted: a server with an ldaps:// URL speaks TLS from the start, one with an
ldap:// URL must do StartTLS before it is told anything else. There is no option to do without.
"""

from __future__ import annotations

import ssl
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ..model.account import Account
from ..model.keyvalue import InvalidConfigError
from .directory_config import DirectoryConfig, Url, read_config
from .errors import DirectoryUnavailableError
from .names import is_name

if TYPE_CHECKING:
    from ldap3 import Connection

TIMEOUT_S = 5
"""Seconds within which a server must take a connection, and answer each request."""


@dataclass(frozen=True, slots=True)
class _Entry:
    dn: str
    names: tuple[str, ...]


class Directory:
    """Asks the directory; each question has a connection of its own. It may be shared by threads."""

    def __init__(self, config: DirectoryConfig) -> None:
        self._config = config

    def authenticate(self, name: str, password: str) -> Account | None:
        """Return the account of who has that name and password; None if nobody has.

        The account bears the name that the directory spells. Raises DirectoryUnavailableError.
        """
        if not is_name(name) or not password:
            return None
        with self._connected() as connection:
            entry = self._find(connection, name)
            dn = (
                entry.dn
                if entry
                else f"{self._config.user_id_attribute}={uuid.uuid4()},{self._config.user_tree_dn}"
            )
            if not self._takes(connection, dn, password) or entry is None:
                return None
            self._bind(connection)
            return self._account(connection, entry, name)

    def look_up(self, name: str) -> Account | None:
        """Return the account of that name as it is now; None if there is none, or not any more.

        Raises DirectoryUnavailableError.
        """
        if not is_name(name):
            return None
        with self._connected() as connection:
            entry = self._find(connection, name)
            return self._account(connection, entry, name) if entry else None

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """Yield a connection to the first server that takes one, on which we may search."""
        connection = self._open()
        try:
            self._bind(connection)
            yield connection
        finally:
            _close(connection)

    def _open(self) -> Connection:
        faults = []
        for url in self._config.urls:
            connection = self._connection(url)
            try:
                with _ldap():
                    connection.open(read_server_info=False)
                    if not url.tls:
                        connection.start_tls(read_server_info=False)
            except DirectoryUnavailableError as error:
                faults.append(f"{url}: {error}")
                _close(connection)
            else:
                return connection
        raise DirectoryUnavailableError(
            f"no server of the directory can be asked ({'; '.join(faults)}). Check that it runs, that url "
            "names it as its certificate does, and that tls_cacertfile holds the CA of its certificate"
        )

    def _connection(self, url: Url) -> Connection:
        from ldap3 import NONE, Connection, Server, Tls

        tls = Tls(
            validate=ssl.CERT_REQUIRED if self._config.checks_certificate else ssl.CERT_NONE,
            ca_certs_file=self._config.tls_cacertfile,
            sni=url.host,
        )
        server = Server(
            url.host, url.port, use_ssl=url.tls, tls=tls, get_info=NONE, connect_timeout=TIMEOUT_S
        )
        return Connection(
            server,
            receive_timeout=TIMEOUT_S,
            auto_bind="NONE",
            auto_referrals=False,
            check_names=False,
            raise_exceptions=True,
        )

    def _bind(self, connection: Connection) -> None:
        """Become who may search."""
        from ldap3 import ANONYMOUS, SIMPLE
        from ldap3.core.exceptions import LDAPOperationResult

        user, password = self._config.user, self._config.password
        with _ldap():
            try:
                if user is None or password is None:
                    connection.rebind(authentication=ANONYMOUS, read_server_info=False)
                else:
                    connection.rebind(user, password.encode(), SIMPLE, read_server_info=False)
            except LDAPOperationResult as error:
                raise DirectoryUnavailableError(
                    f"the directory does not let us search ({_reason(error)}): check user and its password "
                    "in the config file"
                ) from None

    def _takes(self, connection: Connection, dn: str, password: str) -> bool:
        """Say whether a password is right; the connection is then that user's."""
        from ldap3 import SIMPLE
        from ldap3.core import exceptions

        with _ldap():
            try:
                connection.rebind(dn, password.encode(), SIMPLE, read_server_info=False)
            except (
                exceptions.LDAPInvalidCredentialsResult,
                exceptions.LDAPInappropriateAuthenticationResult,
                exceptions.LDAPUnwillingToPerformResult,
                exceptions.LDAPConstraintViolationResult,
                exceptions.LDAPInsufficientAccessRightsResult,
                exceptions.LDAPNoSuchObjectResult,
            ):
                return False
        return True

    def _find(self, connection: Connection, name: str) -> _Entry | None:
        """Return the one user of that name; None where there is none, or several."""
        from ldap3.utils.conv import escape_filter_chars

        config = self._config
        where = (
            f"(&(objectClass={config.user_objectclass})"
            f"({config.user_id_attribute}={escape_filter_chars(name)}){config.user_filter})"
        )
        found = self._search(connection, config.user_tree_dn, where, config.user_id_attribute)
        return found[0] if len(found) == 1 else None

    def _account(self, connection: Connection, entry: _Entry, name: str) -> Account | None:
        """Return the account of an entry, by the name that it spells; None if nobody may have that name."""
        spelt = next((each for each in entry.names if each.casefold() == name.casefold()), entry.names[0])
        if not is_name(spelt):
            return None
        groups = self._groups(connection, entry, spelt)
        wanted = self._config.admin_group
        is_admin = wanted is not None and any(
            _folded(wanted) == _folded(group.dn) or wanted in group.names for group in groups
        )
        names = sorted({name for group in groups for name in group.names})
        return Account(spelt, "admin" if is_admin else "user", "ldap", tuple(names))

    def _groups(self, connection: Connection, entry: _Entry, name: str) -> list[_Entry]:
        from ldap3.utils.conv import escape_filter_chars

        config = self._config
        if config.group_tree_dn is None:
            return []
        member = escape_filter_chars(name if config.group_members_are_ids else entry.dn)
        where = f"(&(objectClass={config.group_objectclass})({config.group_member_attribute}={member}))"
        return self._search(connection, config.group_tree_dn, where, config.group_name_attribute)

    def _search(self, connection: Connection, base: str, where: str, attribute: str) -> list[_Entry]:
        """Return the entries that have `attribute`."""
        from ldap3 import LEVEL, SUBTREE
        from ldap3.core.exceptions import LDAPOperationResult

        scope = SUBTREE if self._config.query_scope == "sub" else LEVEL
        with _ldap():
            try:
                connection.search(base, where, scope, attributes=[attribute], time_limit=TIMEOUT_S)
            except LDAPOperationResult as error:
                raise DirectoryUnavailableError(
                    f"the directory does not search below {base!r} ({_reason(error)}): check the config "
                    "file, and what its user may read"
                ) from None
            found = [each for each in connection.response or () if each["type"] == "searchResEntry"]
            entries = [_Entry(each["dn"], _texts(each["raw_attributes"][attribute])) for each in found]
        return [entry for entry in entries if entry.names]


def read_directory(path: Path) -> Directory:
    """Return the directory that a config file describes. Raises InvalidConfigError."""
    if find_spec("ldap3") is None:
        raise InvalidConfigError(f"{path}: needs the Python package ldap3: pip install 'calipso[ldap]'")
    return Directory(read_config(path))


def _close(connection: Connection) -> None:
    with suppress(DirectoryUnavailableError), _ldap():
        connection.unbind()


@contextmanager
def _ldap() -> Iterator[None]:
    """Tell what ldap3 raises as a DirectoryUnavailableError; what is no LDAP makes it raise anything."""
    from ldap3.core.exceptions import LDAPException

    try:
        yield
    except (LDAPException, OSError) as error:
        raise DirectoryUnavailableError(_reason(error)) from None
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise DirectoryUnavailableError("what it answers is no LDAP") from error


def _texts(values: Sequence[bytes]) -> tuple[str, ...]:
    return tuple(value.decode("utf-8", "replace") for value in values)


def _folded(dn: str) -> str:
    return ",".join(part.strip() for part in dn.casefold().split(","))


def _reason(error: BaseException) -> str:
    """Return what went wrong, without the dump that ldap3 adds."""
    from ldap3.core.exceptions import LDAPOperationResult

    if isinstance(error, LDAPOperationResult):
        return ": ".join(filter(None, (error.description, error.message)))
    told: object = error
    while isinstance(told, BaseException | tuple | list):
        parts = told.args[-1:] if isinstance(told, BaseException) else told[:1]
        told = parts[0] if parts else type(error).__name__
    if "doesn't match any name" in str(told):
        return "its certificate is for another name"
    return str(told).removeprefix("('").removesuffix("',)")
