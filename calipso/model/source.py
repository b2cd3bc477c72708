"""A source: who says facts: a host, an OpenStack cloud's API or database, a fabric; and when it was heard."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from .facts import Gap, Row

OPENSTACK = "openstack"

OPENSTACK_DB = "openstack_db"
"""OpenStack's own database."""

ACI = "aci"
"""The controller of a Cisco ACI switch fabric."""


@dataclass(frozen=True, slots=True)
class Further:
    """A source that a cloud may have besides its hosts and OpenStack's APIs.

    It is asked where the environment's configuration has its `section`; a recording keeps what it said in
    the folder of its `name`; people call it `called`.
    """

    name: str
    section: str
    called: str


FURTHER = (
    Further(OPENSTACK_DB, "mysql", "the OpenStack database"),
    Further(ACI, "ACI", "the switch fabric's APIC"),
)


def host_source(name: str) -> str:
    """Return the source of a host that Ansible calls `name`."""
    return f"host:{name}"


@dataclass(frozen=True, slots=True)
class Source:
    """A source's state. `stale`: its facts are those of an earlier scan, since the last try failed."""

    name: str
    collected_at: datetime | None = None  # when its facts were last collected; None: never
    stale: bool = False
    error: str | None = None  # why the last try failed
    gaps: tuple[Gap, ...] = ()


@dataclass(slots=True)
class Facts:
    """The latest facts of an environment: the builder's only input besides the environment."""

    sources: dict[str, Source] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
