"""Metadata files: what is data, and not code. Read, checked whole, and merged over ours.

A metadata directory holds YAML files with any of the sections `clique_types` and `clique_constraints`.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from .clique import CliqueType

OURS = Path(__file__).with_name("data")
PATH_VARIABLE = "CALIPSO_METADATA"
"""Names the users' metadata directories, separated as in PATH; the last one wins."""

SECTIONS = ("clique_types", "clique_constraints")


class InvalidMetadataError(ValueError):
    """Metadata that cannot be used; the text has a line for every fault: file, place, what was expected."""


@dataclass(slots=True)
class Metadata:
    """The sections of all metadata files. Users' clique types stand before ours, so that they win ties."""

    clique_types: list[CliqueType] = field(default_factory=list)
    constraints: dict[str, tuple[str, ...]] = field(default_factory=dict)


def directories() -> list[Path]:
    """Return the metadata directories: ours, then the users'."""
    return [OURS, *(Path(name) for name in os.environ.get(PATH_VARIABLE, "").split(os.pathsep) if name)]


def load(where: Iterable[Path], kinds: Collection[str], link_types: Collection[str]) -> Metadata:
    """Read metadata directories; a clique type replaces one of the same name and environment before it.

    Raises InvalidMetadataError with all faults of all files.
    """
    faults: list[str] = []
    chosen: dict[tuple[Any, ...], CliqueType] = {}
    constraints: dict[str, tuple[str, ...]] = {}
    for directory in where:
        if not directory.is_dir():
            faults.append(f"{directory}: is no directory (set by {PATH_VARIABLE})")
            continue
        for path in sorted(directory.glob("*.yml")):
            reader = _Reader(path, kinds, link_types, faults)
            for found in reader.clique_types():
                chosen.pop((found.name, found.environment), None)
                chosen[found.name, found.environment] = found
            constraints.update(reader.constraints())
    if faults:
        raise InvalidMetadataError("\n".join(faults))
    return Metadata(list(reversed(chosen.values())), constraints)


class _Reader:
    """Reads one file, and notes every fault."""

    def __init__(
        self, path: Path, kinds: Collection[str], link_types: Collection[str], faults: list[str]
    ) -> None:
        self.path, self.kinds, self.link_types, self.faults = path, kinds, link_types, faults
        self.sections = self._sections()

    def _sections(self) -> Mapping[str, Any]:
        import yaml

        try:
            content = yaml.safe_load(self.path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            self._fault("", f"cannot be read: {error}")
            return {}
        if not isinstance(content, dict):
            self._fault("", f"expected a mapping with {' and '.join(SECTIONS)}")
            return {}
        for name in content.keys() - set(SECTIONS):
            self._fault(str(name), f"unknown section; expected {' or '.join(SECTIONS)}")
        return content

    def _fault(self, place: str, expected: str) -> None:
        self.faults.append(f"{self.path}: {place + ': ' if place else ''}{expected}")

    def _entries(self, section: str) -> Iterable[tuple[str, dict[str, Any]]]:
        entries = self.sections.get(section) or []
        if not isinstance(entries, list):
            self._fault(section, "expected a list")
            return
        for number, entry in enumerate(entries):
            place = f"{section}[{number}]"
            if isinstance(entry, dict):
                yield place, entry
            else:
                self._fault(place, "expected a mapping")

    def _focal_point(self, place: str, entry: Mapping[str, Any]) -> str | None:
        focal = entry.get("focal_point_type")
        if focal not in self.kinds:
            self._fault(
                f"{place}.focal_point_type", f"{focal!r} is no kind; expected one of {', '.join(self.kinds)}"
            )
            return None
        return str(focal)

    def _names(self, place: str, value: Any) -> tuple[str, ...]:
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
            self._fault(place, "expected a name, or a list of names")
            return ()
        return tuple(listed)

    def _pairs(self) -> frozenset[str]:
        """Return the names of all link types that could be: implicit ones join any two kinds."""
        return frozenset(f"{near}-{far}" for near in self.kinds for far in self.kinds)

    def clique_types(self) -> Iterable[CliqueType]:
        """Yield the file's clique types that have no fault."""
        known = {each.name for each in fields(CliqueType)}
        lists = ("link_types", "distribution_version", "mechanism_drivers", "type_drivers")
        for place, entry in self._entries("clique_types"):
            before = len(self.faults)
            for name in entry.keys() - known:
                self._fault(f"{place}.{name}", f"unknown key; expected one of {', '.join(sorted(known))}")
            focal = self._focal_point(place, entry)
            listed = {name: self._names(f"{place}.{name}", entry[name]) for name in lists if name in entry}
            implicit = entry.get("use_implicit_links", False)
            allowed = self._pairs() if implicit else self.link_types
            for number, name in enumerate(listed.setdefault("link_types", ())):
                if name not in allowed:
                    self._fault(
                        f"{place}.link_types[{number}]", f"{name!r} is no link type, in either direction"
                    )
            if not listed["link_types"]:
                self._fault(f"{place}.link_types", "expected at least one link type")
            plain = {name: entry[name] for name in entry.keys() & known - set(lists) - {"use_implicit_links"}}
            for name, value in plain.items():
                if not isinstance(value, str):
                    self._fault(f"{place}.{name}", f"expected a name, not {value!r}")
            if not isinstance(implicit, bool):
                self._fault(f"{place}.use_implicit_links", "expected true or false")
            if focal and len(self.faults) == before:
                plain.setdefault("name", focal)
                values: dict[str, Any] = {**plain, **listed, "use_implicit_links": implicit}
                yield CliqueType(**values)

    def constraints(self) -> dict[str, tuple[str, ...]]:
        """Return the file's constraints: focal point type to attributes."""
        found = {}
        for place, entry in self._entries("clique_constraints"):
            if focal := self._focal_point(place, entry):
                found[focal] = self._names(f"{place}.constraints", entry.get("constraints"))
        return found
