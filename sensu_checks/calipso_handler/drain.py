"""Sending what waits in the spool, once."""

from __future__ import annotations

import time

from .calipso import MOST_EVENTS, Calipso, DeliveryError, Sent
from .event import environment_of, read_event
from .settings import CalipsoSettings
from .spool import Spool
from .tally import Delivery

NO_ENVIRONMENT = "it says nowhere whose it is: neither its check nor its agent has calipso_environment"


def drain(spool: Spool, settings: CalipsoSettings, delivery: Delivery, until: float) -> None:
    """Send all that waits, and note in `delivery` what became of it; begin no request after `until`.

    `until` is of `time.monotonic`. An event stays in the spool only with a failure that says why, or once
    time is up. SettingsError: there is no token. OSError: the spool cannot be read.
    """
    calipso, names = Calipso(settings), spool.waiting()
    outcome = _Outcome(spool, delivery)
    try:
        for start in range(0, len(names), MOST_EVENTS):
            for environment, events in outcome.read(names[start : start + MOST_EVENTS]).items():
                if time.monotonic() > until:
                    delivery.is_cut = True
                    return
                for sent in calipso.send(environment, [text for _name, text in events]):
                    outcome.settle(events[sent.place][0], sent)
    except DeliveryError as error:
        delivery.failures.append(str(error))


class _Outcome:
    """What becomes of each event, in the spool and in what is told."""

    def __init__(self, spool: Spool, delivery: Delivery) -> None:
        self._spool = spool
        self._delivery = delivery

    def read(self, names: list[str]) -> dict[str, list[tuple[str, bytes]]]:
        """Return names and texts of events by environment; those that are none are put aside."""
        found: dict[str, list[tuple[str, bytes]]] = {}
        for name in names:
            try:
                text = self._spool.read(name)
                environment = environment_of(read_event(text))
            except FileNotFoundError:
                continue
            except (OSError, ValueError) as error:
                self._refuse(name, str(error))
                continue
            if environment is None:
                self._refuse(name, NO_ENVIRONMENT)
            else:
                found.setdefault(environment, []).append((name, text))
        return found

    def settle(self, name: str, sent: Sent) -> None:
        """Take an event that was sent out of the spool, unless that failed."""
        if sent.failed is not None:
            self._delivery.failures.append(sent.failed)
        elif sent.refused is not None:
            if sent.is_closed:
                self._delivery.problems.append(sent.refused)
            self._refuse(name, sent.refused)
        else:
            self._spool.done(name)
            self._delivery.delivered += 1

    def _refuse(self, name: str, why: str) -> None:
        try:
            self._spool.refuse(name, why)
            self._delivery.refused += 1
        except OSError as error:
            self._delivery.failures.append(f"{name} cannot be put aside: {error.strerror}")
