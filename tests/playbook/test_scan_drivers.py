"""Clouds of different drivers, scanned by the playbook into one database, each as it truly is."""

from __future__ import annotations

import json

from controller import ROOT, Controller

from tests.live import judge

RECORDINGS = ROOT / "tests" / "recordings"
CLOUDS = {
    "mixed": ("LXB", "OVS"),
    "sriov-bonds": ("OVS", "SRIOV"),
    "vpp": ("VPP",),
    "lxb-vxlan": ("LXB",),
    "ovn-geneve": ("OVN",),
}


def test_mixed_clouds_and_those_of_other_drivers_in_one_database(controller: Controller) -> None:
    for cloud in CLOUDS:
        recording = str(RECORDINGS / cloud / "scan")
        played = controller.play(environment=cloud, recording=recording).succeeded()
        assert played.summary[0] == f"Environment {cloud}: scan completed."
    for cloud, drivers in CLOUDS.items():
        lines = [json.dumps(document) for document in controller.export(cloud)]
        truth = json.loads((RECORDINGS / cloud / "truth.json").read_text("utf-8"))
        assert list(judge.differences(judge.Exported(lines), judge.Truth(truth))) == []
        with controller.store() as store:
            assert store.environment(cloud).drivers("mechanism_drivers") == drivers
            assert list(store.messages(cloud)) == []
