"""The command line on a small cloud."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_cloud import Calipso, publish

from calipso.store import Store


@pytest.fixture
def calipso(store: Store, mongo_uri: str, tmp_path: Path) -> Calipso:
    """The command line, on a database that holds environment lab."""
    publish(store)
    return Calipso(mongo_uri, tmp_path)
