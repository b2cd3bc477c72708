"""The event manager: a listener for each environment that wants one, each a process of its own."""

from __future__ import annotations

import logging
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..model.supported import SupportedEnvironment, features

if TYPE_CHECKING:
    from ..model.environment import Environment
    from ..store import Store

LOOKED_AT_EVERY_S = 2.0

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
"""The pauses before a listener that quit is started again."""

STEADY_S = 60.0
"""After so long a listener counts as one that runs: if it quits, the pauses begin anew."""

_TERM_S = 20.0

_log = logging.getLogger(__name__)

Start = Callable[[str], "subprocess.Popen[bytes]"]


@dataclass(slots=True)
class _Child:
    """The listener of an environment; `process` None: it quit, and is started again at `due`."""

    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause_s: float = FIRST_PAUSE_S
    due: float = 0.0


class EventManager:
    """Keeps listeners running for the environments that are scanned, have `listen` set, and are supported.

    `start` starts the listener of an environment, which notes in it by itself how it is.
    """

    def __init__(
        self,
        store: Store,
        supported: Sequence[SupportedEnvironment],
        start: Start,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._supported = supported
        self._start = start
        self._clock = clock
        self._children: dict[str, _Child] = {}
        self._stopping = threading.Event()

    def stop(self) -> None:
        """End soon, and all listeners with it."""
        self._stopping.set()

    def run(self) -> None:
        """Manage listeners until `stop` is called."""
        from ..store import StoreError

        try:
            while not self._stopping.is_set():
                try:
                    self.look()
                except StoreError as error:
                    _log.warning("%s", error)
                self._stopping.wait(LOOKED_AT_EVERY_S)
        finally:
            self._end(list(self._children))

    def look(self) -> None:
        """Start the listeners that lack, end those that nobody wants any more. Raises StoreError."""
        wanted = {
            environment.name
            for environment in self._store.environments()
            if qualifies(environment, self._supported)
        }
        self._end(self._children.keys() - wanted)
        for name in sorted(wanted):
            self._keep(name, self._children.setdefault(name, _Child()))

    def _keep(self, name: str, child: _Child) -> None:
        """Have the listener of an environment run, or wait until it may be started again."""
        now = self._clock()
        if child.process is not None:
            code = child.process.poll()
            if code is None:
                return
            steady = now - child.started > STEADY_S
            child.pause_s = FIRST_PAUSE_S if steady else min(2 * child.pause_s, LONGEST_PAUSE_S)
            child.process, child.due = None, now + child.pause_s
            _log.error("the listener of %s quit with %d; again in %d s", name, code, child.pause_s)
            self._store.change_environment(name, {"operational": "error"})
        if now >= child.due:
            child.process, child.started = self._start(name), now
            _log.info("the listener of %s is process %d", name, child.process.pid)

    def _end(self, names: Iterable[str]) -> None:
        from ..store import StoreError

        ended = [(name, self._children.pop(name)) for name in list(names)]
        for _name, child in ended:
            if child.process is not None:
                child.process.terminate()
        for name, child in ended:
            if child.process is not None:
                try:
                    child.process.wait(_TERM_S)
                except subprocess.TimeoutExpired:
                    child.process.kill()
                    child.process.wait()
                _log.info("the listener of %s has ended", name)
            try:
                self._store.change_environment(name, {"operational": "stopped"})
            except (StoreError, LookupError) as error:
                _log.warning("%s: %s", name, error)


def qualifies(environment: Environment, supported: Sequence[SupportedEnvironment]) -> bool:
    """Say whether an environment is to be listened to."""
    return environment.scanned and environment.listen and "listening" in features(environment, supported)
