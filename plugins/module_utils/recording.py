# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""What a host said, on disk: `DIR/hosts/<host>/NNN-<slug>.json`, one file for each command.

A file holds `{"command": [...], "rc": int | null, "stdout": str, "stderr": str}`, and `"error"`
(missing, forbidden, failed, timeout, truncated) where the command gave no answer; then `rc` is null
and `stderr` says why. In a module's result a command has the same shape.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import Any, Dict, List, Sequence, Union
from urllib.parse import quote

from .runner import Result

_NAME_LIMIT = 200
_SLUG_LIMIT = 60
_ERRORS = (None, "missing", "forbidden", "failed", "timeout", "truncated")


class RecordingError(Exception):
    """A recording that cannot be read or written; the text says which, why, and what to do."""


def host_directory(root: Union[str, Path], host: str) -> Path:
    """Return where the recording in `root` keeps what `host`, an inventory name, said.

    The folder's name is the host's, percent-encoded; a name too long for a file system is cut and
    ends in `~` and its SHA-256.
    """
    encoded = quote(host, safe="", errors="surrogateescape").replace("~", "%7E")
    if not encoded.strip("."):
        encoded = encoded.replace(".", "%2E")
    if len(encoded) > _NAME_LIMIT:
        digest = hashlib.sha256(encoded.encode("ascii")).hexdigest()
        encoded = encoded[: _NAME_LIMIT - len(digest) - 1] + "~" + digest
    return Path(root) / "hosts" / encoded


def to_entry(result: Result) -> Dict[str, Any]:
    """Return a command's result as a recording has it."""
    entry = result._asdict()
    if entry["error"] is None:
        del entry["error"]
    return entry


def write_host(root: Union[str, Path], host: str, entries: Sequence[Dict[str, Any]]) -> Path:
    """Write what `host` said into the recording `root` and return the host's folder.

    The folder takes the place of an older one of that host when all is written. Raises
    `RecordingError` when the disk refuses.
    """
    directory = host_directory(root, host)
    fresh = directory.with_name(directory.name + "~new")
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        width = max(3, len(str(len(entries))))
        for number, entry in enumerate(entries, start=1):
            file = fresh / f"{number:0{width}d}-{_slug(entry['command'])}.json"
            file.write_text(json.dumps(entry, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        shutil.rmtree(directory, ignore_errors=True)
        fresh.rename(directory)
    except OSError as error:
        raise RecordingError(f"the recording of {host} could not be written: {error}") from error
    return directory


def read_host(directory: Union[str, Path]) -> List[Result]:
    """Return what the host of `directory` said (see `host_directory`), in the order of its files.

    Raises `RecordingError` when there is nothing, or a file is not what a recording holds.
    """
    directory = Path(directory)
    if not directory.is_dir():
        raise RecordingError(
            f"there is no recording in {directory}: name a folder DIR/hosts/<host> of a recording DIR"
        )
    try:
        files = sorted(directory.glob("*.json"))
        results = [_read_entry(file) for file in files]
    except OSError as error:
        raise RecordingError(f"the recording in {directory} could not be read: {error}") from error
    if not results:
        raise RecordingError(f"the recording in {directory} is empty: record the host again")
    return results


def _read_entry(file: Path) -> Result:
    try:
        entry = json.loads(file.read_text(encoding="utf-8"))
        result = Result(**entry)
    except (ValueError, TypeError, RecursionError) as error:
        raise RecordingError(f"{file} is no recorded command ({error}): record the host again") from error
    sound = (
        isinstance(result.command, list)
        and all(isinstance(word, str) for word in result.command)
        and isinstance(result.rc, (int, type(None)))
        and isinstance(result.stdout, str)
        and isinstance(result.stderr, str)
        and result.error in _ERRORS
        and (result.rc is None) == (result.error is not None)
    )
    if not sound:
        raise RecordingError(f"{file} is no recorded command (wrong values): record the host again")
    return result


def _slug(command: Sequence[str]) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", " ".join(command))[:_SLUG_LIMIT].strip("-")
