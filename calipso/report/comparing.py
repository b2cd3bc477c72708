"""Two states of an environment, read from the store and compared: whole, or in part."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..analyze.comparison import Comparison
from ..analyze.comparison import compare as compared
from ..analyze.ownership import of_project
from ..analyze.surroundings import changes_around
from ..model.topology import Document

if TYPE_CHECKING:
    from ..store import Generation, Store, View

_AT_ONCE = 10_000
"""Objects that are looked up at once."""

_LISTED = 20


class ScopeError(LookupError):
    """In neither state is there what the comparison is to be limited to; or several things are called so."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a comparison is limited to: a project and what belongs to it, or an object and its clique.

    `document` is the object, as it is after, or else was before; it need not be there in both states.
    """

    document: Document
    before: bool
    after: bool


@dataclass(frozen=True, slots=True)
class ComparedStates:
    """What is different between two states of an environment. `scope`: what was looked at; None: all."""

    environment: str
    before: Generation
    after: Generation
    scope: Scope | None
    comparison: Comparison

    @property
    def equal(self) -> bool:
        """Whether nothing is different."""
        return self.comparison.equal

    def document(self) -> Document:
        """Return all of it, fit for JSON but for its times.

        `environment`; `before` and `after`: each with generation, names (of snapshots) and published_at;
        `scope`: id, type and name, and whether it is there `before` and `after`, or None; `equal`;
        `summary`, `objects` and `links`, as `Comparison` has them.
        """
        return {
            "environment": self.environment,
            "before": _state(self.before),
            "after": _state(self.after),
            "scope": _scope(self.scope),
            "equal": self.equal,
            "summary": self.comparison.summary,
            "objects": self.comparison.objects,
            "links": self.comparison.links,
        }


def compare(
    store: Store,
    environment: str,
    before: Generation,
    after: Generation,
    *,
    project: str | None = None,
    focal_point: str | None = None,
) -> ComparedStates:
    """Compare two states, wholly or what belongs to a `project` or `focal_point`: ids, or names.

    What belongs to a project, `of_project` says; to a focal point, itself and the links and objects of its
    clique in either state. Raises ScopeError for one that is in neither state, ValueError for both of them,
    and StoreError.
    """
    if project is not None and focal_point is not None:
        raise ValueError("a comparison is limited to a project or to a focal point, not to both")
    scope = None
    changes = store.changes(environment, before.number, after.number)
    if project is not None or focal_point is not None:
        views = store.view(environment, before.number), store.view(environment, after.number)
        if project is not None:
            scope = _find(*views, project, "project")
            look_ups = [_LookUp(view) for view in views]
            changes = of_project(changes, scope.document["id"], *look_ups)
        else:
            scope = _find(*views, str(focal_point), None)
            changes = changes_around(changes, scope.document["id"], *views)
    return ComparedStates(environment, before, after, scope, compared(changes))


class _LookUp:
    """Looks up objects of a view by their ids."""

    def __init__(self, view: View) -> None:
        self._view = view

    def __call__(self, ids: Collection[str]) -> Iterator[Document]:
        """Yield those that are there."""
        listed = sorted(ids)
        for start in range(0, len(listed), _AT_ONCE):
            yield from self._view.objects(ids=listed[start : start + _AT_ONCE])


def _find(before: View, after: View, wanted: str, type_: str | None) -> Scope:
    """Return the object of this id, or else the only one of this name, in either state."""
    views = before, after
    by_id = [view.objects(ids=[wanted], type=type_) for view in views]
    found = [{each["id"]: each for each in listed} for listed in by_id]
    if not any(found):
        by_name = [view.objects({"name": wanted}, type=type_) for view in views]
        found = [{each["id"]: each for each in listed} for listed in by_name]
    ids = sorted(found[0].keys() | found[1].keys())
    what = type_ or "object"
    if not ids:
        raise ScopeError(
            f"there is no {what} {wanted!r} in generation {before.generation} or {after.generation} "
            f"of environment {after.environment!r}"
        )
    if len(ids) > 1:
        listed = ", ".join(ids[:_LISTED]) + (", ..." if len(ids) > _LISTED else "")
        raise ScopeError(f"{wanted!r} is the name of {len(ids)} {what}s, say which by its id: {listed}")
    (key,) = ids
    in_either: dict[str, Any] = found[1].get(key) or found[0][key]
    return Scope(in_either, before=before.object(key) is not None, after=after.object(key) is not None)


def _state(generation: Generation) -> Document:
    return {
        "generation": generation.number,
        "names": list(generation.names),
        "published_at": generation.published_at,
    }


def _scope(scope: Scope | None) -> Document | None:
    if scope is None:
        return None
    brief = {name: scope.document[name] for name in ("id", "type", "name")}
    return {**brief, "before": scope.before, "after": scope.after}
