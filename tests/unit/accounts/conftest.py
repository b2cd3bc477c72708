"""A directory of the tests' own, and accounts."""

from __future__ import annotations

from pathlib import Path

import pytest
from account_samples import HOUR, Clock, Configure, with_users
from ldap_server import GROUPS, PEOPLE, SEARCHER, SEARCHERS_PASSWORD, Slapd

from calipso.accounts import Accounts, Directory, read_directory
from calipso.store import Store


@pytest.fixture
def configured(slapd: Slapd, tmp_path: Path) -> Configure:
    """Return a function that reads a config file of that directory, with some values changed or left out."""

    def configure(**changes: str | None) -> Directory:
        values = {
            "url": slapd.tls_url,
            "user": SEARCHER,
            "password": SEARCHERS_PASSWORD,
            "user_tree_dn": PEOPLE,
            "group_tree_dn": GROUPS,
            "admin_group": f"CN=admins, {GROUPS}",
            "tls_cacertfile": str(slapd.ca),
        } | changes
        path = tmp_path / "ldap.conf"
        path.write_text("".join(f"{key} {value}\n" for key, value in values.items() if value is not None))
        return read_directory(path)

    return configure


@pytest.fixture
def clock() -> Clock:
    """A clock."""
    return Clock()


@pytest.fixture
def accounts(store: Store, clock: Clock) -> Accounts:
    """Accounts without directory: root, an administrator, and ann."""
    return with_users(Accounts(store, token_lifetime=HOUR, clock=clock))
