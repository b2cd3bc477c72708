"""The beginning of a scan: whom it must ask."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING
from uuid import uuid4

from ..model.facts import HOST
from .request import Request, ScanError
from .requested import Requested, own

if TYPE_CHECKING:
    from ..store import Store


@dataclass(frozen=True, slots=True)
class Plan:
    """Whom a scan asks: hosts, by their inventory names, the OpenStack APIs, and further sources."""

    hosts: tuple[str, ...]
    cloud: bool
    further: frozenset[str] = frozenset()


def plan(store: Store, request: Request) -> Plan:
    """Return whom `request` asks. Raises ScanError if it cannot be done; changes nothing."""
    request.check()
    if not request.collects:
        if not any(source.collected_at for source in store.sources(request.environment).values()):
            raise ScanError(
                f"environment {request.environment!r} has no facts to make {request.only} from: "
                "scan it whole first"
            )
        return Plan((), cloud=False)
    if request.object_id is None:
        return Plan(request.hosts, request.cloud, request.further)
    wanted = _hosts_of(store, request.environment, request.object_id)
    hosts = tuple(host for host in request.hosts if host in wanted)
    if wanted and not hosts:
        raise ScanError(
            f"what is known of {request.object_id!r} comes from {', '.join(sorted(wanted))}, "
            "which is not among the hosts that can be asked"
        )
    return Plan(hosts, request.cloud, request.further)


def begin(
    store: Store, request: Request, *, requested: Requested | None = None, at: datetime
) -> tuple[Plan, str]:
    """Begin the scan: return whom it asks, and its id. Raises ScanError.

    `requested`: a scan that was asked for, which this one is.
    """
    store.prepare()
    whom = plan(store, request)
    options = {
        "whole": request.whole,
        "object_id": request.object_id,
        "only": request.only,
        "clear": request.clear,
        "recording": str(request.recording) if request.recording else None,
        "record_to": str(request.record_to) if request.record_to else None,
        "hosts": list(whom.hosts),
        "cloud": whom.cloud,
        "further": sorted(whom.further),
        "configured": store.environment(request.environment) is not None,
        "settings": dict(request.settings),
        "snapshot": request.snapshot,
        "compare_with": request.compare_with,
    }
    if requested is not None:
        options = {**own(store, request.environment, requested)["options"], **options}
        store.adopt_scan(requested.scan_id, attempt=requested.attempt, options=options, at=at)
        return whom, requested.scan_id
    scan_id = str(uuid4())
    store.start_scan(request.environment, scan_id=scan_id, options=options, at=at)
    return whom, scan_id


def _hosts_of(store: Store, environment: str, object_id: str) -> set[str]:
    """Return the inventory's names of the hosts of an object, of all below it, and of its clique."""
    view = store.view(environment)
    focus = view.object(object_id)
    if focus is None:
        raise ScanError(
            f"environment {environment!r} has no object {object_id!r}: "
            f"`calipso find --env {environment} TEXT` finds objects and prints their ids"
        )
    links = {link for clique in view.cliques(focal_point=object_id) for link in clique["links"]}
    documents = chain(view.objects(under=focus["id_path"]), view.links(ids=links))
    names = {str(document.get("host")) for document in documents}
    return {host["inventory_hostname"] or host["id"] for host in view.objects(type=HOST, ids=names)}
