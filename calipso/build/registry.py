"""What there is: kinds, link types and families, clique types, found by folder and by entry point.

A kind is a module in `kinds/`, or one that an installed package names under the entry point group
`calipso.kinds`; a link family one in `links/`, or under `calipso.links`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from ..model.clique import CliqueType, best
from ..model.environment import Environment
from ..model.kind import Kind
from ..model.link import LinkType
from ..model.metadata import directories, load
from ..model.supported import SupportedEnvironment
from ..model.topology import Document
from . import kinds as kind_modules
from . import links as link_modules
from .tree import ROOT


@dataclass(frozen=True, slots=True)
class Maker:
    """What makes the objects of a kind: `build(cloud)` all of them, or `build(cloud, one)` those of one.

    `each` says of what: of each row of a kind of facts, or of each host.
    """

    kind: Kind
    build: Callable[..., Iterable[Document]]
    each: str | None = None


@dataclass(frozen=True, slots=True)
class Family:
    """What finds links: `find(cloud, graph)` all of a family, or `find(cloud, graph, one)` those of one."""

    find: Callable[..., None]
    each: str | None = None


EVERYWHERE = (
    "id",
    "type",
    "name",
    "object_name",
    "parent_id",
    "parent_type",
    "id_path",
    "name_path",
    "source",
    "health",
    "show_in_tree",
)
"""The attributes that objects of every kind have."""


@dataclass(slots=True)
class Registry:
    """All declarations. Kinds stand in the tree's order, parents before children."""

    kinds: dict[str, Kind] = field(default_factory=dict)
    makers: list[Maker] = field(default_factory=list)
    link_types: dict[str, LinkType] = field(default_factory=dict)
    attribute_links: dict[str, list[LinkType]] = field(default_factory=dict)
    link_families: list[Family] = field(default_factory=list)
    clique_types: list[CliqueType] = field(default_factory=list)
    constraints: dict[str, tuple[str, ...]] = field(default_factory=dict)
    supported: list[SupportedEnvironment] = field(default_factory=list)

    @property
    def search_fields(self) -> tuple[str, ...]:
        """The attributes that `find` looks into, besides id and names."""
        return tuple(
            dict.fromkeys(
                declared.name for kind in self.kinds.values() for declared in kind.fields if declared.search
            )
        )

    @property
    def search_attributes(self) -> dict[str, frozenset[str]]:
        """The attributes by whose values objects are found, with the types that declare each; none: all."""
        declaring: dict[str, set[str]] = defaultdict(set)
        for kind in self.kinds.values():
            for declared in kind.fields:
                declaring[declared.name].add(kind.type)
        own = {name: frozenset(types) for name, types in declaring.items()}
        return own | dict.fromkeys(EVERYWHERE, frozenset())

    @property
    def either_direction(self) -> frozenset[str]:
        """The names of all link types, and those of their reverses."""
        return frozenset(
            name for each in self.link_types.values() for name in (each.name, f"{each.target}-{each.source}")
        )

    def pair(self, name: str) -> tuple[str, str]:
        """Return the two kinds of a link type, explicit or implicit, in the direction that its name has."""
        return next((near, far) for near in self.kinds for far in self.kinds if f"{near}-{far}" == name)

    @property
    def pairs(self) -> dict[str, tuple[str, str]]:
        """The two kinds of every link type that may be, explicit or implicit, by its name."""
        kinds = list(reversed(self.kinds))
        return {f"{near}-{far}": (near, far) for near in kinds for far in kinds}

    def directions(self, name: str) -> tuple[str, ...]:
        """Return what a link type is called in either direction; of what is none, the name itself."""
        found = ((near, far) for near in self.kinds for far in self.kinds if f"{near}-{far}" == name)
        return next(((name, f"{far}-{near}") for near, far in found), (name,))

    def with_clique_types(self, clique_types: Iterable[CliqueType]) -> Registry:
        """Return a registry that has these clique types, too, in the place of any of their names.

        They stand before the others, so that they win ties.
        """
        first = {(each.name, each.environment): each for each in clique_types}
        others = [each for each in self.clique_types if (each.name, each.environment) not in first]
        return replace(self, clique_types=[*first.values(), *others])

    def clique_types_for(self, environment: Environment) -> dict[str, CliqueType]:
        """Return which clique type serves each focal point type in an environment."""
        return best(self.clique_types, environment)


def default_registry() -> Registry:
    """Return the registry of what is installed, with the metadata of ours and of the users' directories."""
    return make_registry(
        _modules(kind_modules, "calipso.kinds"), _modules(link_modules, "calipso.links"), directories()
    )


def make_registry(
    kinds: Iterable[ModuleType], families: Iterable[ModuleType], metadata: Sequence[Path]
) -> Registry:
    """Return a registry of these modules and metadata directories; ValueError names what contradicts."""
    registry = Registry()
    declared = {module.KIND.type: module for module in kinds}
    for name in _parents_first({name: module.KIND.parent for name, module in declared.items()}):
        module = declared[name]
        registry.kinds[name] = module.KIND
        registry.makers.append(Maker(module.KIND, module.build, getattr(module, "EACH", None)))
        for link_type in getattr(module, "LINK_TYPES", ()):
            _add_link_type(registry, link_type)
            registry.attribute_links.setdefault(name, []).append(link_type)
    for module in families:
        for link_type in module.LINK_TYPES:
            _add_link_type(registry, link_type)
        registry.link_families.append(Family(module.find, getattr(module, "EACH", None)))
    faults = [
        f"link type {each.name}: {end!r} is no kind"
        for each in registry.link_types.values()
        for end in (each.source, each.target)
        if end not in registry.kinds
    ]
    if faults:
        raise ValueError("; ".join(faults))
    found = load(metadata, registry.kinds, registry.either_direction)
    registry.clique_types, registry.constraints = found.clique_types, found.constraints
    registry.supported = found.supported
    return registry


def _add_link_type(registry: Registry, link_type: LinkType) -> None:
    if link_type.name in registry.either_direction:
        raise ValueError(f"link type {link_type.name} is declared twice")
    registry.link_types[link_type.name] = link_type


def _modules(package: ModuleType, group: str) -> Iterator[ModuleType]:
    for found in sorted(pkgutil.iter_modules(package.__path__), key=lambda found: found.name):
        yield importlib.import_module(f"{package.__name__}.{found.name}")
    for entry in sorted(entry_points(group=group), key=lambda entry: entry.name):
        yield entry.load()


def _parents_first(parents: dict[str, str | None]) -> list[str]:
    """Return the kinds so that each stands behind its parent; ValueError for a parent that is no kind."""
    ordered: list[str] = []
    waiting = dict(sorted(parents.items()))
    while waiting:
        ready = [name for name, parent in waiting.items() if parent in (None, ROOT, *ordered)]
        if not ready:
            raise ValueError(f"these kinds have parents that are no kinds, or go round: {', '.join(waiting)}")
        for name in ready:
            ordered.append(name)
            del waiting[name]
    return ordered
