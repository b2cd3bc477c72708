"""Why somebody is not let in. No text tells a password, a token, or whether there is a user of some name."""

from __future__ import annotations

from datetime import timedelta


class AccountError(Exception):
    """Something that has to do with accounts is refused; the text says why, and what to do where it can."""


class LoginRefusedError(AccountError):
    """The password is not that of the user, or there is no such user, or not any more."""

    def __init__(self) -> None:
        super().__init__("the user name or the password is wrong")


class TooManyAttemptsError(AccountError):
    """There were too many failures of late; after `retry_after` seconds there may be another attempt."""

    def __init__(self, wait: timedelta) -> None:
        self.retry_after = int(wait.total_seconds())
        super().__init__(f"too many attempts to log in failed: try again in {self.retry_after} seconds")


class TokenRefusedError(AccountError):
    """The token is none, has expired or was revoked; or its user is gone, or disabled."""

    def __init__(self) -> None:
        super().__init__("the token is not valid, or not any more: log in again")


class DirectoryUnavailableError(AccountError):
    """The directory cannot be asked; the text says why and what to check. Local users still log in."""


class PasswordRefusedError(AccountError, ValueError):
    """Nobody may have such a password; the text says why."""


class InvalidLifetimeError(AccountError, ValueError):
    """No token may last so long; the text says how long it may."""


class InvalidNameError(AccountError, ValueError):
    """No user may have such a name; the text says why."""
