"""A server for all tests that only read."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from api_server import Api, fill, serving

from calipso.store import Store


@pytest.fixture(scope="session")
def api(mongo_server: str) -> Iterator[Api]:
    """The API, with environments and users that nothing changes."""
    uri = f"{mongo_server.rpartition('/')[0]}/api-{uuid4()}"
    with Store.open(uri) as store:
        store.prepare()
        fill(store)
    with serving(uri, "--workers", "1") as served:
        yield served


@pytest.fixture
def own_api(store: Store, mongo_uri: str) -> Iterator[Api]:
    """The API, on a database that is the test's own, filled in the same way."""
    fill(store)
    with serving(mongo_uri, "--workers", "1") as served:
        yield served


@pytest.fixture(scope="session")
def tokens(api: Api) -> dict[str, str]:
    """A token of each user."""
    return {name: api.log_in(name) for name in ("root", "owner", "editor", "viewer", "stranger")}
