"""How kinds look: a colour and a shape for each, by its place in the registry."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from ..model.kind import Kind, folder_type

Shape = Literal["round", "square", "pill"]

SHAPES: tuple[Shape, ...] = ("round", "square", "pill")

COLOURS = ("#77aadd", "#ee8866", "#eedd88", "#ffaabb", "#99ddff", "#44bb99", "#bbcc33", "#aaaa00")
"""Eight colours that dark text is read on, and that every common colour blindness tells apart."""

UNKNOWN = "#dddddd"


@dataclass(frozen=True, slots=True)
class Style:
    """A kind's words and looks; `plural` names several of it. Colours are #rrggbb, for dark text."""

    label: str
    plural: str
    fill: str
    border: str
    shape: Shape


class Styles:
    """The looks of all kinds; a type that is none of them looks grey and is called by its type."""

    def __init__(self, kinds: Iterable[Kind], linked: Container[str] = ()) -> None:
        """Give each kind the next colour; when they begin again, pale, with the next shape.

        The types that are `linked` come first, for graphs show them together.
        """
        ordered = sorted(kinds, key=lambda kind: kind.type not in linked)
        self._styles: Mapping[str, Style] = MappingProxyType(
            {kind.type: _style(kind, *divmod(index, len(COLOURS))) for index, kind in enumerate(ordered)}
        )

        self._folders = frozenset(
            folder_type(label)
            for kind in ordered
            for label in filter(None, (kind.folder, *kind.subfolders.values()))
        )

    def is_folder(self, kind: str) -> bool:
        """Say whether objects of this type are folders."""
        return kind in self._folders

    def __getitem__(self, kind: str) -> Style:
        """Return the looks of an object's type."""
        label = "Folder" if self.is_folder(kind) else kind
        return self._styles.get(kind) or Style(
            label, _plural(label), UNKNOWN, _mixed(UNKNOWN, 0, 0.3), "round"
        )


def _style(kind: Kind, turn: int, number: int) -> Style:
    colour = COLOURS[number]
    return Style(
        label=kind.label,
        plural=kind.folder or _plural(kind.label),
        fill=_mixed(colour, 255, 0.75) if turn else colour,
        border=_mixed(colour, 0, 0.3),
        shape=SHAPES[turn % len(SHAPES)],
    )


def _mixed(colour: str, other: int, share: float) -> str:
    """Return `colour` with a share of a grey (0: black, 255: white)."""
    parts = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return "#" + "".join(f"{round(part + (other - part) * share):02x}" for part in parts)


def _plural(label: str) -> str:
    return f"{label}es" if label.endswith(("s", "ch", "x")) else f"{label}s"
