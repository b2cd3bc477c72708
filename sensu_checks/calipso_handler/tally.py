"""What became of events that were to be sent."""

from __future__ import annotations


class Delivery:
    """What was done.

    `is_left`: another process delivers the rest; `is_cut`: time was up before the end; `failures`: why
    something waits still; `problems`: why something was put aside that Calipso may take another time.
    """

    def __init__(self) -> None:
        self.delivered = 0
        self.refused = 0
        self.is_left = False
        self.is_cut = False
        self.failures: list[str] = []
        self.problems: list[str] = []

    @property
    def is_complete(self) -> bool:
        """Nothing waits or was put aside that Calipso might take later."""
        return not (self.is_cut or self.failures or self.problems)

    def text(self) -> str:
        """Return it in words, on one line."""
        counts = [f"{self.delivered} events delivered"]
        if self.refused:
            counts.append(f"{self.refused} put aside in the spool's directory refused")
        if self.is_left:
            counts.append("another process delivers")
        if self.is_cut:
            counts.append("time is up and the rest waits")
        return "; ".join([", ".join(counts), *dict.fromkeys(self.failures + self.problems)])
