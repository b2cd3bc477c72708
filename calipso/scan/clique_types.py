"""Clique types that users posted: what they add to the registry that builds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..build.registry import Registry
from ..model.clique import CliqueType
from ..model.metadata import InvalidMetadataError, check_clique_type
from ..model.topology import Message

if TYPE_CHECKING:
    from ..store import Store


def with_posted(registry: Registry, store: Store, environment: str) -> tuple[Registry, list[Message]]:
    """Return `registry` with the clique types that users posted for `environment`, for configurations, or for
    ANY; and a message for each that cannot be used any more, which is left out.
    """
    posted: list[CliqueType] = []
    messages: list[Message] = []
    for document in store.clique_types(environment):
        entry = {name: value for name, value in document.items() if name != "id" and value is not None}
        try:
            posted.append(check_clique_type(entry, registry.kinds, registry.either_direction))
        except InvalidMetadataError as error:
            faults = "; ".join(str(error).splitlines())
            messages.append(Message("error", f"the clique type {document['name']!r} is not used: {faults}"))
    return registry.with_clique_types(posted), messages
