"""Writes all hand-made clouds: `python -m tests.handmade`."""

from __future__ import annotations

from pathlib import Path

from . import aci, sriov_bonds, vpp

RECORDINGS = Path(__file__).parents[1] / "recordings"

if __name__ == "__main__":
    for cloud in (aci, sriov_bonds, vpp):
        made = cloud.make()
        made.write(RECORDINGS / made.cloud.name)
