"""What tests of accounts have in common."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from calipso.accounts import Accounts, Directory

Configure = Callable[..., Directory]

NOW = datetime.now(UTC).replace(microsecond=0)
HERE = "192.0.2.1"
PASSWORD = "correct horse battery"
HOUR = timedelta(hours=1)


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now


def with_users(accounts: Accounts) -> Accounts:
    """Add root, an administrator, and ann."""
    accounts.add_user("root", PASSWORD, role="admin")
    accounts.add_user("ann", PASSWORD + " of ann", role="user")
    return accounts
