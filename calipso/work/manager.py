"""A worker: it takes up what people asked for, one scan after the other, until it is told to end."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..model.topology import Document, Level
from .launcher import Ended, Launcher, LaunchError, Task

if TYPE_CHECKING:
    from ..store import Claim, Store

TERM_S = 30.0
"""How long a claim lasts that is not renewed."""

_log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


class Manager:
    """Runs the scans that it can claim.

    `chores` are done between scans and while they run, every `pause_s` seconds: schedules and the like
    connections. They take the time. `name`: how the worker is called, where several run on a machine.
    """

    def __init__(
        self,
        store: Store,
        launcher: Launcher,
        *,
        chores: tuple[Callable[[datetime], object], ...] = (),
        name: str | None = None,
        clock: Callable[[], datetime] = utc_now,
        term_s: float = TERM_S,
        pause_s: float = 1.0,
    ) -> None:
        self._store = store
        self._launcher = launcher
        self._chores = chores
        host = socket.gethostname()
        self.worker = {"name": name or f"{host}-{os.getpid()}", "host": host, "pid": os.getpid()}
        self._clock = clock
        self._term_s = term_s
        self._pause_s = pause_s
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Have `run` end soon: the scan that runs is given back. To be called from anywhere."""
        self._stopping.set()

    def run(self, *, once: bool = False) -> None:
        """Work until `stop` was called; with `once`, until nothing waits any more."""
        from ..store import StoreError

        clerk = threading.Thread(target=self._do_chores, name="chores", daemon=True)
        if once:
            self._do_chores(once=True)
        else:
            clerk.start()
        while not self._stopping.is_set():
            try:
                has_worked = self.work()
            except StoreError as error:
                _log.error("%s", error)
                has_worked = False
            if once and not has_worked:
                return
            if not has_worked:
                self._stopping.wait(self._pause_s)
        if clerk.is_alive():
            clerk.join()

    def work(self) -> bool:
        """Run one scan, if there is one that waits; return whether there was."""
        claim = self._store.claim_scan(self.worker, at=self._clock(), term=self._term_s)
        if claim is None:
            return False
        with claim:
            self._run(claim)
        return True

    def _run(self, claim: Claim) -> None:
        from ..store import LeaseLostError

        scan = claim.scan
        watch = _Watch(claim, self._stopping, self._clock)
        _log.info("scan %s of %s: attempt %d", scan["id"], scan["environment"], scan["attempt"])
        try:
            if scan["abort"] is None:
                try:
                    ended = self._launcher.run(self._task(scan), watch)
                except LaunchError as error:
                    ended = Ended("failed", (str(error),))
            else:
                ended = Ended("stopped")
            watch.flush()
            self._settle(claim, ended)
        except LeaseLostError as error:
            _log.warning("%s", error)

    def _task(self, scan: Document) -> Task:
        variables = {
            "calipso_environment": scan["environment"],
            "calipso_scan_id": scan["id"],
            "calipso_attempt": scan["attempt"],
            "calipso_inventory": self._store.inventory,
        }
        return Task(scan, variables)

    def _settle(self, claim: Claim, ended: Ended) -> None:
        """End a scan that did not end by itself."""
        scan = claim.renew()
        if scan["status"] != "running":
            _log.info("scan %s is %s", scan["id"], scan["status"])
        elif scan["abort"] is not None:
            claim.end("aborted", [f"aborted by {scan['abort']['by']}"], at=self._clock())
        elif ended.result == "stopped":
            claim.give_back()
        else:
            reasons = ended.reasons or ("its playbook ended well, and published nothing",)
            claim.end("failed", reasons, at=self._clock())

    def _do_chores(self, *, once: bool = False) -> None:
        while True:
            for chore in self._chores:
                try:
                    chore(self._clock())
                except Exception:
                    _log.exception("a chore failed, and is tried again")
            if once or self._stopping.wait(self._pause_s):
                return


class _Watch:
    """Carries what a launcher tells to the scan's document, at most every `EVERY_S` seconds."""

    EVERY_S = 1.0

    def __init__(self, claim: Claim, stopping: threading.Event, clock: Callable[[], datetime]) -> None:
        self._claim = claim
        self._stopping = stopping
        self._clock = clock
        self._lock = threading.Lock()
        self._progress: dict[str, Any] | None = None
        self._lines: list[dict[str, Any]] = []
        self._flushed = 0.0
        self._is_lost = False

    def phase(self, name: str, *, total: int = 0, done: int = 0, failed: int = 0) -> None:
        """Note the phase."""
        hosts = {"total": total, "done": done, "failed": failed}
        with self._lock:
            self._progress = {"phase": name, "hosts": hosts, "at": self._clock()}

    def say(self, level: Level, text: str) -> None:
        """Note a line."""
        with self._lock:
            self._lines.append({"at": self._clock(), "level": level, "text": text})

    def place(self, artifacts: str | None = None, job: str | None = None) -> None:
        """Note where the run can be looked at."""
        self._claim.report(artifacts=artifacts, job=job)

    def must_stop(self) -> bool:
        """Say whether the run must end: it is aborted, the claim is lost, or the worker is to end.

        While the database does not answer, the run goes on.
        """
        from ..store import LeaseLostError, StoreError

        if self._stopping.is_set() or self._is_lost:
            return True
        if time.monotonic() - self._flushed < self.EVERY_S:
            return False
        try:
            self.flush()
            return self._claim.renew()["abort"] is not None
        except LeaseLostError:
            self._is_lost = True
            return True
        except StoreError as error:
            _log.warning("%s", error)
            return False

    def flush(self) -> None:
        """Write what is not written yet."""
        from ..store import StoreUnavailableError

        with self._lock:
            progress, lines = self._progress, self._lines
            self._progress, self._lines = None, []
            self._flushed = time.monotonic()
        try:
            self._claim.report(progress=progress, log=lines)
        except StoreUnavailableError:
            with self._lock:
                self._progress = self._progress or progress
                self._lines = lines + self._lines
            raise
