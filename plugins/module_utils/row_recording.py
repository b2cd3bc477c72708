# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""Sources that tell rows, one table after the other: recordings of them, and the facts that they amount to.

A recording is `DIR/<source>/<table>.json`, one file a table: {table, rows}, or {table, reason, detail} for a
table that could not be read.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable, Iterable, NamedTuple, Protocol, Tuple

from .recording import RecordingError
from .scrubbing import scrub


class UnreadError(Exception):
    """A table that could not be read: the `reason` of the gap, and its text."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class Table(Protocol):
    """What is read as a whole."""

    @property
    def key(self) -> str:
        """Its name."""


class Rows(Protocol):
    """Whoever can tell what a table holds."""

    def rows(self, table: Any) -> list[dict[str, Any]]:
        """Return the rows of a table as {column: value}; raise `UnreadError` where there is no reading it."""

    def close(self) -> None:
        """Be done."""


class RecordingRows:
    """Passes all on to another, and keeps in a folder what came back."""

    def __init__(self, other: Rows, directory: str, source: str) -> None:
        self._other = other
        self._folder = Path(directory) / source
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for earlier in self._folder.glob("*.json"):
                earlier.unlink()
        except OSError as error:
            raise _unwritable(self._folder, error) from error

    def rows(self, table: Table) -> list[dict[str, Any]]:
        try:
            rows = self._other.rows(table)
        except UnreadError as error:
            self._write(table, {"reason": error.reason, "detail": str(error)})
            raise
        self._write(table, {"rows": rows})
        return rows

    def close(self) -> None:
        self._other.close()

    def _write(self, table: Table, answer: dict[str, Any]) -> None:
        content = scrub({"table": table.key, **answer})
        text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, default=str) + "\n"
        try:
            (self._folder / f"{table.key}.json").write_text(text, encoding="utf-8")
        except OSError as error:
            raise _unwritable(self._folder, error) from error


def _unwritable(folder: Path, error: OSError) -> RecordingError:
    return RecordingError(
        f"Cannot record to {folder} ({error.strerror}): choose a folder that can be written."
    )


class ReplayedRows:
    """Answers from a recording; `called`: what people call the source."""

    def __init__(self, directory: str, source: str, called: str) -> None:
        self._folder = Path(directory) / source
        if not self._folder.is_dir():
            raise RecordingError(
                f"There is no recording of {called} in {directory} ({self._folder} is missing):"
                " name the folder that `record_to` named."
            )

    def rows(self, table: Table) -> list[dict[str, Any]]:
        path = self._folder / f"{table.key}.json"
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if "reason" in content:
                raise UnreadError(content["reason"], content["detail"])
            return [dict(row) for row in content["rows"]]
        except FileNotFoundError:
            raise UnreadError("unsupported", "this table is not in the recording") from None
        except OSError as error:
            raise RecordingError(f"Cannot read {path} ({error.strerror}): check its permissions.") from error
        except (KeyError, TypeError, ValueError, RecursionError):
            raise RecordingError(f"The recording's {path} is no table: record it again.") from None

    def close(self) -> None:
        """Nothing is open."""


def opened(
    options: dict[str, Any], source: str, called: str, connect: Callable[[dict[str, Any]], Rows]
) -> Rows:
    """Return the recording that a module's `options` name; or who `connect` makes, recorded if they ask."""
    if options["recording"]:
        return ReplayedRows(options["recording"], source, called)
    live = connect(options)
    if not options["record_to"]:
        return live
    try:
        return RecordingRows(live, options["record_to"], source)
    except RecordingError:
        live.close()
        raise


class Kind(NamedTuple):
    """A kind of rows of facts: what it is called, the tables that it is made from, and how.

    `read` takes all tables as {key: rows}, and yields (key, data).
    """

    name: str
    tables: Tuple[str, ...]
    read: Callable[[Any], Any]


def answer_of(
    kinds: Iterable[Kind],
    tables: dict[str, list[dict[str, Any]]],
    unread: dict[str, UnreadError],
    command: Callable[[str], str],
) -> dict[str, Any]:
    """Return {rows, kinds, gaps} of a source that knows no region; `command` says how a table is asked for.

    rows: [{kind, key, data}] sorted by kind and key
    kinds: [{kind, region}] that were read wholly
    gaps: [{part, reason, command, detail}]
    """
    kinds = list(kinds)
    rows = [
        {"kind": kind.name, "key": key, "data": scrub(data)}
        for kind in kinds
        for key, data in kind.read(tables)
    ]
    return {
        "rows": sorted(rows, key=lambda row: (row["kind"], row["key"])),
        "kinds": [
            {"kind": kind.name, "region": None} for kind in kinds if not unread.keys() & set(kind.tables)
        ],
        "gaps": [
            {
                "part": kind.name,
                "reason": unread[table].reason,
                "command": command(table),
                "detail": str(unread[table]),
            }
            for kind in kinds
            for table in kind.tables
            if table in unread
        ],
    }
