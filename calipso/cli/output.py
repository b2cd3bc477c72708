"""How commands print: for people, with colours on a terminal only; and JSON, which is safe on both."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from io import StringIO
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

WIDE = 100_000
"""Columns where there is no terminal: nothing is wrapped or cut there."""

_UNPRINTABLE = re.compile(r"[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")


def emit(*parts: RenderableType) -> None:
    """Print for people. The parts' texts must be `visible` already."""
    from rich.console import Console

    if sys.stdout.isatty():
        Console(highlight=False, markup=False, emoji=False).print(*parts, sep="\n", soft_wrap=False)
        return
    buffer = StringIO()
    console = Console(
        file=buffer,
        width=WIDE,
        color_system=None,
        force_terminal=False,
        highlight=False,
        markup=False,
        emoji=False,
    )
    console.print(*parts, sep="\n")
    for line in buffer.getvalue().splitlines():
        click.echo(line.rstrip())


def speaks_unicode() -> bool:
    """Say whether lines can be drawn with other than ASCII characters."""
    return (sys.stdout.encoding or "").lower().startswith("utf")


def emit_json(value: object) -> None:
    """Print one JSON document."""
    click.echo(json_bytes(value, indent=2))


def json_bytes(value: object, indent: int | None = None) -> bytes:
    """Return `value` as JSON in UTF-8: times in UTC (ISO 8601), what steers a terminal escaped."""
    text = json.dumps(value, default=_plain, ensure_ascii=False, indent=indent)
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text).encode()


def table(*headings: str) -> Table:
    """Return an empty table with these columns."""
    from rich import box
    from rich.table import Table

    lines = box.SIMPLE_HEAD if speaks_unicode() else box.ASCII2
    made = Table(box=lines, show_edge=False, pad_edge=False, header_style="bold")
    for heading in headings:
        made.add_column(heading, overflow="fold")
    return made


def moment(at: datetime | None) -> str:
    """Return a time for people, in UTC to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ") if at else "-"


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no JSON")
