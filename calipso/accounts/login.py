"""Logging in: by a local password or the directory's, and from then on by a token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ..model.account import Account, Role
from ..store import Store, Token, UnknownUserError, User
from .errors import InvalidLifetimeError, LoginRefusedError, TokenRefusedError, TooManyAttemptsError
from .names import check_name, is_name
from .passwords import LONGEST, Passwords, check_password

if TYPE_CHECKING:
    from .directory import Directory

TOKEN_LIFETIME = timedelta(hours=24)
LONGEST_LIFETIME = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Login:
    """A token, whose it is, and from when until when it counts."""

    token: str
    account: Account
    issued_at: datetime
    expires_at: datetime


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


class Accounts:
    """Local users, those of a directory where there is one, and the tokens of both.

    A name that a local user has is that user's alone: the directory is not asked for it. It may be shared
    by threads. Raises InvalidLifetimeError.
    """

    def __init__(
        self,
        store: Store,
        *,
        directory: Directory | None = None,
        token_lifetime: timedelta = TOKEN_LIFETIME,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._store = store
        self._directory = directory
        self._lifetime = _checked(token_lifetime)
        self._clock = clock
        self._passwords = Passwords()

    def log_in(self, name: str, password: str, *, address: str) -> Login:
        """Return a new token for who shows a right password; `address` is where they are.

        Raises LoginRefusedError, TooManyAttemptsError and DirectoryUnavailableError.
        """
        attempt = self._store.begin_attempt(name, address, at=self._clock())
        if isinstance(attempt, timedelta):
            raise TooManyAttemptsError(attempt)
        try:
            account, user = self._authenticate(name, password)
        except LoginRefusedError:
            raise
        except BaseException:
            self._store.attempt_withdrawn(attempt)
            raise
        self._store.attempt_succeeded(attempt)
        return self._issue(account, user, self._lifetime)

    def renew(self, token: str) -> Login:
        """Return a new token with a whole lifetime; the old one stays until it ends or is revoked.

        A user of the directory must still be there, and has the role and groups of now. Raises
        TokenRefusedError and DirectoryUnavailableError.
        """
        found, user = self._valid(token)
        account = found.account
        if user is None:
            current = self._directory.look_up(account.name) if self._directory else None
            if current is None or current.name != account.name:
                raise TokenRefusedError
            account = current
        return self._issue(account, user, self._lifetime)

    def log_out(self, token: str) -> None:
        """Revoke a token. Raises TokenRefusedError."""
        found, _user = self._valid(token)
        self._store.revoke_token(found.account.name, found.id)

    def account(self, token: str) -> Account:
        """Return whose token it is: a local user with the role of now, another one as at login.

        Raises TokenRefusedError.
        """
        return self._valid(token)[0].account

    def issue(self, name: str, *, lifetime: timedelta, label: str | None = None) -> Login:
        """Return a new token of a local user, for a program.

        Raises UnknownUserError and InvalidLifetimeError.
        """
        user = self._store.user(name)
        if user is None or user.disabled:
            raise UnknownUserError(f"there is no local user {name!r} who is not disabled")
        return self._issue(_account(user), user, _checked(lifetime), label)

    def add_user(self, name: str, password: str, *, role: Role) -> None:
        """Add a local user. Raises InvalidNameError, PasswordRefusedError and UserExistsError."""
        check_name(name)
        check_password(password)
        self._store.create_user(
            name, role=role, password_hash=self._passwords.hash(password), at=self._clock()
        )

    def change_user(
        self,
        name: str,
        *,
        role: Role | None = None,
        password: str | None = None,
        disabled: bool | None = None,
    ) -> None:
        """Change what is given; a user who is disabled is logged out everywhere.

        Raises PasswordRefusedError, UnknownUserError and LastAdministratorError.
        """
        if password is not None:
            check_password(password)
        hashed = None if password is None else self._passwords.hash(password)
        self._store.change_user(name, role=role, password_hash=hashed, disabled=disabled)

    def _authenticate(self, name: str, password: str) -> tuple[Account, User | None]:
        if not is_name(name) or not 0 < len(password) <= LONGEST:
            raise LoginRefusedError
        user = self._store.user(name)
        if user is None and self._directory is not None:
            account = self._directory.authenticate(name, password)
            if account is None or self._store.user(account.name) is not None:
                raise LoginRefusedError
            return account, None
        matches = self._passwords.matches(user.password_hash if user else None, password)
        if user is None or user.disabled or not matches:
            raise LoginRefusedError
        if self._passwords.is_outdated(user.password_hash):
            hashed = self._passwords.hash(password)
            self._store.replace_password_hash(name, user.password_hash, hashed)
        return _account(user), user

    def _issue(
        self, account: Account, user: User | None, lifetime: timedelta, label: str | None = None
    ) -> Login:
        at = self._clock()
        expires_at = at + lifetime
        secret = self._store.issue_token(
            account, user_id=user.id if user else None, label=label, at=at, expires_at=expires_at
        )
        return Login(secret, account, at, expires_at)

    def _valid(self, secret: str) -> tuple[Token, User | None]:
        """Return a token, and the local user whose it is; None for one of the directory's."""
        found = self._store.token(secret, at=self._clock())
        if found is None:
            raise TokenRefusedError
        token, user = found
        if token.user_id is None:
            if user is not None or self._directory is None:
                raise TokenRefusedError
            return token, None
        if user is None or user.id != token.user_id or user.disabled:
            raise TokenRefusedError
        return replace(token, account=_account(user)), user


def _account(user: User) -> Account:
    return Account(user.name, user.role, "local")


def _checked(lifetime: timedelta) -> timedelta:
    if not timedelta(0) < lifetime <= LONGEST_LIFETIME:
        raise InvalidLifetimeError(
            f"a token lasts up to {LONGEST_LIFETIME.days} days, and longer than nothing"
        )
    return lifetime
