"""Passwords: which ones are taken, and how they are hashed (Argon2id) and checked."""

from __future__ import annotations

import unicodedata
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from .errors import PasswordRefusedError

SHORTEST = 12
LONGEST = 1024
"""Characters."""

_AT_ONCE = 4
"""Hashes that a process makes at the same time: each takes 64 MiB, and several processors."""


def check_password(password: str) -> None:
    """Raise PasswordRefusedError unless `password` is good enough to be somebody's."""
    if not password:
        raise PasswordRefusedError("the password is empty")
    if len(password) < SHORTEST:
        raise PasswordRefusedError(f"the password is too short: it needs {SHORTEST} characters at least")
    if len(password) > LONGEST:
        raise PasswordRefusedError(f"the password is too long: it may have {LONGEST} characters")


class Passwords:
    """Hashes passwords and checks them, in the same time whether or not there is a user."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._room = BoundedSemaphore(_AT_ONCE)
        self._nobodys = self.hash("nobody has this password")

    def hash(self, password: str) -> str:
        """Return the hash of `password`."""
        with self._room:
            return self._hasher.hash(_bytes(password))

    def matches(self, password_hash: str | None, password: str) -> bool:
        """Say whether `password_hash` is that of `password`; None is the hash of nobody's password."""
        with self._room:
            try:
                self._hasher.verify(password_hash or self._nobodys, _bytes(password))
            except (VerificationError, InvalidHashError):
                return False
        return password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Say whether the password should be hashed anew: hashing has become harder since."""
        return self._hasher.check_needs_rehash(password_hash)


def _bytes(password: str) -> bytes:
    """Return what is hashed: the same for characters that look the same, however they were typed."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
