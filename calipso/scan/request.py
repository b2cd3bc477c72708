"""What a scan is asked to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Only = Literal["inventory", "links", "cliques"]


class ScanError(Exception):
    """A scan that cannot be done; the text says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A scan of one environment.

    `hosts` are those that can be asked, by their inventory names, and `limited` says that they are a
    choice among all; `cloud` says that the OpenStack APIs can be asked, `further` which sources besides.
    `object_id` limits the scan to one object and its dependants. `only` publishes just that part;
    links and cliques are made anew from the facts that are there, so nobody is asked. `clear` forgets,
    at the end, the facts of sources that this scan did not ask. `recording` is the directory that answers
    in place of the cloud, `record_to` that of a new recording. The state becomes the snapshot `snapshot`, and
    is compared with the snapshot `compare_with`, or with the "previous" state. `settings` are attributes of
    the environment to set, with `configuration` merged in.
    """

    environment: str
    hosts: tuple[str, ...] = ()
    limited: bool = False
    cloud: bool = True
    further: frozenset[str] = frozenset()
    object_id: str | None = None
    only: Only | None = None
    clear: bool = False
    recording: Path | None = None
    record_to: Path | None = None
    snapshot: str | None = None
    compare_with: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def collects(self) -> bool:
        """Say whether sources must be asked."""
        return self.only in (None, "inventory")

    @property
    def whole(self) -> bool:
        """Say whether all sources are asked."""
        return self.collects and not self.limited and self.object_id is None

    def check(self) -> None:
        """Raise ScanError if this request contradicts itself."""
        if not self.environment.strip():
            raise ScanError(
                "say which environment to scan, by a name of your choice: -e calipso_environment=NAME"
            )
        if self.clear and not self.whole:
            raise ScanError(
                "clear forgets what a scan did not ask, so it goes with a scan of the whole environment: "
                "leave out clear, or the choice of hosts, object or part"
            )
        if not self.collects and (self.limited or self.object_id is not None):
            raise ScanError(
                f"only={self.only} makes all {self.only} anew from the facts that are there and asks nobody: "
                "leave out the choice of hosts or object"
            )
