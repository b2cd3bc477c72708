"""Following a scan in a terminal, until it has ended."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from ..model.topology import Document
from ..report.text import visible
from .output import moment

if TYPE_CHECKING:
    from ..store import Store

STATUSES = {"completed": 0, "completed_with_errors": 3, "failed": 4, "aborted": 5}
"""How a command ends that waited for a scan: 1 and 2 are its own faults."""

_POLLED_S = 0.5
_PATIENCE_S = 15.0


def follow(store: Store, scan_id: str) -> Document:
    """Print what a scan's worker tells, on standard error, until the scan has ended; and return it."""
    try:
        return _followed(store, scan_id)
    except KeyboardInterrupt:
        raise click.ClickException(
            f"the scan goes on: `calipso scan show {scan_id} --wait` follows it again, "
            f"`calipso scan abort {scan_id}` ends it"
        ) from None


def _followed(store: Store, scan_id: str) -> Document:
    begun = time.monotonic()
    told: Sequence[Document] = ()
    counted = None
    is_warned = False
    while True:
        scan = store.scan(scan_id)
        if scan is None:
            raise click.ClickException(f"scan {scan_id} was deleted, with its environment")
        for line in _news(told, scan["log"]):
            _say(f"{moment(line['at'])} {line['level']}: {line['text']}")
        told = scan["log"]
        if (now := _counts(scan)) != counted:
            counted = now
            _say(counted)
        if scan["status"] in STATUSES:
            return scan
        if scan["status"] == "pending" and not is_warned and time.monotonic() - begun > _PATIENCE_S:
            is_warned = True
            _say("no worker has taken it up yet: `calipso work` starts one, or all are at work")
        time.sleep(_POLLED_S)


def _news(told: Sequence[Document], lines: Sequence[Document]) -> Sequence[Document]:
    """Return the lines after those that were told: of a long log the first ones are gone."""
    for end in range(len(lines), 0, -1):
        if told and lines[end - 1] == told[-1]:
            return lines[end:]
    return lines


def _counts(scan: Document) -> str | None:
    progress: dict[str, Any] | None = scan["progress"]
    if progress is None or not progress["hosts"]["total"]:
        return None
    hosts = progress["hosts"]
    failed = f", {hosts['failed']} failed" if hosts["failed"] else ""
    return f"{progress['phase']}: {hosts['done']} of {hosts['total']} hosts{failed}"


def _say(text: str | None) -> None:
    if text is not None:
        click.echo(visible(text), err=True)
