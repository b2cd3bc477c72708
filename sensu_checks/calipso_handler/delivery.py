"""Delivery: what waits in the spool goes to Calipso, by one process at a time."""

from __future__ import annotations

import time

from .settings import Settings
from .spool import Spool
from .tally import Delivery

LONGEST_S = 20.0
"""How long a delivery begins new requests; Sensu ends a handler after 60 seconds."""


def deliver(spool: Spool, settings: Settings, longest: float = LONGEST_S) -> Delivery:
    """Send what waits to Calipso, for `longest` seconds at most; nothing where another process does.

    Whoever puts an event in the spool and finds it locked may leave: the one that holds it looks again
    once it has let go. OSError; SettingsError.
    """
    until = time.monotonic() + longest
    delivery = Delivery()
    while not (delivery.is_cut or delivery.failures) and spool.waiting():
        with spool.lock() as is_held:
            if not is_held:
                delivery.is_left = True
                break
            # It needs the library for HTTP, half of the cost: who only leaves needs none.
            from .drain import drain

            drain(spool, settings.calipso, delivery, until)
    if delivery.failures or delivery.problems:
        spool.something_is_lost()
    return delivery
