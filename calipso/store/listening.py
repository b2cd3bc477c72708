"""Who listens to an environment's message bus: one process at a time."""

from __future__ import annotations

from .connected import Connected
from .errors import raises_store_errors
from .lease import Lease

_PATIENCE_S = 5.0


@raises_store_errors
class ListeningStore(Connected):
    """The right to follow an environment."""

    def listening(self, environment: str) -> Lease:
        """Return the lease of the one process that follows an environment; renew it every few seconds.

        Entering it raises `BusyError` where another process has it.
        """
        inventory = self._collections["inventory"].name
        return Lease(
            self._collections["leases"],
            f"listening/{inventory}/{environment}",
            f"listening to environment {environment!r}",
            fields={"environment": environment},
            patience=_PATIENCE_S,
        )
