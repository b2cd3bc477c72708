"""Questions that events leave open: asked together, and again until what they ask about has settled.

A notification comes when an API has done its part; hosts do theirs moments later, and nobody tells when. So
each question is asked at once, and some seconds later, and for as long as its answers differ.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from .result import Ask

LOOKS_S = (0.2, 3.0, 8.0)
"""When a question is asked, counted from the last event that gave cause for it."""

LATER_S = 8.0
"""The pause before it is asked again, where the last two answers differ."""

LONGEST_S = 120.0
"""When it is asked no more, however its answers differ."""

PUT_OFF_S, LONGEST_PUT_OFF_S = 30.0, 600.0
"""The pause where nobody could be asked; it doubles each time, up to this."""

GIVEN_UP_S = 24 * 3600.0
"""When a question is given up that nobody could be asked."""

MOST = 200
"""Questions of one run."""


class Asker(Protocol):
    """Asks hosts and OpenStack."""

    def ask(self, asks: Collection[Ask]) -> Collection[Ask]:
        """Have these asked, and what they say stored as facts; return which were asked."""


@dataclass(slots=True)
class _Round:
    """A question that is open. Times are those of the monotonic clock."""

    since: float
    due: float
    misses: int = 0
    answers: list[object] = field(default_factory=list)


class Questions:
    """Which questions are open, and when each is to be asked. Any thread may `want`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._open: dict[Ask, _Round] = {}
        self.wanted = threading.Event()
        """Set where there is a new one."""

    def __len__(self) -> int:
        """Return how many are open."""
        return len(self._open)

    def open(self) -> list[Ask]:
        """Return all that are open."""
        with self._lock:
            return sorted(self._open)

    def holds(self, asks: Iterable[Ask]) -> bool:
        """Say whether one of these is open."""
        return any(ask in self._open for ask in asks)

    def want(self, asks: Iterable[Ask]) -> None:
        """Have these asked, from now on."""
        now = self._clock()
        with self._lock:
            for ask in asks:
                known = self._open.get(ask)
                due = now + LOOKS_S[0]
                self._open[ask] = _Round(
                    since=now,
                    due=due if known is None or known.misses else min(known.due, due),
                    answers=[] if known is None else known.answers,
                )
                self.wanted.set()

    def due(self) -> list[Ask]:
        """Return the questions to ask now, those that wait longest first."""
        now = self._clock()
        with self._lock:
            found = sorted((known.due, ask) for ask, known in self._open.items() if known.due <= now)
            return [ask for _due, ask in found[:MOST]]

    def wait_s(self) -> float | None:
        """Return the seconds until the next one is due; None: there is none."""
        with self._lock:
            times = [known.due for known in self._open.values()]
        return max(0.0, min(times) - self._clock()) if times else None

    def answered(self, answers: Iterable[tuple[Ask, object]], *, begun: float) -> None:
        """Note what was answered to questions that were asked at `begun`: close those that have settled."""
        now = self._clock()
        with self._lock:
            for ask, answer in answers:
                known = self._open.get(ask)
                if known is None:
                    continue
                known.answers = [*known.answers[-1:], answer]
                if known.since > begun:
                    continue
                age = begun - known.since
                nexts = [at for at in LOOKS_S if at > age]
                if nexts:
                    known.due = known.since + nexts[0]
                elif len(known.answers) < 2 or known.answers[0] == known.answers[1] or age > LONGEST_S:
                    del self._open[ask]
                else:
                    known.due = now + LATER_S

    def put_off(self, asks: Iterable[Ask]) -> None:
        """Ask these later, each time after a longer pause: nobody could be asked now."""
        now = self._clock()
        with self._lock:
            for ask in asks:
                known = self._open.get(ask)
                if known is None:
                    continue
                known.due = now + min(PUT_OFF_S * 2**known.misses, LONGEST_PUT_OFF_S)
                known.misses = min(known.misses + 1, 10)
                if now - known.since > GIVEN_UP_S:
                    del self._open[ask]
