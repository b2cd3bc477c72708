"""From what a user calls an object to the object."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

import click

from ..model.search import Query, later_words
from ..model.topology import Document

if TYPE_CHECKING:
    from ..store import View

_NEAR = 5
_LISTED = 20
_CANDIDATES = 200
_LIKE = 0.6


def resolve(view: View, wanted: str) -> Document:
    """Return the object with this id, or else the only one with this name.

    Raises ClickException, which lists the objects with that name, or those that are called similarly.
    """
    if found := view.object(wanted):
        return found
    named = list(view.objects({"name": wanted}))
    if len(named) == 1:
        return named[0]
    if named:
        raise click.ClickException(
            f"{wanted!r} is the name of {len(named)} objects, say which by its id: {_listed(named, _LISTED)}"
        )
    near = _near(view, wanted)
    raise click.ClickException(
        f"there is no object {wanted!r} in generation {view.generation} of environment {view.environment!r}"
        + (f"; these are near: {_listed(near, _NEAR)}" if near else "")
    )


def _near(view: View, wanted: str) -> list[Document]:
    """Return the objects called most similarly: what is mistyped in one part is right in another."""
    half = (len(wanted) + 1) // 2
    candidates: dict[str, Document] = {}
    for part in (wanted, wanted[:half], *later_words(wanted.lower())):
        found = view.search(Query(part), limit=_CANDIDATES)
        candidates |= {document["id"]: document for document in found}
    ratios = {
        key: max(_likeness(wanted, document["id"]), _likeness(wanted, str(document["name"])))
        for key, document in candidates.items()
    }
    return sorted(
        (candidates[key] for key, ratio in ratios.items() if ratio > _LIKE), key=lambda d: -ratios[d["id"]]
    )


def _likeness(wanted: str, name: str) -> float:
    wanted, name = wanted.lower(), name.lower()
    return 1.0 if wanted in name else SequenceMatcher(None, wanted, name).ratio()


def _listed(documents: list[Document], most: int) -> str:
    shown = [
        document["id"] if document["id"] == document["name"] else f"{document['id']} ({document['name']})"
        for document in documents[:most]
    ]
    return ", ".join(shown) + (", ..." if len(documents) > most else "")
