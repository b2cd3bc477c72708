"""Passwords: which are taken, how they are kept, and that checking tells nothing by its time."""

from __future__ import annotations

import time
from statistics import median

import pytest
from argon2 import PasswordHasher
from hypothesis import given, settings
from hypothesis import strategies as st

from calipso.accounts import InvalidNameError, PasswordRefusedError
from calipso.accounts.names import check_name
from calipso.accounts.passwords import Passwords, check_password

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def passwords() -> Passwords:
    """What hashes and checks."""
    return Passwords()


@pytest.mark.parametrize(
    ("password", "fault"), [("", "empty"), ("x" * 11, "too short"), ("x" * 1025, "too long")]
)
def test_bad_ones_are_refused(password: str, fault: str) -> None:
    with pytest.raises(PasswordRefusedError, match=fault):
        check_password(password)


def test_good_ones_are_taken() -> None:
    check_password("x" * 12)
    check_password("ü" * 1024)


def test_a_hash_is_that_of_one_password(passwords: Passwords) -> None:
    hashed = passwords.hash(PASSWORD)
    assert hashed.startswith("$argon2id$")
    assert hashed != passwords.hash(PASSWORD)
    assert passwords.matches(hashed, PASSWORD)
    assert not passwords.matches(hashed, PASSWORD + " ")
    assert not passwords.matches(None, PASSWORD)
    assert not passwords.matches(None, "nobody has this password")
    assert not passwords.matches("no hash", PASSWORD)


def test_it_does_not_matter_how_a_character_is_typed(passwords: Passwords) -> None:
    assert passwords.matches(passwords.hash("caf\u00e9 au lait !"), "cafe\u0301 au lait !")


@settings(max_examples=20)
@given(password=st.text(st.characters(), max_size=60))
def test_any_text_is_checked(password: str) -> None:
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    assert Passwords().matches(cheap, password) == (password == PASSWORD)


def test_hashes_of_other_parameters_are_outdated(passwords: Passwords) -> None:
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    assert passwords.is_outdated(cheap)
    assert not passwords.is_outdated(passwords.hash(PASSWORD))


def test_nobodys_password_takes_as_long_to_check(passwords: Passwords) -> None:
    hashed = passwords.hash(PASSWORD)

    def took(password_hash: str | None) -> float:
        began = time.perf_counter()
        passwords.matches(password_hash, "wrong password")
        return time.perf_counter() - began

    pairs = [(took(hashed), took(None)) for _round in range(15)]
    known, unknown = (median(times) for times in zip(*pairs, strict=True))
    assert 0.5 < known / unknown < 2


@pytest.mark.parametrize(
    "name", ["", " ann", "ann ", "a\nb", "a\0", "\ud800", "a\u202eb", "x" * 201, "group:ops"]
)
def test_some_names_nobody_may_have(name: str) -> None:
    with pytest.raises(InvalidNameError):
        check_name(name)


def test_other_names_anybody_may_have() -> None:
    for name in ("ann", "Ann Example", "ann@example.org", "групп", "a.b$c", "x" * 200):
        check_name(name)
