"""Config files of one `key value` pair a line: read, checked whole, every fault told with its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_BLANKS = re.compile(r"[ \t]+")


class InvalidConfigError(ValueError):
    """A config file that cannot be used; its text has a line for each fault: file, line, what is expected."""


@dataclass(frozen=True, slots=True)
class _Entry:
    line: int
    value: str


class ConfigFile:
    """What a config file says. Values are taken one by one; `finish` raises whatever was wrong.

    A line is a key, blanks, and a value that reaches to the end of the line: `#` is part of it, as
    passwords have it. Empty lines, and those that begin with `#`, say nothing. Keys are case-sensitive.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._faults: list[str] = []
        self._entries = self._read()

    def __contains__(self, key: str) -> bool:
        """Say whether there is a value of that key that was not taken yet."""
        return key in self._entries

    def take(self, key: str) -> str | None:
        """Return the value of `key`; None where there is none."""
        entry = self._entries.get(key)
        return None if entry is None else entry.value

    def take_required(self, key: str, meaning: str) -> str:
        """Return the value of `key`; it is a fault, which says what it means, if there is none."""
        value = self.take(key)
        if value is None:
            self.fault(key, f"is missing: {meaning}")
        return value or ""

    def take_choice(self, key: str, choices: Sequence[str], default: str) -> str:
        """Return the value of `key`, which is one of `choices`."""
        value = self.take(key)
        if value is not None and value not in choices:
            self.fault(key, f"must be {' or '.join(choices)}")
        return default if value is None else value

    def fault(self, key: str, expected: str) -> None:
        """Note that there is something wrong with the value of `key`, or with its absence."""
        entry = self._entries.get(key)
        place = f"{self._path}:{entry.line}" if entry else str(self._path)
        self._faults.append(f"{place}: {key} {expected}")

    def others(self, known: Sequence[str]) -> dict[str, str]:
        """Return the values of the keys that are not `known`."""
        return {key: entry.value for key, entry in self._entries.items() if key not in known}

    def refuse_others(self, known: Sequence[str]) -> None:
        """Note a fault for each key that is not `known`."""
        for key in self.others(known):
            self.fault(key, f"is no key of this file; there are {', '.join(known)}")

    def finish(self) -> None:
        """Raise InvalidConfigError with all faults, where there are any."""
        if self._faults:
            raise InvalidConfigError("\n".join(self._faults))

    def _read(self) -> dict[str, _Entry]:
        try:
            text = self._path.read_text(encoding="utf-8-sig")
        except (OSError, ValueError) as error:
            cause = error.strerror if isinstance(error, OSError) else error
            raise InvalidConfigError(f"{self._path}: cannot be read: {cause}") from None
        entries: dict[str, _Entry] = {}
        for number, line in enumerate(text.split("\n"), 1):
            stripped = line.strip(" \t\r")
            if not stripped or stripped.startswith("#"):
                continue
            key, *values = _BLANKS.split(stripped, maxsplit=1)
            place = f"{self._path}:{number}"
            if not values or "\0" in line:
                self._faults.append(f"{place}: expected a key, a blank and a value")
            elif key in entries:
                self._faults.append(f"{place}: {key} stands in line {entries[key].line} already")
            else:
                entries[key] = _Entry(number, values[0])
        return entries
