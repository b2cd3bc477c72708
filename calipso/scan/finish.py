"""The end of a scan: the topology is built from the latest facts of all sources and published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..build import build_topology
from ..build.registry import default_registry
from ..caller import caller
from ..model.environment import Environment
from ..model.source import OPENSTACK, Source, host_source
from ..model.supported import faults as unsupported
from ..model.topology import COLLECTIONS, Document, Message
from .afterwards import name_and_compare
from .clique_types import with_posted
from .faults import Asked, faults, left_behind
from .recording import write_meta
from .request import ScanError
from .requested import Requested, own
from .tidying import tidy
from .withheld import withheld

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


def finish(
    store: Store,
    environment: str,
    scan_id: str,
    *,
    attempt: int | None = None,
    snapshot: str | None = None,
    compare_with: str | None = None,
    at: datetime,
) -> Outcome:
    """Build and publish what the scan's sources said, and end the scan.

    `snapshot` and `compare_with` stand before what the scan says of them. Raises ScanError where the scan has
    ended, or (`attempt`) another worker has it.

    A scan that heard not one of the sources that it asked fails and changes nothing; an environment that
    is new is then not made.
    """
    scan = _scan(store, environment, scan_id, attempt)
    try:
        outcome = _publish(store, environment, _with(scan, snapshot, compare_with), at)
    except Exception as error:
        fail(store, environment, scan_id, f"{type(error).__name__}: {error}", attempt=attempt, at=at)
        raise
    _scan(store, environment, scan_id, attempt)
    store.end_scan(
        scan_id,
        status=outcome.status,
        counts=outcome.counts,
        errors=outcome.errors,
        attempt=attempt,
        at=at,
    )
    return outcome


def fail(
    store: Store, environment: str, scan_id: str, reason: str, *, attempt: int | None = None, at: datetime
) -> None:
    """End the scan without a new generation. Raises ScanError as `finish` does."""
    _scan(store, environment, scan_id, attempt)
    store.add_messages(environment, [Message("error", f"The scan failed: {reason}")], scan_id=scan_id, at=at)
    store.end_scan(scan_id, status="failed", counts={}, errors=[reason], attempt=attempt, at=at)


def _scan(store: Store, environment: str, scan_id: str, attempt: int | None) -> Document:
    """Return a scan. Raises ScanError as `own` does.

    What the scan has brought back of an environment that was deleted is deleted, too.
    """
    try:
        return own(store, environment, Requested(scan_id, attempt))
    except ScanError:
        mine = all(generation.scan_id == scan_id for generation in store.generations(environment))
        if mine and store.environment(environment) is None and not store.scans(environment):
            with suppress(LookupError):
                store.delete_environment(environment, "delete")
        raise


def _with(scan: Document, snapshot: str | None, compare_with: str | None) -> Document:
    """Return a scan that does also what is asked for only now."""
    late = {"snapshot": snapshot, "compare_with": compare_with}
    return {**scan, "options": {**scan["options"], **{name: said for name, said in late.items() if said}}}


def _publish(store: Store, name: str, scan: Mapping[str, Any], at: datetime) -> Outcome:
    options = scan["options"]
    asked = _asked(options)
    sources = store.sources(name)
    heard = {source for source in asked if _was_heard(sources.get(source), scan["started_at"])}
    if options["clear"] and heard:
        store.forget_sources(name, asked)
    facts = store.facts(name)
    known = store.environment(name)
    if known is None and options.get("configured"):
        raise _deleted(name)
    environment = (known or Environment(name)).changed(options["settings"])
    errors = faults(environment, facts, asked, heard)
    texts = [error.text for error in errors]
    if asked and not heard:
        store.add_messages(name, errors, scan_id=scan["id"], at=at)
        return Outcome("failed", errors=texts)
    if options["record_to"]:
        write_meta(
            Path(options["record_to"]), [host for name, host in asked.items() if host and name in heard], at
        )
    registry, unused = with_posted(default_registry(), store, name)
    topology = build_topology(environment, facts, registry)
    previous = store.generation(name) or None
    publication = store.publish(
        name,
        topology,
        scan_id=scan["id"],
        at=at,
        only=[options["only"]] if options["only"] else COLLECTIONS,
        stale={source.name: source.collected_at for source in facts.sources.values() if source.stale},
        search_fields=registry.search_fields,
    )
    notices = list(left_behind(facts, asked)) if options["whole"] else []
    notices += withheld(facts, asked, heard)
    notices += [Message("warn", text) for text in unsupported(environment, registry.supported)]
    store.add_messages(name, [*topology.messages, *errors, *notices, *unused], scan_id=scan["id"], at=at)
    found = {"scanned": True, "last_scanned": at, "discovered": topology.drivers} if options["whole"] else {}
    try:
        store.change_environment(name, {**options["settings"], **found})
    except LookupError:
        if options.get("configured"):
            raise _deleted(name) from None
        _scan(store, name, scan["id"], None)
        store.create_environment(environment.changed(found))
    by = scan["submitted_by"] or caller()
    afterwards = name_and_compare(
        store, name, options, publication.generation, previous=previous, by=by, at=at
    )
    store.add_messages(name, afterwards, scan_id=scan["id"], at=at)
    texts += [message.text for message in afterwards if message.level == "error"]
    tidy(store, environment, scan_id=scan["id"], at=at)
    return Outcome(
        status="completed_with_errors" if texts else "completed",
        generation=publication.generation,
        changed=publication.changed,
        counts=publication.counts,
        errors=texts,
        messages=dict(Counter(message.level for message in topology.messages)),
    )


def _asked(options: Mapping[str, Any]) -> Asked:
    hosts: dict[str, str | None] = {host_source(host): host for host in options["hosts"]}
    others = [*([OPENSTACK] if options["cloud"] else []), *options.get("further", [])]
    return {**dict.fromkeys(others), **hosts}


def _was_heard(source: Source | None, since: datetime) -> bool:
    return bool(source and not source.stale and source.collected_at and source.collected_at >= since)


def _deleted(environment: str) -> ScanError:
    return ScanError(f"environment {environment!r} was deleted while it was scanned")
