# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""Collects the facts of an OpenStack cloud: rows, which kinds were read wholly, and gaps."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import NamedTuple, Sequence
from urllib.parse import parse_qs, urlsplit

from .openstack_cloud import MALFORMED, Cloud, open_recording
from .openstack_kinds import COMPUTE, IDENTITY, LISTINGS, NETWORK, Listing, UnreadableError
from .openstack_login import open_cloud
from .openstack_recording import Recorder, Replayer
from .patient_http import LiveAdapter, network_cause
from .scrubbing import scrub_text

_SETTLE_SECONDS = 2.0
_DETAIL_LENGTH = 300
_REASONS = {401: "forbidden", 403: "forbidden", 404: "unsupported", 405: "unsupported", 501: "unsupported"}
"""The reason of a gap by HTTP status; any other is a failure."""


class _GapError(Exception):
    """A request that brought nothing: the `reason` of the gap, and its text."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class Sought(NamedTuple):
    """What is read of a listing: the things whose `attribute` has one of `values`; attribute None: all."""

    listing: Listing
    attribute: str | None = None
    values: tuple[str, ...] = ()

    def queries(self) -> list[dict]:
        """Return what to ask the listing's path with."""
        return [{}] if self.attribute is None else self.listing.queries(self.attribute, list(self.values))


class _Part(NamedTuple):
    """What came of one listing in one region."""

    sought: Sought
    region: str | None
    rows: list[dict]
    gaps: list[dict]

    @property
    def listing(self) -> Listing:
        return self.sought.listing


def chosen(select: Sequence[dict]) -> list[Sought]:
    """Return what an option `select` asks for. Raise ValueError for what cannot be asked."""
    listings = {listing.kind: listing for listing in LISTINGS}
    found = []
    for entry in select:
        listing = listings.get(entry["kind"])
        if listing is None:
            raise ValueError(f"{entry['kind']!r} is no kind: choose from {', '.join(listings)}")
        if bool(entry["attribute"]) != bool(entry["values"]):
            raise ValueError("`attribute` and `values` go together")
        sought = Sought(listing, entry["attribute"], tuple(entry["values"] or ()))
        sought.queries()
        found.append(sought)
    return found


def gather(options: dict, wanted: Sequence[Sought] = tuple(map(Sought, LISTINGS))) -> dict:
    """Return {rows, kinds, sought, gaps, cloud, regions} of the cloud that the module's `options` name.

    wanted: what is read of it
    rows: [{kind, key, data}] sorted by kind and key
    kinds: [{kind, region}] that were read wholly, so that a row that is not there is no more; region None for
        what Keystone holds
    sought: [{kind, attribute, values}] that were read wholly, in all regions
    gaps: [{part, reason, command, detail}]
    cloud: its name
    regions: those that were read
    Raise `CloudError` or `RecordingError` where nothing can be read at all.
    """
    workers = options["workers"]
    if options["recording"]:
        cloud = open_recording(Replayer(options["recording"]), options["regions"])
        return _collect(cloud, wanted, workers)
    if not options["record_to"]:
        return _collect(open_cloud(options, LiveAdapter(workers)), wanted, workers)
    recorder = Recorder(LiveAdapter(workers), options["record_to"])
    settings: dict = {}
    try:
        cloud = open_cloud(options, recorder)
        settings = cloud.settings()
        return _collect(cloud, wanted, workers)
    finally:
        recorder.write(settings)


def _collect(cloud: Cloud, wanted: Sequence[Sought], workers: int) -> dict:
    with ThreadPoolExecutor(workers) as pool:
        limits = dict(pool.map(lambda region: (region, _prepare(cloud, region)), [None, *cloud.regions]))
        jobs = [
            (sought, region)
            for sought in wanted
            for region in ([None] if sought.listing.service == IDENTITY else cloud.regions)
        ]
        parts = list(pool.map(lambda job: _read(cloud, *job, limits[job[1]]), jobs))
    rows: dict[tuple[str, str], dict] = {}
    for part in parts:
        for row in part.rows:
            rows.setdefault((row["kind"], row["key"]), row)
    return {
        "rows": [rows[key] for key in sorted(rows)],
        "kinds": [
            {"kind": part.listing.kind, "region": part.region}
            for part in parts
            if part.sought.attribute is None and not part.gaps
        ],
        "sought": [
            {"kind": sought.listing.kind, "attribute": sought.attribute, "values": list(sought.values)}
            for sought in wanted
            if sought.attribute is not None and not any(part.gaps for part in parts if part.sought is sought)
        ],
        "gaps": [gap for part in parts for gap in part.gaps],
        "cloud": cloud.name,
        "regions": cloud.regions,
    }


def _prepare(cloud: Cloud, region: str | None) -> _GapError | None:
    """Find the region's services before many ask for them at once, and how far Neutron's lists are limited.

    Neutron leaves out of its lists, without a word, what the user may not see. But the list of quotas it
    refuses to exactly those whose lists it shortens.
    """
    for service in [IDENTITY] if region is None else [COMPUTE, NETWORK]:
        with suppress(*_sdk_errors()):  # each listing meets the same error, and reports it
            cloud.find(service, region)
    if region is not None:
        try:
            _get(cloud, NETWORK, region, "/quotas", {})
        except _GapError as error:
            if error.reason == "forbidden":
                return _GapError("forbidden", _own(cloud))
            if error.reason != "unsupported":
                return error
    return None


def _own(cloud: Cloud) -> str:
    return f"only what project {cloud.project!r} may see was read"


def _read(cloud: Cloud, sought: Sought, region: str | None, limit: _GapError | None) -> _Part:
    part, listing = _Part(sought, region, [], []), sought.listing
    try:
        _list_settled(cloud, part)
        if listing.filtered and limit:
            _add_gap(part, limit.reason, str(limit))
    except _GapError as error:
        if error.reason == "forbidden" and listing.own_path:
            _list_own(cloud, part, listing.own_path, error)
        else:
            _add_gap(part, error.reason, str(error))
    return part


def _list_own(cloud: Cloud, part: _Part, path: str, refusal: _GapError) -> None:
    """List what the user may see, where listing everything was refused."""
    try:
        _list(cloud, part, path)
        _add_gap(part, "forbidden", f"{_own(cloud)}: {refusal}")
    except _GapError as error:
        _add_gap(part, "forbidden", f"{refusal}; {error}")


def _add_gap(part: _Part, reason: str, detail: str) -> None:
    place = f"{part.region}: " if part.region else ""
    text = scrub_text(" ".join(detail.split()))[:_DETAIL_LENGTH].encode("utf-8", "replace").decode()
    part.gaps.append(
        {"part": part.listing.kind, "reason": reason, "command": part.listing.command, "detail": place + text}
    )


def _list_settled(cloud: Cloud, part: _Part) -> None:
    """List, and once more where something reads as dead that may only not have been asked for a while."""
    _list(cloud, part, part.listing.path)
    settles = part.listing.settles
    if settles and any(row["data"].get(settles) is False for row in part.rows):
        time.sleep(0 if cloud.replayed else _SETTLE_SECONDS)
        _list(cloud, part, part.listing.path)


def _list(cloud: Cloud, part: _Part, path: str) -> None:
    """Replace what the part holds by all pages of `path`. Pages before a failed one stay."""
    part.rows.clear()
    part.gaps.clear()
    for query in part.sought.queries():
        _list_pages(cloud, part, path, query)


def _list_pages(cloud: Cloud, part: _Part, path: str, asked: dict) -> None:
    listing = part.listing
    query: dict = {**asked, "limit": cloud.page_size} if listing.paged else dict(asked)
    seen: set[str] = set()
    while True:
        body = _get(cloud, listing.service, part.region, path, query)
        try:
            items = body[listing.collection]
            if not isinstance(items, list):
                raise UnreadableError(f"{listing.collection!r} is not a list")
            marker = _next_marker(body, listing.collection)
        except MALFORMED as error:
            raise _GapError("unreadable", _what_is_wrong(error)) from error
        _add_rows(part, items)
        if body.get("truncated") is True:
            _add_gap(part, "truncated", "the service cut its list short (list_limit in its configuration)")
        if marker is None:
            return
        if marker in seen:
            raise _GapError("unreadable", "the pages go in a circle")
        seen.add(marker)
        query["marker"] = marker


def _add_rows(part: _Part, items: list) -> None:
    faults = []
    for item in items:
        try:
            part.rows.append(part.listing.row(item, part.region))
        except MALFORMED as error:
            faults.append(_what_is_wrong(error))
    if faults:
        _add_gap(part, "unreadable", f"{len(faults)} of {len(items)} left out: {faults[0]}")


def _what_is_wrong(error: Exception) -> str:
    own_words = isinstance(error, UnreadableError)
    return str(error) if own_words else f"not as the API has it: {type(error).__name__} {error}"


def _next_marker(body: dict, collection: str) -> str | None:
    """The marker of the next page. The link itself may name a host that only the cloud's inside knows."""
    links = body.get(f"{collection}_links") or []
    own = body.get("links")
    nexts = [link["href"] for link in links if link["rel"] == "next"]
    nexts += [own["next"]] if own and own.get("next") else []
    return parse_qs(urlsplit(nexts[0]).query)["marker"][-1] if nexts else None


def _sdk_errors() -> tuple[type[Exception], ...]:
    from keystoneauth1.exceptions import ClientException
    from openstack.exceptions import SDKException

    return (ClientException, SDKException, OSError, *MALFORMED)


def _get(cloud: Cloud, service: str, region: str | None, path: str, query: dict) -> dict:
    """Return the body of a successful answer, or raise `_GapError`."""
    from keystoneauth1 import exceptions
    from openstack.exceptions import EndpointNotFound, NotSupported, ServiceDisabledException

    try:
        response = cloud.get(service, region, path, **query)
    except (exceptions.EndpointNotFound, EndpointNotFound, NotSupported, ServiceDisabledException) as error:
        raise _GapError("unsupported", f"the region has no {service} service: {error}") from error
    except exceptions.ConnectTimeout as error:
        raise _GapError("timeout", str(error)) from error
    except _sdk_errors() as error:
        raise _GapError("failed", f"{type(error).__name__}: {network_cause(str(error)) or error}") from error
    if response.status_code != 200:
        reason = _REASONS.get(response.status_code, "failed")
        raise _GapError(reason, f"HTTP {response.status_code}: {_message(response.content)}")
    return _json(response.content)


def _json(content: bytes) -> dict:
    try:
        body = json.loads(content.decode("utf-8"), parse_constant=_refuse_constant)
        if b"\\ud" in content.lower():
            body = json.loads(json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        raise _GapError("unreadable", f"the answer is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise _GapError("unreadable", "the answer is not a JSON object")
    return body


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _message(content: bytes) -> str:
    """The service's own words in an answer that reports an error."""
    try:
        body = json.loads(content)
        return next(part["message"] for part in body.values() if isinstance(part.get("message"), str))
    except (*MALFORMED, StopIteration):
        return "no explanation"
