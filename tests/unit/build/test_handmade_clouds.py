"""Hand-made recordings are what their makers write today."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest
from recorded_cloud import RECORDINGS

from tests.handmade import aci, sriov_bonds, vpp


@pytest.mark.parametrize("maker", [aci, sriov_bonds, vpp])
def test_a_recording_is_as_it_is_made(maker: ModuleType, tmp_path: Path) -> None:
    made = maker.make()
    made.write(tmp_path)
    written, kept = contents(tmp_path), contents(RECORDINGS / made.cloud.name)
    assert written.keys() == kept.keys()
    assert written == kept


def contents(directory: Path) -> dict[str, str]:
    return {
        str(path.relative_to(directory)): path.read_text("utf-8")
        for path in directory.rglob("*")
        if path.is_file() and path.name != "README.md"
    }
