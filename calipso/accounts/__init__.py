"""Accounts: who may do what, by a password here or in a directory, and then by a token."""

from .directory import Directory, read_directory
from .errors import (
    AccountError,
    DirectoryUnavailableError,
    InvalidLifetimeError,
    InvalidNameError,
    LoginRefusedError,
    PasswordRefusedError,
    TokenRefusedError,
    TooManyAttemptsError,
)
from .login import Accounts, Login

__all__ = [
    "AccountError",
    "Accounts",
    "Directory",
    "DirectoryUnavailableError",
    "InvalidLifetimeError",
    "InvalidNameError",
    "Login",
    "LoginRefusedError",
    "PasswordRefusedError",
    "TokenRefusedError",
    "TooManyAttemptsError",
    "read_directory",
]
