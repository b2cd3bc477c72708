"""Which names users may have."""

from __future__ import annotations

from .errors import InvalidNameError

LONGEST = 200
"""Characters."""

_GROUP = "group:"
"""What rights call a group by; no user may be taken for one."""


def is_name(name: str) -> bool:
    """Say whether a user may have that name."""
    return (
        0 < len(name) <= LONGEST
        and name.isprintable()
        and name == name.strip()
        and not name.startswith(_GROUP)
    )


def check_name(name: str) -> None:
    """Raise InvalidNameError unless a user may have that name."""
    if not is_name(name):
        raise InvalidNameError(
            f"{name!r} is no name for a user: it takes 1 to {LONGEST} printable characters, no blank at "
            f"either end, and does not begin with {_GROUP}"
        )
