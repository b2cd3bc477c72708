"""Calipso's version, which `galaxy.yml` alone states."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path


def version() -> str:
    """Return the version of the code that runs: a checkout's, a collection's or a package's."""
    root = Path(__file__).resolve().parent.parent
    checkout, collection = root / "galaxy.yml", root / "MANIFEST.json"
    if checkout.is_file():
        lines = checkout.read_text("utf-8").splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("version:"))
    if collection.is_file():
        return str(json.loads(collection.read_text("utf-8"))["collection_info"]["version"])
    return metadata.version("calipso")
