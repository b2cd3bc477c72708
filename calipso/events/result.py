"""What a handler makes of an event: changes of facts, and whom to ask for what it does not tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from ..model.fact_change import FactChange
from ..model.facts import HOST
from ..model.topology import Level


@dataclass(frozen=True, slots=True, order=True)
class Ask:
    """A question: the facts of a host, by OpenStack's name of it; or OpenStack's rows of a kind, those whose
    `attribute` has a value, or all.
    """

    kind: str
    attribute: str = ""
    value: str = ""

    def by(self, name_of: Callable[[str], str]) -> Ask:
        """Return it with the host called as `name_of` says."""
        return replace(self, value=name_of(self.value)) if self.kind == HOST else self

    @classmethod
    def hosts(cls, names: Iterable[object]) -> tuple[Ask, ...]:
        """Return the questions to these hosts; what is no name of one is passed over."""
        known = {name for name in names if name and isinstance(name, str)}
        return tuple(cls(HOST, "name", name) for name in sorted(known))


@dataclass(frozen=True, slots=True)
class EventResult:
    """What came of an event.

    Where `result` is false the event could not be handled: with `retry` it comes again later, a few times,
    else it goes to the dead letters. A `message` is added to the environment's, about `related_object`;
    `display_context` names the object to show it in.
    """

    result: bool = True
    retry: bool = False
    message: str | None = None
    level: Level = "info"
    related_object: str | None = None
    related_object_type: str | None = None
    display_context: str | None = None
    changes: tuple[FactChange, ...] = ()
    ask: tuple[Ask, ...] = ()
