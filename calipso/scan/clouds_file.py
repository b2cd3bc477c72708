"""clouds.yaml: a cloud is added to it, and all else in it stays."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import yaml

from .overcloudrc import OvercloudError

_OTHERS = 0o077
"""The rights of everybody but a file's owner."""


def add_cloud(path: Path, name: str, cloud: Mapping[str, Any], *, replace: bool, check: bool = False) -> bool:
    """Put a cloud into clouds.yaml, which nobody but its owner may read then; say whether that changed it.

    All else in the file stays. Raises OvercloudError: it cannot be read or written, or has another cloud of
    that name and `replace` is false.
    """
    known = _clouds(path)
    before = known["clouds"].get(name)
    if before == cloud and not path.stat().st_mode & _OTHERS:
        return False
    if before not in (None, cloud) and not replace:
        raise OvercloudError(
            f"{path} has another cloud {name!r}: have it replaced, or choose another name for this one"
        )
    if not check:
        known["clouds"][name] = dict(cloud)
        write_whole(path, yaml.safe_dump(known, sort_keys=False), mode=0o600)
    return True


def _clouds(path: Path) -> dict[str, Any]:
    known = read_yaml(path) if path.exists() else None
    known = {} if known is None else known
    if not isinstance(known, dict) or not isinstance(known.setdefault("clouds", {}), dict):
        raise OvercloudError(f"{path} is no clouds.yaml: it has no mapping `clouds`")
    return known


def read_yaml(path: Path) -> Any:
    """Return what a file of YAML, or JSON, has. Raises OvercloudError."""
    try:
        return yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not YAML"
        raise OvercloudError(f"{path} cannot be read: {reason}") from None


def write_whole(path: Path, text: str, *, mode: int) -> None:
    """Write a file at once or not at all."""
    target = path.resolve()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", encoding="utf-8", dir=target.parent, delete=False) as file:
            made = Path(file.name)
            try:
                file.write(text)
                file.flush()
                made.chmod(mode)
                made.replace(target)
            finally:
                made.unlink(missing_ok=True)
    except OSError as error:
        raise OvercloudError(f"{path} cannot be written: {error.strerror}") from None
