"""A host to look at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from host_namespace import HostNamespace


@pytest.fixture
def host() -> Iterator[HostNamespace]:
    """A host."""
    made = HostNamespace()
    try:
        yield made
    finally:
        made.remove()
