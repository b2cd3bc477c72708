"""Metadata files: what is data, and not code. Read, checked whole, and merged over ours.

A metadata directory holds YAML files with any of the sections in `SECTIONS`. Those of events are read by
`event_metadata`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from typing import Any

from .clique import CliqueType
from .supported import FEATURES, SupportedEnvironment

OURS = Path(__file__).with_name("data")
PATH_VARIABLE = "CALIPSO_METADATA"
"""Names the users' metadata directories, separated as in PATH; the last one wins."""

SECTIONS = ("clique_types", "clique_constraints", "supported_environments", "queues", "event_handlers")

Fault = Callable[[str, str], None]
"""Notes a fault: its place, and what was expected."""


class InvalidMetadataError(ValueError):
    """Metadata that cannot be used; the text has a line for every fault: file, place, what was expected."""


@dataclass(slots=True)
class Metadata:
    """The sections of all metadata files. Users' clique types stand before ours, so that they win ties."""

    clique_types: list[CliqueType] = field(default_factory=list)
    constraints: dict[str, tuple[str, ...]] = field(default_factory=dict)
    supported: list[SupportedEnvironment] = field(default_factory=list)


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
    supported: list[SupportedEnvironment] = []
    for path in files(where, faults):
        reader = _Reader(path, kinds, link_types, faults)
        for found in reader.clique_types():
            chosen.pop((found.name, found.environment), None)
            chosen[found.name, found.environment] = found
        constraints.update(reader.constraints())
        supported += reader.supported()
    if faults:
        raise InvalidMetadataError("\n".join(faults))
    return Metadata(list(reversed(chosen.values())), constraints, supported)


def files(where: Iterable[Path], faults: list[str]) -> Iterator[Path]:
    """Yield the files of metadata directories in order; one that is no directory is noted in `faults`."""
    for directory in where:
        if directory.is_dir():
            yield from sorted(directory.glob("*.yml"))
        else:
            faults.append(f"{directory}: is no directory (set by {PATH_VARIABLE})")


def sections(path: Path, fault: Fault) -> Mapping[str, Any]:
    """Return the sections of a metadata file; what is wrong with it as a whole is noted."""
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        fault("", f"cannot be read: {error}")
        return {}
    if not isinstance(content, dict):
        fault("", f"expected a mapping with {', '.join(SECTIONS)}")
        return {}
    for name in content.keys() - set(SECTIONS):
        fault(str(name), f"unknown section; expected one of {', '.join(SECTIONS)}")
    return content


def check_clique_type(
    entry: Mapping[str, Any], kinds: Collection[str], link_types: Collection[str]
) -> CliqueType:
    """Return the clique type that `entry` says. Raises InvalidMetadataError with all of its faults."""
    faults: list[str] = []
    found = _clique_type(entry, kinds, link_types, lambda place, text: faults.append(f"{place}: {text}"))
    if found is None:
        raise InvalidMetadataError("\n".join(faults))
    return found


class _Reader:
    """Reads one file, and notes every fault."""

    def __init__(
        self, path: Path, kinds: Collection[str], link_types: Collection[str], faults: list[str]
    ) -> None:
        self.path, self.kinds, self.link_types, self.faults = path, kinds, link_types, faults
        self.sections = sections(path, self._fault)

    def _fault(self, place: str, expected: str) -> None:
        self.faults.append(f"{self.path}: {place + ': ' if place else ''}{expected}")

    def _entries(self, section: str) -> Iterable[tuple[dict[str, Any], Fault]]:
        """Yield the entries of a section, each with what notes its faults."""
        entries = self.sections.get(section) or []
        if not isinstance(entries, list):
            self._fault(section, "expected a list")
            return
        for number, entry in enumerate(entries):
            place = f"{section}[{number}]"
            if isinstance(entry, dict):
                yield entry, partial(self._fault_in, place)
            else:
                self._fault(place, "expected a mapping")

    def _fault_in(self, entry: str, place: str, expected: str) -> None:
        self._fault(f"{entry}.{place}", expected)

    def clique_types(self) -> Iterable[CliqueType]:
        """Yield the file's clique types that have no fault."""
        for entry, fault in self._entries("clique_types"):
            if found := _clique_type(entry, self.kinds, self.link_types, fault):
                yield found

    def constraints(self) -> dict[str, tuple[str, ...]]:
        """Return the file's constraints: focal point type to attributes."""
        found = {}
        for entry, fault in self._entries("clique_constraints"):
            if focal := _focal_point(entry, self.kinds, fault):
                found[focal] = _names("constraints", entry.get("constraints"), fault)
        return found

    def supported(self) -> Iterable[SupportedEnvironment]:
        """Yield the file's supported environments that have no fault."""
        for entry, fault in self._entries("supported_environments"):
            if found := _supported(entry, fault):
                yield found


_LISTS = ("link_types", "distribution_version", "mechanism_drivers", "type_drivers")
"""Fields of a clique type that are lists of names, or one name."""

_FLAGS = ("use_implicit_links", "on_demand")


def _clique_type(
    entry: Mapping[str, Any], kinds: Collection[str], link_types: Collection[str], fault: Fault
) -> CliqueType | None:
    """Return the clique type that `entry` says; None where it has faults, all of which are noted."""
    noted: list[str] = []

    def note(place: str, expected: str) -> None:
        noted.append(place)
        fault(place, expected)

    known = {each.name for each in fields(CliqueType)}
    for name in entry.keys() - known:
        note(str(name), f"unknown key; expected one of {', '.join(sorted(known))}")
    focal = _focal_point(entry, kinds, note)
    listed = {name: _names(name, entry[name], note) for name in _LISTS if name in entry}
    flags = {name: entry.get(name, False) for name in _FLAGS}
    allowed = _pairs(kinds) if flags["use_implicit_links"] is True else link_types
    _check_link_types(listed.setdefault("link_types", ()), allowed, note)
    plain = {name: entry[name] for name in entry.keys() & known - {*_LISTS, *_FLAGS}}
    for name, value in plain.items():
        if not isinstance(value, str):
            note(name, f"expected a name, not {value!r}")
    for name, flag in flags.items():
        if not isinstance(flag, bool):
            note(name, "expected true or false")
    if noted:
        return None
    values: dict[str, Any] = {"name": focal, **plain, **listed, **flags}
    return CliqueType(**values)


def _check_link_types(listed: Sequence[str], allowed: Collection[str], fault: Fault) -> None:
    for number, name in enumerate(listed):
        if name not in allowed:
            fault(f"link_types[{number}]", f"{name!r} is no link type, in either direction")
    if not listed:
        fault("link_types", "expected at least one link type")


def _supported(entry: Mapping[str, Any], fault: Fault) -> SupportedEnvironment | None:
    """Return the supported environment that `entry` says; None where it has faults; all are noted."""
    noted: list[str] = []

    def note(place: str, expected: str) -> None:
        noted.append(place)
        fault(place, expected)

    known = {each.name for each in fields(SupportedEnvironment)}
    for name in entry.keys() - known:
        note(str(name), f"unknown key; expected one of {', '.join(sorted(known))}")
    names = ("distribution_version", "mechanism_drivers", "type_drivers", "features")
    listed = {name: _names(name, entry.get(name, []), note) for name in names}
    for number, name in enumerate(listed["features"]):
        if name not in FEATURES:
            note(f"features[{number}]", f"{name!r} is none of {', '.join(FEATURES)}")
    plain = {
        "environment_type": entry.get("environment_type", "OpenStack"),
        "distribution": entry.get("distribution"),
    }
    for name, value in plain.items():
        if not isinstance(value, str):
            note(name, f"expected a name, not {value!r}")
    if noted:
        return None
    values: dict[str, Any] = {**plain, **listed}
    return SupportedEnvironment(**values)


def _focal_point(entry: Mapping[str, Any], kinds: Collection[str], fault: Fault) -> str | None:
    focal = entry.get("focal_point_type")
    if not isinstance(focal, str) or focal not in kinds:
        fault("focal_point_type", f"{focal!r} is no kind; expected one of {', '.join(kinds)}")
        return None
    return focal


def _names(place: str, value: Any, fault: Fault) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
        fault(place, "expected a name, or a list of names")
        return ()
    return tuple(listed)


def _pairs(kinds: Collection[str]) -> frozenset[str]:
    """Return the names of all link types that could be: implicit ones join any two kinds."""
    return frozenset(f"{near}-{far}" for near in kinds for far in kinds)
