"""The command line on a small cloud."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_cloud import Calipso, fill

from calipso.store import Store


@pytest.fixture(scope="session")
def calipso(mongo_server: str, tmp_path_factory: pytest.TempPathFactory) -> Calipso:
    """The command line, on a database that holds environment lab, and that nothing changes."""
    uri = f"{mongo_server.rpartition('/')[0]}/cli"
    with Store.open(uri) as store:
        store.prepare()
        fill(store)
    return Calipso(uri, tmp_path_factory.mktemp("home"))


@pytest.fixture
def own(store: Store, mongo_uri: str, tmp_path: Path) -> Calipso:
    """The command line, on a database that is the test's own, filled in the same way."""
    fill(store)
    return Calipso(mongo_uri, tmp_path)
