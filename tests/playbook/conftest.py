"""What tests of playbooks share."""

from __future__ import annotations

from pathlib import Path

import pytest
from controller import Controller


@pytest.fixture
def controller(mongo_uri: str, tmp_path: Path) -> Controller:
    """A controller with a database of its own."""
    return Controller(mongo_uri, tmp_path)
