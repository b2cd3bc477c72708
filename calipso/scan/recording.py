"""A recording's `meta.yml`: what the recording is of, and which hosts it holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import yaml

from ..model.source import FURTHER, OPENSTACK
from ..version import version

RECORDING_VERSION = 1


class RecordingError(ValueError):
    """A recording that cannot be read or made; the text says where, why, and what to do."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording on disk. `cloud`: it holds what OpenStack's APIs said; `further`: what these did, too."""

    directory: Path
    hosts: tuple[str, ...]
    cloud: bool
    further: frozenset[str] = frozenset()


def read_recording(directory: Path) -> Recording:
    """Return what a recording holds, or raise RecordingError."""
    meta = directory / "meta.yml"
    try:
        content = yaml.safe_load(meta.read_text("utf-8"))
    except FileNotFoundError:
        raise RecordingError(f"{directory} is not a recording: it has no meta.yml") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RecordingError(f"the recording's {meta} cannot be read: {error}") from None
    if not isinstance(content, dict) or content.get("version") != RECORDING_VERSION:
        raise RecordingError(f"{meta} is not that of a recording of version {RECORDING_VERSION}")
    hosts = content.get("hosts")
    if not isinstance(hosts, list) or not all(isinstance(host, str) for host in hosts):
        raise RecordingError(f"{meta}: `hosts` must be a list of host names")
    further = frozenset(source.name for source in FURTHER if (directory / source.name).is_dir())
    return Recording(directory, tuple(hosts), (directory / OPENSTACK).is_dir(), further)


def check_new_recording(directory: Path) -> None:
    """Raise RecordingError unless a recording can be made in `directory`, which must be new or empty."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        taken = any(directory.iterdir())
    except OSError as error:
        raise RecordingError(f"no recording can be made in {directory}: {error}") from None
    if taken:
        raise RecordingError(f"{directory} is not empty: name a new directory for the recording")


def write_meta(directory: Path, hosts: Iterable[str], made_at: datetime) -> None:
    """Complete a recording that holds `hosts`. Raises RecordingError."""
    content = {
        "version": RECORDING_VERSION,
        "made_at": made_at.isoformat(timespec="seconds"),
        "made_by": f"calipso {version()}",
        "hosts": sorted(hosts),
    }
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
    try:
        (directory / "meta.yml").write_text(text, "utf-8")
    except OSError as error:
        raise RecordingError(f"the recording in {directory} cannot be completed: {error}") from None
