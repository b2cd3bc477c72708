# Copyright: Contributors to the Calipso project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a source tells an inventory of: objects, as Calipso's API serves them. It is what a cache keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

Document = dict[str, Any]


class SourceError(Exception):
    """A source that tells nothing; the text says why. `unavailable`: it may be there again later."""

    def __init__(self, text: str, *, unavailable: bool = False) -> None:
        super().__init__(text)
        self.unavailable = unavailable


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass
class Known:
    """Hosts, instances and aggregates, each with its `environment`: "" where it has none yet.

    environments: name -> {mechanism_drivers: [name], generation}
    affected: what was asked for -> environment -> the ids of the hosts and instances that it affects
    warnings: what the user should be told
    read_at: ISO 8601
    """

    environments: dict[str, Document] = field(default_factory=dict)
    hosts: list[Document] = field(default_factory=list)
    instances: list[Document] = field(default_factory=list)
    aggregates: list[Document] = field(default_factory=list)
    affected: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    read_at: str = field(default_factory=_now)

    def as_json(self) -> Document:
        """Return what a cache can keep."""
        return asdict(self)

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> Known:
        """Return what a cache kept."""
        return cls(**kept)
