"""The config file of a directory: where it is, and where in it the users and groups are."""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from ..model.keyvalue import ConfigFile

PASSWORD_VARIABLE = "CALIPSO_LDAP_PASSWORD"  # noqa: S105 - the name of a variable

KEYS = (
    "url",
    "user",
    "password",
    "password_file",
    "user_tree_dn",
    "query_scope",
    "user_objectclass",
    "user_id_attribute",
    "user_filter",
    "group_tree_dn",
    "group_objectclass",
    "group_member_attribute",
    "group_members_are_ids",
    "group_name_attribute",
    "admin_group",
    "tls_cacertfile",
    "tls_req_cert",
)

SCOPES = ("sub", "one")
CERTIFICATE_CHECKS = ("demand", "allow", "never")

_PORTS = {"ldap": 389, "ldaps": 636}
_WORD = re.compile(r"[A-Za-z0-9.-]+")


@dataclass(frozen=True, slots=True)
class Url:
    """One server of a directory. `tls`: from the first byte on; else StartTLS comes first."""

    host: str
    port: int
    tls: bool

    def __str__(self) -> str:
        """Return it as in the config file."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'ldaps' if self.tls else 'ldap'}://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class DirectoryConfig:
    """What a directory's config file says, by the names that Keystone's LDAP options have.

    `user` and `password` are None where the directory lets anybody search. There are no groups without
    `group_tree_dn`. `checks_certificate` is False for a `tls_req_cert` of allow or never: the connection is
    encrypted, but whose server is at the other end is not known.
    """

    urls: tuple[Url, ...]
    user: str | None
    password: str | None = field(repr=False)
    user_tree_dn: str
    query_scope: str
    user_objectclass: str
    user_id_attribute: str
    user_filter: str
    group_tree_dn: str | None
    group_objectclass: str
    group_member_attribute: str
    group_members_are_ids: bool
    group_name_attribute: str
    admin_group: str | None
    tls_cacertfile: str | None
    checks_certificate: bool


def read_config(path: Path) -> DirectoryConfig:
    """Read a config file. Raises InvalidConfigError with all faults, file and line."""
    file = ConfigFile(path)
    file.refuse_others(KEYS)
    user = _dn(file, "user")
    group_tree_dn = _dn(file, "group_tree_dn")
    if "admin_group" in file and group_tree_dn is None:
        file.fault("admin_group", "is of no use without group_tree_dn")
    file.take_required("user_tree_dn", "the distinguished name below which the users are")
    config = DirectoryConfig(
        urls=_urls(file),
        user=user,
        password=_password(file, user),
        user_tree_dn=_dn(file, "user_tree_dn") or "",
        query_scope=file.take_choice("query_scope", SCOPES, "sub"),
        user_objectclass=_word(file, "user_objectclass", "inetOrgPerson"),
        user_id_attribute=_word(file, "user_id_attribute", "uid"),
        user_filter=_checked(file, "user_filter", _is_filter, "must be an LDAP filter: (attribute=value)")
        or "",
        group_tree_dn=group_tree_dn,
        group_objectclass=_word(file, "group_objectclass", "groupOfNames"),
        group_member_attribute=_word(file, "group_member_attribute", "member"),
        group_members_are_ids=file.take_choice("group_members_are_ids", ("true", "false"), "false") == "true",
        group_name_attribute=_word(file, "group_name_attribute", "cn"),
        admin_group=file.take("admin_group"),
        tls_cacertfile=_checked(
            file, "tls_cacertfile", _is_ca_file, "must be a readable file of CA certificates (PEM)"
        ),
        checks_certificate=file.take_choice("tls_req_cert", CERTIFICATE_CHECKS, "demand") == "demand",
    )
    file.finish()
    return config


def _urls(file: ConfigFile) -> tuple[Url, ...]:
    value = file.take_required(
        "url", "ldaps://HOST, or ldap://HOST for StartTLS; several with commas between"
    )
    found = [_url(text) for text in re.split(r"[ ,]+", value)] if value else []
    if None in found:
        file.fault("url", "must be ldaps://HOST or ldap://HOST, with :PORT where it is another")
    return tuple(url for url in found if url)


def _url(text: str) -> Url | None:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    scheme, host = parts.scheme, parts.hostname
    if (
        scheme not in _PORTS
        or not host
        or "@" in parts.netloc
        or parts.path.strip("/")
        or parts.query
        or parts.fragment
    ):
        return None
    return Url(host, port or _PORTS[scheme], scheme == "ldaps")


def _password(file: ConfigFile, user: str | None) -> str | None:
    password = file.take("password")
    if user is None:
        for key in ("password", "password_file"):
            if key in file:
                file.fault(key, "is of no use without user")
        return None
    if password is not None and "password_file" in file:
        file.fault("password_file", "and password are both there: one of them is enough")
    if path := file.take("password_file"):
        try:
            password = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, ValueError):
            file.fault("password_file", "must be a readable file")
            return None
    password = password or os.environ.get(PASSWORD_VARIABLE)
    if not password:
        file.fault("user", f"needs a password: password, password_file, or ${PASSWORD_VARIABLE}")
    return password


def _word(file: ConfigFile, key: str, default: str) -> str:
    return _checked(file, key, _WORD.fullmatch, "must be a name of letters, digits and hyphens") or default


def _dn(file: ConfigFile, key: str) -> str | None:
    return _checked(file, key, _is_dn, "must be a distinguished name, such as ou=people,dc=example,dc=org")


def _checked(file: ConfigFile, key: str, check: Callable[[str], object], expected: str) -> str | None:
    value = file.take(key)
    if value is not None and not check(value):
        file.fault(key, expected)
    return value


def _is_dn(text: str) -> bool:
    from ldap3.core.exceptions import LDAPInvalidDnError
    from ldap3.utils.dn import parse_dn

    try:
        return bool(parse_dn(text))
    except LDAPInvalidDnError:
        return False


def _is_filter(text: str) -> bool:
    from ldap3.core.exceptions import LDAPExceptionError
    from ldap3.operation.search import parse_filter

    try:
        parse_filter(text, None, False, False, None, False)  # type: ignore[no-untyped-call]
    except LDAPExceptionError:
        return False
    return text.startswith("(")


def _is_ca_file(path: str) -> bool:
    try:
        context = ssl.create_default_context(cafile=path)
    except (OSError, ValueError):
        return False
    return bool(context.cert_store_stats()["x509_ca"])
