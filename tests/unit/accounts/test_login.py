"""Logging in: who is asked for which name, what a token is worth and until when."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from account_samples import HERE, HOUR, NOW, PASSWORD, Clock
from argon2 import PasswordHasher
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calipso.accounts import (
    Accounts,
    LoginRefusedError,
    PasswordRefusedError,
    TokenRefusedError,
    TooManyAttemptsError,
)
from calipso.model.account import Account
from calipso.store import Store, UnknownUserError


def token(accounts: Accounts, name: str = "ann", password: str = PASSWORD + " of ann") -> str:
    """Log in."""
    return accounts.log_in(name, password, address=HERE).token


def test_who_shows_the_password_gets_a_token(accounts: Accounts, clock: Clock) -> None:
    login = accounts.log_in("ann", PASSWORD + " of ann", address=HERE)
    assert (login.account, login.issued_at, login.expires_at) == (
        Account("ann", "user", "local"),
        NOW,
        NOW + HOUR,
    )
    assert accounts.account(login.token) == login.account
    clock.now = NOW + HOUR - timedelta(seconds=1)
    assert accounts.account(login.token) == login.account
    clock.now = NOW + HOUR
    with pytest.raises(TokenRefusedError):
        accounts.account(login.token)


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("ann", PASSWORD),
        ("ann", ""),
        ("ann", "x" * 1025),
        ("bob", PASSWORD),
        ("Ann", PASSWORD + " of ann"),
        ("", PASSWORD),
        ("ann\0", PASSWORD),
        ("$ne", PASSWORD),
    ],
)
def test_all_others_are_told_the_same(accounts: Accounts, name: str, password: str) -> None:
    with pytest.raises(LoginRefusedError, match=r"^the user name or the password is wrong$"):
        accounts.log_in(name, password, address=HERE)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(st.characters(), max_size=300), password=st.text(st.characters()), address=st.text())
def test_any_name_and_password_are_refused(
    accounts: Accounts, name: str, password: str, address: str
) -> None:
    with pytest.raises((LoginRefusedError, TooManyAttemptsError)):
        accounts.log_in(name, password, address=address)
    with pytest.raises(TokenRefusedError):
        accounts.account(name)


def test_failures_are_limited_and_success_forgets_them(accounts: Accounts, clock: Clock) -> None:
    for _time in range(2):
        for _failure in range(4):
            with pytest.raises(LoginRefusedError):
                token(accounts, password="wrong")
        token(accounts)
    for _failure in range(5):
        with pytest.raises(LoginRefusedError):
            token(accounts, password="wrong")
    clock.now += timedelta(minutes=5)
    with pytest.raises(TooManyAttemptsError, match="try again in 600 seconds") as caught:
        token(accounts)
    assert caught.value.retry_after == 600
    accounts.log_in("ann", PASSWORD + " of ann", address="192.0.2.2")
    clock.now += timedelta(minutes=10)
    token(accounts)


def test_no_more_passwords_than_allowed_are_tried_at_the_same_time(accounts: Accounts) -> None:
    def tried(number: int) -> type[Exception]:
        with pytest.raises((LoginRefusedError, TooManyAttemptsError)) as caught:
            token(accounts, password=f"guess {number}")
        return caught.type

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(tried, range(24)))
    assert outcomes.count(LoginRefusedError) == 5


def test_renewing_leaves_the_old_token_as_it_is(accounts: Accounts, clock: Clock) -> None:
    old = token(accounts)
    clock.now += HOUR / 2
    new = accounts.renew(old)
    assert new.expires_at == clock.now + HOUR
    assert new.token != old
    assert accounts.account(old) == accounts.account(new.token) == new.account
    clock.now = NOW + HOUR
    assert accounts.account(new.token) == new.account
    for refused in (accounts.renew, accounts.account, accounts.log_out):
        with pytest.raises(TokenRefusedError):
            refused(old)


def test_logging_out_ends_one_token(accounts: Accounts) -> None:
    one, other = token(accounts), token(accounts)
    accounts.log_out(one)
    accounts.account(other)
    for refused in (accounts.renew, accounts.account, accounts.log_out):
        with pytest.raises(TokenRefusedError):
            refused(one)


def test_a_change_counts_at_once(accounts: Accounts, store: Store) -> None:
    held = token(accounts)
    accounts.change_user("ann", role="admin", password="another password")
    assert accounts.account(held).role == "admin"
    with pytest.raises(LoginRefusedError):
        token(accounts)
    accounts.change_user("ann", disabled=True)
    for refused in (accounts.renew, accounts.account, accounts.log_out):
        with pytest.raises(TokenRefusedError):
            refused(held)
    with pytest.raises(LoginRefusedError):
        token(accounts, password="another password")
    with pytest.raises(UnknownUserError):
        accounts.issue("ann", lifetime=HOUR)
    accounts.change_user("ann", disabled=False)
    held = token(accounts, password="another password")
    store.remove_user("ann")
    accounts.add_user("ann", PASSWORD, role="admin")
    with pytest.raises(TokenRefusedError):
        accounts.account(held)


def test_a_token_is_of_the_user_who_had_the_name_then(accounts: Accounts, store: Store) -> None:
    before = store.user("ann")
    assert before
    store.remove_user("ann")
    stray = store.issue_token(
        Account("ann", "user", "local"), user_id=before.id, at=NOW, expires_at=NOW + HOUR
    )
    accounts.add_user("ann", PASSWORD, role="admin")
    with pytest.raises(TokenRefusedError):
        accounts.account(stray)


def test_programs_get_tokens_of_their_own(accounts: Accounts, store: Store, clock: Clock) -> None:
    login = accounts.issue("ann", lifetime=timedelta(days=30), label="awx")
    clock.now += timedelta(days=29)
    assert accounts.account(login.token).name == "ann"
    assert [each.label for each in store.tokens("ann", at=clock.now)] == ["awx"]
    for lifetime in (timedelta(0), timedelta(days=4000)):
        with pytest.raises(ValueError, match="a token lasts"):
            accounts.issue("ann", lifetime=lifetime)


def test_weak_passwords_are_not_taken(accounts: Accounts) -> None:
    with pytest.raises(PasswordRefusedError, match="too short"):
        accounts.add_user("bob", "short", role="user")
    with pytest.raises(PasswordRefusedError, match="too short"):
        accounts.change_user("ann", password="short")


def test_old_hashes_are_made_anew(accounts: Accounts, store: Store) -> None:
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    store.create_user("old", role="user", password_hash=cheap.hash(PASSWORD), at=NOW)
    accounts.log_in("old", PASSWORD, address=HERE)
    user = store.user("old")
    assert user
    assert not PasswordHasher().check_needs_rehash(user.password_hash)
    accounts.log_in("old", PASSWORD, address=HERE)
