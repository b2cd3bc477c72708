"""Synchronisation: Calipso is told every event that Sensu has, whenever one may have been lost."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .calipso import Calipso, DeliveryError, Sent
from .delivery import deliver
from .event import environment_of
from .sensu import Sensu, SensuError
from .settings import Settings
from .spool import Spool
from .tally import Delivery

LONGEST_S = 240.0
"""How long a synchronisation may take."""


@dataclass
class Synchronisation:
    """What was done. `why`: all events were sent, for this reason; `sent`: how many."""

    delivery: Delivery
    why: str | None = None
    sent: int = 0
    refused: int = 0

    def settle(self, sent: Sent) -> None:
        """Count an event that was sent."""
        if sent.failed is not None:
            self.delivery.failures.append(sent.failed)
        elif sent.refused is None:
            self.sent += 1
        else:
            self.refused += 1
            if sent.is_closed:
                self.delivery.problems.append(sent.refused)

    def text(self) -> str:
        """Return it in words, on one line."""
        said = self.delivery.text()
        if self.why is None:
            return said
        refused = f", {self.refused} refused" if self.refused else ""
        return f"{said}; sent {self.sent} events that Sensu has{refused}, since {self.why}"


def synchronise(spool: Spool, settings: Settings, *, everything: bool = False) -> Synchronisation:
    """Deliver what waits, and every event that Sensu has where that is due, or with `everything`.

    It is due when it never was done, when the backend has started since, when something may have been lost
    since, and after `full_every`. SettingsError; OSError.
    """
    until = time.monotonic() + LONGEST_S
    if spool.clear_abandoned() or everything:
        spool.something_is_lost()
    synchronisation = Synchronisation(deliver(spool, settings))
    if settings.sensu is None or not synchronisation.delivery.is_complete:
        return synchronisation
    with spool.lock("sync") as is_held:
        if not is_held:
            return synchronisation
        try:
            _send_everything(spool, settings, Sensu(settings.sensu), synchronisation, until)
        except (DeliveryError, SensuError) as error:
            synchronisation.delivery.failures.append(str(error))
    return synchronisation


def _send_everything(
    spool: Spool, settings: Settings, sensu: Sensu, synchronisation: Synchronisation, until: float
) -> None:
    now, started = time.time(), sensu.backend_started()
    synchronisation.why = _why(spool, settings, started, now)
    if synchronisation.why is None:
        return
    spool.begin_sync(now, started)
    calipso = Calipso(settings.calipso)
    for page in sensu.events():
        if time.monotonic() > until:
            raise DeliveryError("time is up before all that Sensu has was sent")
        for environment, events in _by_environment(page).items():
            for sent in calipso.send(environment, events):
                synchronisation.settle(sent)
    if synchronisation.delivery.is_complete:
        spool.end_sync()


def _why(spool: Spool, settings: Settings, started: float, now: float) -> str | None:
    """Return why all events are to be sent at the time `now`; None: they need not be."""
    synced = spool.synced()
    if synced is None:
        return "it was never done, or something may have been lost"
    at, known_start = synced
    if started != known_start:
        return "Sensu's backend has started"
    if not 0 <= now - at < settings.full_every:
        return f"{settings.full_every:.0f} seconds have passed"
    return None


def _by_environment(page: list[Mapping[str, Any]]) -> dict[str, list[bytes]]:
    """Return the texts of events by their environment; those that name none are not Calipso's."""
    found: dict[str, list[bytes]] = {}
    for event in page:
        environment = environment_of(event)
        if environment is not None:
            found.setdefault(environment, []).append(json.dumps(event).encode())
    return found
