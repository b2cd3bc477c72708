"""What is around an object: itself, and the links and objects of its clique."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from ..model.topology import Change, Document


class State(Protocol):
    """A state of an environment."""

    def cliques(self, *, focal_point: str) -> Iterable[Document]:
        """Yield the cliques around an object."""

    def links(self, *, ids: Collection[str]) -> Iterable[Document]:
        """Yield the links of these ids."""


def changes_around(changes: Sequence[Change], focal_point: str, *states: State) -> list[Change]:
    """Return the changes of an object, and of what is in its clique in any of the states."""
    inside = {focal_point}
    for state in states:
        for clique in state.cliques(focal_point=focal_point):
            for link in state.links(ids=clique["links"]):
                inside |= {link["id"], link["source_id"], link["target_id"]}
    return [change for change in changes if (change.after or change.before or {}).get("id") in inside]
