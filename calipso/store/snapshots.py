"""Snapshots: generations that bear a name, and are kept; and how a generation is called in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from .connected import Connected
from .encoding import moment
from .errors import NameTakenError, UnusableNameError, raises_store_errors
from .generations import Generation, Pointer, completed, find_generation, unknown_generation

LATEST = "latest"
"""What the newest generation is called."""

_LONGEST_NAME = 200
"""Characters."""


@raises_store_errors
class SnapshotStore(Connected):
    """Names of generations."""

    def find_state(self, environment: str, text: str) -> Generation:
        """Return the generation that `text` means: a number, `latest`, a snapshot's name, or a time.

        A time is in ISO 8601, in UTC unless it says otherwise, and means the newest generation that was
        published by then. Raises `UnknownEnvironmentError` or `UnknownGenerationError`, which tell what
        there is.
        """
        pointer = Pointer.read(self._collections, environment)
        number = at = None
        if text.isdecimal() and len(text) <= _LONGEST_NAME:
            number = int(text)
        elif text.lower() != LATEST and (at := _time(text)) is None:
            named = self._collections["generations"].find_one(_snapshot(environment, pointer, text))
            if named is None:
                raise unknown_generation(self._collections, environment, pointer, f"generation {text!r}")
            return Generation.of(named)
        return Generation.of(find_generation(self._collections, environment, number, pointer, at=at))

    def name_generation(self, environment: str, number: int, name: str) -> None:
        """Make a generation the snapshot `name`: it is kept until it has no name any more.

        Raises `UnusableNameError`, a ValueError, `NameTakenError`, and `UnknownEnvironmentError` or
        `UnknownGenerationError`, which tell what there is.
        """
        check_name(name)
        generations = self._collections["generations"]
        found = self._find(environment, number)
        try:
            changed = generations.update_one(
                {"_id": found["_id"], "dropped": None}, {"$addToSet": {"names": name}}
            )
        except DuplicateKeyError:
            raise NameTakenError(
                f"another generation of environment {environment!r} is the snapshot {name!r}: choose another "
                "name, or take that one off first"
            ) from None
        if not changed.matched_count:  # it was dropped just now
            pointer = Pointer.read(self._collections, environment)
            raise unknown_generation(self._collections, environment, pointer, f"generation {number}")

    def unname_generation(self, environment: str, name: str) -> None:
        """Take a snapshot's name off: a generation without names stays as long as its like.

        Raises `UnknownEnvironmentError` or `UnknownGenerationError`, which tell what there is.
        """
        pointer = Pointer.read(self._collections, environment)
        changed = self._collections["generations"].update_one(
            _snapshot(environment, pointer, name), {"$pull": {"names": name}}
        )
        if not changed.matched_count:
            raise unknown_generation(self._collections, environment, pointer, f"snapshot {name!r}")

    def _find(self, environment: str, number: int) -> dict[str, Any]:
        pointer = Pointer.read(self._collections, environment)
        return find_generation(self._collections, environment, number, pointer)


def _snapshot(environment: str, pointer: Pointer, name: str) -> dict[str, Any]:
    """Return the condition for the generation of that name, which may be no name at all."""
    return completed(environment, pointer) | {"names": {"$in": [] if _faults(name) else [name]}}


def check_name(name: str) -> None:
    """Raise `UnusableNameError` for what is no name for a snapshot."""
    if faults := _faults(name):
        raise UnusableNameError(f"{name!r} is no name for a snapshot: it {'; it '.join(faults)}")


def _faults(name: str) -> list[str]:
    faults = {
        "is empty": not name,
        f"is longer than {_LONGEST_NAME} characters": len(name) > _LONGEST_NAME,
        "has a character that cannot be printed": not name.isprintable(),
        "begins or ends with a space": name != name.strip(),
        "is a number, and so a generation's": name.isdecimal(),
        "is what the newest generation is called": name.lower() == LATEST,
        "is a time": _time(name) is not None,
    }
    return [fault for fault, is_so in faults.items() if is_so]


def _time(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
        return moment(at if at.tzinfo else at.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None
