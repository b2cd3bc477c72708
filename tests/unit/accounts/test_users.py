"""Local users and tokens, as they are kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from pymongo import MongoClient

from calipso.model.account import Account
from calipso.store import (
    LastAdministratorError,
    Store,
    UnknownTokenError,
    UnknownUserError,
    UserExistsError,
)

NOW = datetime.now(UTC).replace(microsecond=0)
ANN = Account("ann", "user", "ldap", ("a", "b"))


def add(store: Store, *names: str, role: str = "user") -> None:
    """Add users."""
    for name in names:
        store.create_user(name, role="admin" if role == "admin" else "user", password_hash="hash", at=NOW)


def test_users_are_made_changed_and_removed(store: Store) -> None:
    add(store, "root", role="admin")
    add(store, "ann", "bo$s.x")
    with pytest.raises(UserExistsError, match="'ann' already"):
        add(store, "ann", role="admin")
    store.change_user("ann", role="admin", password_hash="other")
    store.change_user("bo$s.x", disabled=True)
    found = store.users()
    assert [(each.name, each.role, each.disabled, each.created_at) for each in found] == [
        ("ann", "admin", False, NOW),
        ("bo$s.x", "user", True, NOW),
        ("root", "admin", False, NOW),
    ]
    assert found[0].password_hash == "other"
    assert "other" not in repr(found)
    store.replace_password_hash("ann", "hash", "late")
    assert store.user("ann") == found[0]
    store.remove_user("ann")
    assert store.user("ann") is None
    for change in (lambda: store.remove_user("ann"), lambda: store.change_user("ann", disabled=True)):
        with pytest.raises(UnknownUserError, match="no local user 'ann'"):
            change()
    with pytest.raises(UnknownUserError):
        store.change_user("ann")


def test_the_last_administrator_stays(store: Store) -> None:
    add(store, "root", "boss", role="admin")
    add(store, "ann")
    store.change_user("boss", disabled=True)
    for change in (
        lambda: store.remove_user("root"),
        lambda: store.change_user("root", role="user"),
        lambda: store.change_user("root", disabled=True, role="admin"),
    ):
        with pytest.raises(LastAdministratorError, match="'root' is the last"):
            change()
    store.change_user("root", role="admin", password_hash="other", disabled=False)
    store.remove_user("boss")
    store.change_user("ann", role="admin")
    store.remove_user("root")


def test_the_last_administrator_stays_whoever_changes_at_the_same_time(store: Store) -> None:
    names = [f"root {number}" for number in range(12)]
    add(store, *names, role="admin")

    def change(number: int) -> None:
        name = names[number]
        try:
            match number % 3:
                case 0:
                    store.remove_user(name)
                case 1:
                    store.change_user(name, role="user")
                case _:
                    store.change_user(name, disabled=True)
        except LastAdministratorError:
            pass

    with ThreadPoolExecutor(len(names)) as threads:
        list(threads.map(change, range(len(names))))
    assert [each.role for each in store.users() if not each.disabled].count("admin") == 1


def test_of_many_who_add_a_user_one_does(store: Store) -> None:
    def added(_number: int) -> bool:
        try:
            add(store, "ann")
        except UserExistsError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(added, range(8))) == 1


def test_a_token_counts_until_it_expires(store: Store, mongo_uri: str) -> None:
    until = NOW + timedelta(hours=1)
    secret = store.issue_token(ANN, label="a scraper", at=NOW, expires_at=until)
    found = store.token(secret, at=until - timedelta(milliseconds=1))
    assert found
    held, user = found
    assert user is None
    assert (held.account, held.user_id, held.label) == (ANN, None, "a scraper")
    assert (held.issued_at, held.expires_at) == (NOW, until)
    assert store.token(secret, at=until) is None
    assert store.tokens("ann", at=NOW) == [held]
    assert store.tokens("ann", at=until) == []
    for nonsense in ("", secret[:-1], "\ud800", held.id, "x" * 100_000):
        assert store.token(nonsense, at=NOW) is None
    with MongoClient(mongo_uri) as client:
        collection = client.get_default_database()["tokens"]
        assert secret not in str(list(collection.find()))
        assert collection.index_information()["expires_at_1"]["expireAfterSeconds"] == 0


def test_tokens_are_revoked_one_by_one_or_all(store: Store) -> None:
    until = NOW + timedelta(hours=1)
    secrets = [store.issue_token(ANN, at=NOW, expires_at=until) for _number in range(3)]
    other = store.issue_token(Account("bob", "user", "ldap"), at=NOW, expires_at=until)
    assert len(set(secrets)) == 3
    assert all(len(secret) >= 43 for secret in secrets)
    first = next(held for held in store.tokens("ann", at=NOW))
    [secret] = [each for each in secrets if (found := store.token(each, at=NOW)) and found[0] == first]
    secrets.remove(secret)
    with pytest.raises(UnknownTokenError):
        store.revoke_token("bob", first.id)
    store.revoke_token("ann", first.id)
    assert store.token(secret, at=NOW) is None
    assert all(store.token(each, at=NOW) for each in secrets)
    assert store.revoke_tokens("ann") == 2
    assert store.tokens("ann", at=NOW) == []
    assert store.token(other, at=NOW)
    with pytest.raises(UnknownTokenError, match="no token"):
        store.revoke_token("ann", first.id)


def test_users_are_those_of_all_inventories(store: Store, mongo_uri: str) -> None:
    add(store, "ann")
    with Store.open(mongo_uri, "lab") as lab:
        assert lab.user("ann") == store.user("ann")
    with pytest.raises(ValueError, match="is taken"):
        Store.open(mongo_uri, "users")
