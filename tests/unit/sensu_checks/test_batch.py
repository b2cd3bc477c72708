"""What the batch check hands in: counters, results of things with awkward names, to agents in a bad mood."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from host_namespace import HostNamespace, forwarded, options, plan, run
from open_vswitch import open_vswitch
from recording_agent import RecordingAgent
from sensu_server import SensuAgent, SensuBackend, wait_until

OK, ERROR, UNKNOWN = 0, 2, 3


@pytest.fixture
def agent() -> Iterator[RecordingAgent]:
    """What records."""
    made = RecordingAgent()
    with made.running():
        yield made


def batch(host: HostNamespace, file: Path, port: int, *more: str) -> tuple[int, str]:
    """Run the batch check with an agent on that port of this machine."""
    with forwarded(host, port):
        return host.script("calipso_batch.py", f"--config={file}", f"--agent=127.0.0.1:{port}", *more)


def test_counters_of_devices_switches_and_tunnels(
    host: HostNamespace, agent: RecordingAgent, tmp_path: Path
) -> None:
    """What is counted is what the devices themselves count; what is not there is not counted."""
    namespace = host.service("qdhcp")
    run(
        "ip",
        "-n",
        namespace,
        "link",
        "add",
        "tap2",
        "type",
        "veth",
        "peer",
        "name",
        "eth9",
        "netns",
        host.name,
    )
    run("ip", "-n", namespace, "address", "add", "10.1.1.2/24", "dev", "tap2")
    run("ip", "-n", namespace, "link", "set", "tap2", "up")
    host.run("ip", "address", "add", "10.1.1.3/24", "dev", "eth9")
    host.run("ip", "link", "set", "eth9", "up")
    host.run("ping", "-q", "-c", "3", "-i", "0.1", "10.1.1.2")
    samples = [
        {"id": "blue:tap2", "type": "vnic", "sample": "interface", "parameters": parameters}
        for parameters in [
            {"device": "tap2", "namespace": namespace},
            {"device": "gone"},
            {"device": "tap2", "namespace": "gone"},
        ]
    ]
    samples += [
        {"id": "blue::ovs", "type": "vedge", "sample": "ovs", "parameters": {}},
        {
            "id": "blue::vxlan::10.1.1.3",
            "type": "otep",
            "sample": "ports",
            "parameters": {"port": ["vxlan-1"]},
        },
    ]
    with open_vswitch(host) as switch:
        switch.vsctl("add-br", "br-tun", "--", "set", "Bridge", "br-tun", "datapath_type=netdev")
        tunnel = ("type=vxlan", "options:remote_ip=10.20.0.2")
        switch.vsctl("add-port", "br-tun", "vxlan-1", "--", "set", "Interface", "vxlan-1", *tunnel)
        wait_until(
            lambda: "rx_bytes" in switch.vsctl("get", "Interface", "vxlan-1", "statistics"), "it counts"
        )
        status, said = batch(
            host, plan(tmp_path / "checks.json", {}, samples=samples), agent.port, "--metrics"
        )
    assert status == OK
    points = [point for event in agent.events for point in event["metrics"]["points"]]
    assert said == f"calipso_metrics OK: {len(points)} counters of 5 objects"
    counted: dict[str, dict[str, int]] = {}
    for point in points:
        tags = {tag["name"]: tag["value"] for tag in point["tags"]}
        counted.setdefault(tags["id"], {})[point["name"]] = point["value"]
    assert set(counted) == {"blue:tap2", "blue::ovs", "blue::vxlan::10.1.1.3"}
    told = json.loads(run("ip", "-json", "-statistics", "-n", namespace, "link", "show", "tap2"))[0][
        "stats64"
    ]
    assert counted["blue:tap2"]["rx_packets"] >= 3
    assert counted["blue:tap2"]["rx_packets"] <= told["rx"]["packets"]
    for counters in counted.values():
        assert {"rx_bytes", "tx_bytes", "rx_packets", "tx_packets"} <= set(counters)
    [event] = agent.events
    assert event["check"]["metadata"]["name"] == "calipso_metrics_0"
    assert event["metrics"]["handlers"] == ["calipso_metrics"]


def test_many_counters_go_in_several_events(
    host: HostNamespace, agent: RecordingAgent, tmp_path: Path
) -> None:
    """Each event is small enough for Sensu; no counter is lost, and one that cannot be told is told of."""
    samples = [
        {"id": f"blue:{n}", "type": "vnic", "sample": "interface", "parameters": {"device": "lo"}}
        for n in range(60)
    ]
    samples.append({"id": "blue::vpp", "type": "vedge", "sample": "vpp", "parameters": {}})
    samples.append({"id": "blue:x", "type": "vnic", "sample": "interface", "parameters": {"colour": "red"}})
    status, said = batch(host, plan(tmp_path / "checks.json", {}, samples=samples), agent.port, "--metrics")
    assert (status, said) == (
        UNKNOWN,
        "calipso_metrics UNKNOWN: 2 objects cannot be counted: vppctl is not installed; "
        "there is no parameter colour; parameter device is missing",
    )
    names = [event["check"]["metadata"]["name"] for event in agent.events]
    assert names == ["calipso_metrics_0", "calipso_metrics_1", "calipso_metrics_2"]
    assert sum(len(event["metrics"]["points"]) for event in agent.events) == 60 * 8


AWKWARD = ['tap"1', "tap$(id)", "-rf", "täp-é", "tap;'`\\", "{{x}}", "*"]


def test_awkward_names(host: HostNamespace, agent: RecordingAgent, tmp_path: Path) -> None:
    """They are names and nothing else, for the batch and for scripts; whatever the file holds, none fails."""
    for name in AWKWARD:
        host.run("ip", "link", "add", "name", name, "type", "bridge")
        host.run("ip", "link", "set", "dev", name, "up")
    there = {f"vconnector_{name}": ("vconnector", {"bridge": name}) for name in AWKWARD}
    strange = ["tap\n1", "\x00", "\ud800", "../../etc", "x" * 5000, ""]
    gone: dict[str, tuple[str, dict[str, Any]]] = {}
    for number, name in enumerate(strange):
        gone[f"vnic_{number}"] = ("vnic", {"device": name, "namespace": name, "switch_bridge": name})
        gone[f"vservice_{number}"] = ("vservice", {"namespace": name, "process": [name], "address": [name]})
        gone[f"host_pnic_{number}"] = ("host_pnic", {"device": name, "speed": 10})
        gone[f"otep_{number}"] = ("otep", {"address": "127.0.0.1", "peer": [name]})
        gone[f"instance_{number}"] = ("instance", {"domain": name})
        gone[f"wrong_{number}"] = ("vnic", {"device": 7, name: name})
    assert batch(host, plan(tmp_path / "checks.json", {**there, **gone}), agent.port)[0] == OK
    said = {event["check"]["metadata"]["name"]: event["check"] for event in agent.events}
    assert set(said) == {*there, *gone}
    assert len(agent.events) == len(said)
    for name in AWKWARD:
        assert said[f"vconnector_{name}"]["status"] == OK
        assert said[f"vconnector_{name}"]["output"] == f"bridge {name} is up with 0 members"
        script = host.check("vconnector", *options({"bridge": name}))
        assert script == (OK, f"check_vconnector OK: bridge {name} is up with 0 members")
    for name in gone:
        wanted = UNKNOWN if re.match("otep|instance|wrong", name) else ERROR
        assert said[name]["status"] == wanted, said[name]["output"]
    status, text = host.script("check_vnic.py", "--device", "\udcff")
    assert (status, text) == (ERROR, "check_vnic CRITICAL: \\udcff does not exist")


def test_an_agent_that_is_busy_or_closes_connections(
    host: HostNamespace, agent: RecordingAgent, tmp_path: Path
) -> None:
    """It is asked again; what it refuses for good is told."""
    checks = {f"vnic_blue:tap{n}": ("vnic", {"device": "lo"}) for n in range(20)}
    file = plan(tmp_path / "checks.json", checks)
    agent.refusals = [201, 429, 429, 201, 0]
    assert batch(host, file, agent.port) == (OK, "calipso_batch OK: 20 checks: 20 ok")
    assert [event["check"]["metadata"]["name"] for event in agent.events] == list(checks)
    assert agent.connections == 2
    agent.refusals = [201, 201, 400]
    status, said = batch(host, file, agent.port)
    assert status == UNKNOWN
    assert said.startswith("calipso_batch UNKNOWN: 2 of 20 results were handed in: the agent at ")
    assert said.endswith(" answers 400:")


def test_results_by_the_socket_of_sensu_cores_client(
    host: HostNamespace,
    sensu_backend: SensuBackend,
    sensu_agent: Callable[..., SensuAgent],
    tmp_path: Path,
) -> None:
    """Sensu Go's agent takes them there, too."""
    checks = {"vnic_lo": ("vnic", {"device": "lo"}), "vnic_tap7": ("vnic", {"device": "tap7"})}
    file = plan(tmp_path / "checks.json", checks)
    client = sensu_agent("core-host")
    port = client.socket[1]
    with forwarded(host, port):
        done = host.script("calipso_batch.py", f"--config={file}", f"--client=127.0.0.1:{port}")
    assert done == (OK, "calipso_batch OK: 2 checks: 1 ok, 1 error")
    wait_until(lambda: ("core-host", "vnic_tap7") in sensu_backend.events(), "the results are in the backend")
    said = {name: sensu_backend.events()["core-host", name]["check"] for name in checks}
    assert (said["vnic_lo"]["status"], said["vnic_lo"]["output"]) == (OK, "lo is up")
    assert (said["vnic_tap7"]["status"], said["vnic_tap7"]["output"]) == (ERROR, "tap7 does not exist")
