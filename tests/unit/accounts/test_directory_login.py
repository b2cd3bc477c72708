"""Logging in with a directory beside the local users."""

from __future__ import annotations

from pathlib import Path

import pytest
from account_samples import HERE, HOUR, PASSWORD, Clock, Configure, with_users
from ldap_server import Slapd

from calipso.accounts import Accounts, DirectoryUnavailableError, LoginRefusedError, TokenRefusedError
from calipso.model.account import Account
from calipso.store import Store


@pytest.fixture
def both(store: Store, clock: Clock, configured: Configure) -> Accounts:
    """The directory, and users: root; and an ann, who is not that of the directory."""
    return with_users(Accounts(store, directory=configured(), token_lifetime=HOUR, clock=clock))


def test_names_that_are_not_local_are_the_directorys(both: Accounts) -> None:
    login = both.log_in("BOB", "bob's password", address=HERE)
    assert login.account == Account("bob", "user", "ldap", ("admins", "ops"))
    assert both.account(login.token) == login.account
    both.log_out(login.token)
    for name in ("bob", "nobody", "twin", "*"):
        with pytest.raises(LoginRefusedError):
            both.log_in(name, "wrong", address=HERE)


@pytest.mark.parametrize("name", ["ann", "ANN"])
def test_a_local_name_is_nobody_elses(both: Accounts, name: str) -> None:
    with pytest.raises(LoginRefusedError):
        both.log_in(name, "ann's password", address=HERE)


def test_a_disabled_local_name_is_nobody_elses_either(both: Accounts) -> None:
    both.change_user("ann", disabled=True)
    with pytest.raises(LoginRefusedError):
        both.log_in("ann", "ann's password", address=HERE)


def test_who_becomes_local_has_no_tokens_of_the_directory(both: Accounts) -> None:
    held = both.log_in("bob", "bob's password", address=HERE).token
    both.add_user("bob", PASSWORD, role="user")
    with pytest.raises(TokenRefusedError):
        both.account(held)


def test_tokens_of_a_directory_count_only_beside_it(both: Accounts, store: Store) -> None:
    held = both.log_in("bob", "bob's password", address=HERE).token
    with pytest.raises(TokenRefusedError):
        Accounts(store).account(held)


def test_renewing_asks_the_directory_again(
    both: Accounts, store: Store, clock: Clock, configured: Configure
) -> None:
    held = both.log_in("bob", "bob's password", address=HERE).token
    promoted = Accounts(store, directory=configured(admin_group="ops"), clock=clock)
    assert promoted.account(held).role == "user"
    assert promoted.renew(held).account.role == "admin"
    gone = Accounts(store, directory=configured(user_filter="(!(uid=bob))"), clock=clock)
    with pytest.raises(TokenRefusedError):
        gone.renew(held)


def test_local_users_log_in_while_the_directory_is_down(
    store: Store, configured: Configure, tmp_path: Path
) -> None:
    server = Slapd(tmp_path / "down")
    directory = configured(url=server.tls_url, tls_cacertfile=str(server.ca))
    both = with_users(Accounts(store, directory=directory, token_lifetime=HOUR))
    server.start()
    try:
        held = both.log_in("bob", "bob's password", address=HERE).token
    finally:
        server.stop()
    for _time in range(10):
        with pytest.raises(DirectoryUnavailableError, match="refused"):
            both.log_in("bob", "bob's password", address=HERE)
    assert both.log_in("root", PASSWORD, address=HERE).account == Account("root", "admin", "local")
    assert both.account(held).name == "bob"
    with pytest.raises(DirectoryUnavailableError):
        both.renew(held)
    server.start()
    try:
        assert both.log_in("bob", "bob's password", address=HERE).account.name == "bob"
    finally:
        server.stop()
