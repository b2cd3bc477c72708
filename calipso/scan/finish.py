"""The end of a scan: the topology is built from the latest facts of all sources and published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..build import build_topology
from ..model.environment import Environment
from ..model.source import OPENSTACK, Source, host_source
from ..model.topology import COLLECTIONS, Message
from .faults import Asked, faults, left_behind
from .recording import write_meta
from .request import ScanError

if TYPE_CHECKING:
    from ..store import Store

Status = Literal["completed", "completed_with_errors", "failed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a scan. `messages` counts what the builder reports, by level."""

    status: Status
    generation: int | None = None
    changed: bool = False
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    messages: dict[str, int] = field(default_factory=dict)


def finish(store: Store, environment: str, scan_id: str, *, at: datetime) -> Outcome:
    """Build and publish what the scan's sources said, and end the scan. Raises ScanError.

    A scan that heard not one of the sources that it asked fails and changes nothing; an environment that
    is new is then not made.
    """
    scan = store.scan(scan_id)
    if scan is None or scan["environment"] != environment:
        raise ScanError(f"environment {environment!r} has no scan {scan_id!r}")
    try:
        outcome = _publish(store, environment, scan, at)
    except Exception as error:
        fail(store, environment, scan_id, f"{type(error).__name__}: {error}", at=at)
        raise
    store.end_scan(scan_id, status=outcome.status, at=at, counts=outcome.counts, errors=outcome.errors)
    return outcome


def fail(store: Store, environment: str, scan_id: str, reason: str, *, at: datetime) -> None:
    """End the scan without a new generation."""
    store.add_messages(environment, [Message("error", f"The scan failed: {reason}")], scan_id=scan_id, at=at)
    store.end_scan(scan_id, status="failed", at=at, counts={}, errors=[reason])


def _publish(store: Store, name: str, scan: Mapping[str, Any], at: datetime) -> Outcome:
    options = scan["options"]
    asked = _asked(options)
    sources = store.sources(name)
    heard = {source for source in asked if _was_heard(sources.get(source), scan["started_at"])}
    if options["clear"] and heard:
        store.forget_sources(name, asked)
    facts = store.facts(name)
    environment = _configured(store.environment(name) or Environment(name), options["settings"])
    errors = faults(environment, facts, asked, heard)
    texts = [error.text for error in errors]
    if asked and not heard:
        store.add_messages(name, errors, scan_id=scan["id"], at=at)
        return Outcome("failed", errors=texts)
    if options["record_to"]:
        write_meta(
            Path(options["record_to"]), [host for name, host in asked.items() if host and name in heard], at
        )
    topology = build_topology(environment, facts)
    publication = store.publish(
        name,
        topology,
        scan_id=scan["id"],
        at=at,
        only=[options["only"]] if options["only"] else COLLECTIONS,
        stale={source.name: source.collected_at for source in facts.sources.values() if source.stale},
    )
    notices = left_behind(facts, asked) if options["whole"] else []
    store.add_messages(name, [*topology.messages, *errors, *notices], scan_id=scan["id"], at=at)
    if options["whole"]:
        environment = replace(environment, scanned=True, last_scanned=at, discovered=topology.drivers)
    store.save_environment(environment)
    return Outcome(
        status="completed_with_errors" if errors else "completed",
        generation=publication.generation,
        changed=publication.changed,
        counts=publication.counts,
        errors=texts,
        messages=dict(Counter(message.level for message in topology.messages)),
    )


def _asked(options: Mapping[str, Any]) -> Asked:
    hosts: dict[str, str | None] = {host_source(host): host for host in options["hosts"]}
    return {OPENSTACK: None, **hosts} if options["cloud"] else hosts


def _was_heard(source: Source | None, since: datetime) -> bool:
    return bool(source and not source.stale and source.collected_at and source.collected_at >= since)


def _configured(environment: Environment, settings: Mapping[str, Any]) -> Environment:
    configuration = {**environment.configuration, **settings.get("configuration", {})}
    return replace(environment, **{**settings, "configuration": configuration})
