"""Rounds: each host is looked at now and then, though no event gives cause for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable

from ..model.facts import HOST
from .result import Ask


class Rounds:
    """Every host once in `every_s` seconds, one after the other; never, where that is None."""

    def __init__(self, every_s: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._every_s = every_s
        self._clock = clock
        self._asked: dict[str, float] = {}

    def due(self, hosts: Collection[str]) -> list[str]:
        """Return the host to look at now, if one is due. New hosts are spread over a round."""
        if self._every_s is None:
            return []
        now = self._clock()
        new = [host for host in sorted(hosts) if host not in self._asked]
        for number, host in enumerate(new):
            self._asked[host] = now - self._every_s * number / len(new)
        self._asked = {host: at for host, at in self._asked.items() if host in hosts}
        oldest = min(self._asked, key=self._asked.__getitem__, default=None)
        if oldest is None or now - self._asked[oldest] < self._every_s:
            return []
        return [oldest]

    def asked(self, asks: Iterable[Ask]) -> None:
        """Note which hosts were looked at."""
        now = self._clock()
        self._asked.update((ask.value, now) for ask in asks if ask.kind == HOST)
