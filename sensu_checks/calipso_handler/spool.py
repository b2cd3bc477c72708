"""The spool: a directory of events that wait for Calipso, a file each, named in the order of arrival.

SPOOL/writing holds what is being written, SPOOL/waiting what waits, SPOOL/refused what Calipso does not
take; SPOOL/lock is held by the process that delivers; SPOOL/synced says when all events were sent.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

LARGEST_EVENT = 256 * 1024
"""Bytes; Calipso takes far smaller ones."""

MOST_REFUSED = 1000
"""Events that were refused and are kept, to be looked at."""

ABANDONED_S = 10.0
"""The age at which a file without a writer is one that a dead process left."""

_SUFFIX = ".json"


class SpoolError(Exception):
    """The spool cannot take or give an event; the text says why."""


class Spool:
    """A spool in `directory`, which is made where it is not there; SpoolError where it cannot be."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._writing = directory / "writing"
        self._waiting = directory / "waiting"
        self._refused = directory / "refused"
        try:
            for each in (directory, self._writing, self._waiting, self._refused):
                each.mkdir(0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise SpoolError(f"there can be no spool: {error}") from None

    def add(self, source: BinaryIO) -> tuple[str, bytes]:
        """Read an event to the end of `source`, and have it wait; return its name and its text.

        SpoolError: it is empty, too large, or cannot be written.
        """
        name = f"{time.time_ns():020d}-{os.getpid()}{_SUFFIX}"
        try:
            descriptor = os.open(self._writing / name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    fcntl.flock(file, fcntl.LOCK_EX)
                    text = _event(source)
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
                    (self._writing / name).rename(self._waiting / name)
            except BaseException:
                (self._writing / name).unlink()
                raise
        except OSError as error:
            self.something_is_lost()
            raise SpoolError(f"the event is lost, since it cannot be kept: {error}") from None
        return name, text

    def waiting(self) -> list[str]:
        """Return the names of the events that wait, the oldest first."""
        return sorted(path.name for path in self._waiting.iterdir())

    def read(self, name: str) -> bytes:
        """Return the text of an event that waits; OSError."""
        return (self._waiting / name).read_bytes()

    def done(self, name: str) -> None:
        """Forget an event."""
        with suppress(FileNotFoundError):
            (self._waiting / name).unlink()

    def refuse(self, name: str, why: str) -> None:
        """Put an event aside, and beside it why."""
        with suppress(FileNotFoundError):
            (self._waiting / name).rename(self._refused / name)
            reason = os.open(self._reason(name), os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
            with os.fdopen(reason, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(f"{why}\n")
        kept = sorted(path.name for path in self._refused.iterdir() if path.suffix == _SUFFIX)
        for old in kept[:-MOST_REFUSED]:
            for path in (self._refused / old, self._reason(old)):
                with suppress(FileNotFoundError):
                    path.unlink()

    def _reason(self, name: str) -> Path:
        return self._refused / f"{name}.why"

    @contextmanager
    def lock(self, name: str = "lock") -> Iterator[bool]:
        """Hold the lock `name`, and say so; False, at once, where another process holds it."""
        descriptor = os.open(self._directory / name, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(descriptor)

    def clear_abandoned(self) -> int:
        """Delete what processes left that died before their event waited; return how many there were."""
        found = 0
        for path in self._writing.iterdir():
            with suppress(FileNotFoundError, BlockingIOError):
                if time.time() - path.stat().st_mtime < ABANDONED_S:
                    continue
                with path.open("rb") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    path.unlink()
                    found += 1
        return found

    def synced(self) -> tuple[float, float] | None:
        """Return when all events were sent, and when the backend that they came from had started.

        Both are seconds since 1970; None: never, or something may have been lost since.
        """
        try:
            said = json.loads(self._synced.read_text(encoding="utf-8"))
            return float(said["at"]), float(said["backend_started"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def begin_sync(self, at: float, backend_started: float) -> None:
        """Note a sending of all events, which counts once it ends."""
        descriptor = os.open(self._syncing, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({"at": at, "backend_started": backend_started}, file)

    def end_sync(self) -> None:
        """Have the sending of all events that began last count, unless something was lost meanwhile."""
        with suppress(FileNotFoundError):
            self._syncing.rename(self._synced)

    def something_is_lost(self) -> None:
        """Have all events sent again. It works on a disk that is full."""
        for path in (self._syncing, self._synced):
            with suppress(FileNotFoundError):
                path.unlink()

    @property
    def _synced(self) -> Path:
        return self._directory / "synced"

    @property
    def _syncing(self) -> Path:
        return self._directory / "syncing"


def _event(source: BinaryIO) -> bytes:
    text = source.read(LARGEST_EVENT + 1)
    if not text.strip():
        raise SpoolError("there is no event on standard input")
    if len(text) > LARGEST_EVENT:
        raise SpoolError(f"the event is lost, since it has more than {LARGEST_EVENT // 1024} KiB")
    return text
