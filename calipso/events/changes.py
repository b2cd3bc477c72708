"""Changes of facts as notifications tell them: rows as a scan would make them of the same things."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..model.fact_change import FactChange
from ..model.facts import HOST
from ..shared.openstack_kinds import LISTINGS
from .known import Known
from .notification import Notification
from .result import Ask

_LISTINGS = {listing.kind: listing for listing in LISTINGS}


class MalformedEventError(ValueError):
    """A notification that lacks what its type promises; the text says what."""


def unaskable(ask: Ask) -> str | None:
    """Return why a question cannot be asked, or None."""
    if ask.kind == HOST:
        return None
    listing = _LISTINGS.get(ask.kind)
    if listing is None:
        return f"{ask.kind!r} is no kind of OpenStack's"
    try:
        if ask.attribute:
            listing.queries(ask.attribute, [ask.value])
    except ValueError as error:
        return str(error)
    return None


def part(event: Notification, name: str) -> Mapping[str, Any]:
    """Return a mapping that the payload has. Raises MalformedEventError."""
    found = event.payload.get(name)
    if not isinstance(found, Mapping):
        raise MalformedEventError(f"its payload has no {name!r}")
    return found


def key_of(event: Notification, kind: str) -> str:
    """Return the id of a thing that is gone: `<kind>_id`, or its own. Raises MalformedEventError."""
    own = event.payload.get(kind)
    found = event.payload.get(f"{kind}_id") or (own.get("id") if isinstance(own, Mapping) else None)
    if not isinstance(found, str) or not found:
        raise MalformedEventError(f"its payload has no {kind}_id")
    return found


def put(event: Notification, known: Known, kind: str, item: Mapping[str, Any]) -> FactChange:
    """Return the change that a thing is now, in these attributes, as the API would show it.

    Raises MalformedEventError.
    """
    region = known.region_of(event.host)
    try:
        row = _LISTINGS[kind].row(dict(item), region)
    except (ValueError, TypeError, AttributeError, LookupError) as error:
        raise MalformedEventError(f"the {kind} in its payload cannot be read: {error}") from None
    return FactChange(kind, row["key"], event.at, row["data"], whole=False, region=region)


def gone(event: Notification, known: Known, kind: str, key: str) -> FactChange:
    """Return the change that a thing is no more."""
    return FactChange(kind, key, event.at, None, region=known.region_of(event.host))
