"""Who runs this process, for the record of what was changed."""

from __future__ import annotations

import getpass
import os


def caller() -> str:
    """Return the operating system's name for the user, or else the number."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"uid {os.getuid()}"
