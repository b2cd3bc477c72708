"""The handler's host, with Calipso's API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from api_server import Api, fill, serving
from handler_host import HandlerHost

from calipso.model.topology import Document
from calipso.store import Store


@pytest.fixture(scope="session")
def calipso(mongo_server: str) -> Iterator[Api]:
    """The API, with environment `blue`."""
    uri = f"{mongo_server.rpartition('/')[0]}/handler-{uuid4()}"
    with Store.open(uri) as store:
        store.prepare()
        fill(store)
    with serving(uri, "--workers", "1") as served:
        yield served


@pytest.fixture(scope="session")
def token(calipso: Api) -> str:
    """Of a user who may change environment `blue`."""
    return calipso.log_in("editor")


@pytest.fixture
def known(calipso: Api) -> Iterator[Store]:
    """What Calipso knows: at first no status."""
    with Store.open(calipso.uri) as store:
        store.forget_statuses("blue", keep=())
        yield store


@pytest.fixture
def vnics(known: Store) -> list[Document]:
    """Objects that checks are about."""
    return [found for found in known.view("blue").objects() if found["type"] == "vnic"]


@pytest.fixture
def host(calipso: Api, token: str, tmp_path: Path) -> HandlerHost:
    """A handler that reaches Calipso."""
    return HandlerHost(tmp_path, calipso.address, token)
