"""The declaration of a kind of object: the one place that says what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from .condition import Condition

Health = Literal["ok", "warning", "error", "unknown"]
HEALTHS: tuple[Health, ...] = ("ok", "warning", "error", "unknown")


@dataclass(frozen=True, slots=True)
class Field:
    """An attribute of a kind. `search`: found by `find`; `hover`: shown first, in short views."""

    name: str
    doc: str
    search: bool = False
    hover: bool = False


def folder_type(label: str) -> str:
    """Return the type of folder objects with this label: "Network agents" gives network_agents_folder."""
    return f"{label.lower().replace(' ', '_')}_folder"


def is_folder(type_: str) -> bool:
    """Say whether objects of this type are folders."""
    return type_.endswith("_folder")


@dataclass(frozen=True, slots=True)
class Kind:
    """What an object of one type is: its words, its place in the tree, its attributes and states.

    `parent` is the type above it in the tree and `folder` the label of the folder between the two
    (None: none); `subfolders` parts that folder by the value of the attribute `subfolder_by`: value to
    label. `state` names the attribute that holds its native state, and `states` says what each
    native state means; one that is not listed means unknown. An illegal declaration raises ValueError.
    """

    type: str
    label: str
    doc: str
    parent: str | None
    folder: str | None = None
    subfolders: Mapping[str, str] = field(default_factory=dict)
    subfolder_by: str | None = None
    fields: tuple[Field, ...] = ()
    state: str | None = None
    states: Mapping[str, Health] = field(default_factory=dict)
    when: Condition = field(default_factory=Condition)
    show_in_tree: bool = True

    def __post_init__(self) -> None:
        """Refuse a declaration that contradicts itself."""
        faults = [
            f"state {value!r} means {health!r}, which is none of {', '.join(HEALTHS)}"
            for value, health in self.states.items()
            if health not in HEALTHS
        ]
        names = [declared.name for declared in self.fields]
        faults += [
            f"field {name!r} is declared twice" for name in sorted({n for n in names if names.count(n) > 1})
        ]
        if self.type == "link" or self.type.startswith("link_"):
            faults.append("a type that begins with link_ cannot be told from a link in checks' names")
        if self.states and self.state is None:
            faults.append("it lists states, but not the attribute that holds them (state=)")
        for role, name in (("state", self.state), ("subfolder_by", self.subfolder_by)):
            if name is not None and name not in names:
                faults.append(f"its {role} {name!r} is none of its fields")
        if faults:
            raise ValueError(f"kind {self.type!r}: {'; '.join(faults)}")

    def folders(self, document: Mapping[str, object]) -> list[str]:
        """Return the labels of the folders between `document` and its parent, the outer one first."""
        if self.folder is None:
            return []
        part = self.subfolders.get(str(document.get(self.subfolder_by or "")))
        return [self.folder, part] if part else [self.folder]

    def health(self, document: Mapping[str, object]) -> Health:
        """Return what the native state of `document` means."""
        if self.state is None:
            return "unknown"
        return self.states.get(str(document.get(self.state)), "unknown")
