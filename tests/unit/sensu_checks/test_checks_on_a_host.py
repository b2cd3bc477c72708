"""Checks look at real devices, bridges, services and tunnels, which are broken and mended under them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from host_namespace import SCRIPTS, HostNamespace, forwarded, options, plan, run
from sensu_server import SensuAgent, SensuBackend, wait_until

OK, ERROR, UNKNOWN = 0, 2, 3


@pytest.fixture
def host() -> Iterator[HostNamespace]:
    """A host with a bridge and a tap in it, a NIC with a tunnel's address, and a service."""
    made = HostNamespace()
    try:
        made.run("ip", "link", "add", "qbr1", "up", "type", "bridge")
        for name in ("tap1", "eth1"):
            made.run("ip", "link", "add", name, "type", "veth", "peer", "name", f"{name}-peer")
            made.run("ip", "link", "set", name, "up")
            made.run("ip", "link", "set", f"{name}-peer", "up")
        made.run("ip", "link", "set", "tap1", "master", "qbr1")
        made.run("ip", "address", "add", "10.9.0.1/24", "dev", "eth1")
        far = made.service("peer")
        made.run("ip", "link", "set", "eth1-peer", "netns", far)
        run("ip", "-n", far, "address", "add", "10.9.0.2/24", "dev", "eth1-peer")
        run("ip", "-n", far, "link", "set", "eth1-peer", "up")
        yield made
    finally:
        made.remove()


def test_a_vnic(host: HostNamespace) -> None:
    """It is there, up, and in its bridge; or the check says what is not so."""
    asked = options({"device": "tap1", "bridge": "qbr1"})
    assert host.check("vnic", *asked) == (OK, "check_vnic OK: tap1 is up in qbr1")
    host.run("ip", "link", "set", "tap1", "nomaster")
    assert host.check("vnic", *asked) == (
        ERROR,
        "check_vnic CRITICAL: tap1 is not in bridge qbr1: it is in none",
    )
    assert host.check("link_vnic_vconnector", *asked)[0] == ERROR
    host.run("ip", "link", "set", "tap1", "master", "qbr1")
    host.run("ip", "link", "set", "tap1", "down")
    assert host.check("vnic", *asked) == (ERROR, "check_vnic CRITICAL: tap1 is switched off")
    host.run("ip", "link", "set", "tap1", "up")
    assert host.check("vnic", *asked)[0] == host.check("link_vnic_vconnector", *asked)[0] == OK
    host.run("ip", "link", "delete", "tap1")
    assert host.check("vnic", *asked) == (ERROR, "check_vnic CRITICAL: tap1 does not exist")


def test_a_bridge(host: HostNamespace) -> None:
    """It is there, up, and has its members."""
    asked = options({"bridge": "qbr1", "member": ["tap1"]})
    assert host.check("vconnector", *asked) == (OK, "check_vconnector OK: bridge qbr1 is up with 1 members")
    host.run("ip", "link", "set", "qbr1", "down")
    assert host.check("vconnector", *asked)[0] == ERROR
    host.run("ip", "link", "set", "qbr1", "up")
    host.run("ip", "link", "set", "tap1", "nomaster")
    assert host.check("vconnector", *asked)[1].endswith("tap1 is not in qbr1: it is in none")
    host.run("ip", "link", "delete", "qbr1")
    assert host.check("vconnector", *asked)[1].endswith("bridge qbr1 does not exist")


def test_a_nic_and_the_tunnel_on_it(host: HostNamespace) -> None:
    """The NIC loses its carrier; the tunnel's peer does not answer any more, or the address is gone."""
    nic, otep = options({"device": "eth1"}), options({"address": "10.9.0.1", "peer": ["10.9.0.2"]})
    assert host.check("host_pnic", *nic) == (OK, "check_host_pnic OK: eth1 is up")
    assert host.check("otep", *otep) == (OK, "check_otep OK: all 1 peers of 10.9.0.1 answer")
    far = f"{host.name}-peer"
    run("ip", "-n", far, "address", "flush", "dev", "eth1-peer")
    assert host.check("otep", *otep) == (ERROR, "check_otep CRITICAL: peer 10.9.0.2 loses 100 % of packets")
    run("ip", "-n", far, "link", "set", "eth1-peer", "down")
    assert host.check("host_pnic", *nic) == (ERROR, "check_host_pnic CRITICAL: eth1 has no carrier")
    host.run("ip", "address", "flush", "dev", "eth1")
    assert host.check("otep", *otep)[1].endswith("the host lost the tunnel address 10.9.0.1")


def test_a_service(host: HostNamespace) -> None:
    """Its namespace, its process and its addresses."""
    namespace = host.service("qdhcp")
    run("ip", "-n", namespace, "link", "add", "tap2", "type", "veth", "peer", "name", "tap2-peer")
    run("ip", "-n", namespace, "address", "add", "10.1.1.2/24", "dev", "tap2")
    asked = options({"namespace": namespace, "process": ["dnsmasq"], "address": ["10.1.1.2"]})
    assert host.check("vservice", *asked) == (
        ERROR,
        f"check_vservice CRITICAL: {namespace}: dnsmasq does not run in it",
    )
    dnsmasq = ("dnsmasq", "--keep-in-foreground", "--port=0", "--conf-file=/dev/null", "--pid-file=")
    with host.start(namespace, *dnsmasq) as process:
        try:
            wait_until(lambda: host.check("vservice", *asked)[0] == OK, "dnsmasq runs")
            run("ip", "-n", namespace, "address", "flush", "dev", "tap2")
            assert host.check("vservice", *asked)[1].endswith("it lost its addresses 10.1.1.2")
        finally:
            process.terminate()
    gone = options({"namespace": "nowhere"})
    assert host.check("vservice", *gone) == (
        ERROR,
        "check_vservice CRITICAL: namespace nowhere does not exist",
    )


def test_what_cannot_be_told_is_unknown(host: HostNamespace) -> None:
    """Neither libvirt nor a wrong option makes a check say more than it knows."""
    status, said = host.check("instance", "--domain=instance-00000001")
    assert status == UNKNOWN
    assert said.startswith("check_instance UNKNOWN: virsh ")
    assert host.check("vnic") == (
        UNKNOWN,
        "check_vnic UNKNOWN: the following arguments are required: --device",
    )
    assert host.check("vnic", "--device=x", "--colour=red")[0] == UNKNOWN
    assert host.check("vnic", "--device=$(reboot); -x '\"")[0] == ERROR


@pytest.mark.parametrize("script", sorted(path.name for path in SCRIPTS.glob("c*_*.py")))
def test_each_script_tells_how_it_is_used(host: HostNamespace, script: str) -> None:
    """--help ends with 0."""
    status, said = host.script(script, "--help")
    assert status == OK
    assert said.startswith(f"usage: {script}")


def test_the_batch_says_what_the_scripts_say(
    host: HostNamespace,
    sensu_backend: SensuBackend,
    sensu_agent: Callable[..., SensuAgent],
    tmp_path: Path,
) -> None:
    """Each result comes to the backend under its own name, with the status that the script ends with."""
    host.run("ip", "link", "set", "qbr1", "down")
    checks = {
        "vnic_blue:tap1": ("vnic", {"device": "tap1", "bridge": "qbr1"}),
        "vnic_blue:tap7": ("vnic", {"device": "tap7"}),
        "vconnector_blue:qbr1": ("vconnector", {"bridge": "qbr1", "member": ["tap1"]}),
        "host_pnic_blue:eth1": ("host_pnic", {"device": "eth1"}),
        "otep_blue::vxlan::10..9..0..1": ("otep", {"address": "10.9.0.1", "peer": ["10.9.0.2"]}),
        "instance_4a975e8f": ("instance", {"domain": "instance-00000001", "state": ["running"]}),
        "link_vnic-vconnector_blue:tap1_blue:qbr1": (
            "link_vnic_vconnector",
            {"device": "tap1", "bridge": "qbr1"},
        ),
    }
    file = plan(tmp_path / "checks.json", checks)
    agent = sensu_agent("batch-host")
    with forwarded(host, agent.api_port):
        done = host.script("calipso_batch.py", f"--config={file}", f"--agent=127.0.0.1:{agent.api_port}")
    assert done == (OK, "calipso_batch OK: 7 checks: 4 ok, 2 error, 1 unknown")
    said = {name: host.check(kind, *options(parameters)) for name, (kind, parameters) in checks.items()}

    def arrived() -> bool:
        return {check for entity, check in sensu_backend.events() if entity == "batch-host"} >= set(checks)

    wait_until(arrived, "all results are in the backend")
    for name, (status, text) in said.items():
        event = sensu_backend.events()["batch-host", name]["check"]
        assert event["status"] == status, name
        assert text.endswith(event["output"]), name


def test_the_batch_says_what_it_lacks(host: HostNamespace, tmp_path: Path) -> None:
    """No file, a wrong one, no agent: unknown, and why."""
    nothing = host.script("calipso_batch.py", f"--config={tmp_path / 'no.json'}")
    assert nothing == (
        UNKNOWN,
        f"calipso_batch UNKNOWN: {tmp_path / 'no.json'} cannot be read: No such file or directory",
    )
    for text in ("", "[]", '{"version": 7}', '{"version": 1, "environment": "x", "checks": [{}]}'):
        (tmp_path / "bad.json").write_text(text)
        assert host.script("calipso_batch.py", f"--config={tmp_path / 'bad.json'}")[0] == UNKNOWN
    file = plan(tmp_path / "checks.json", {"vnic_blue:tap1": ("vnic", {"device": "tap1"})})
    status, said = host.script("calipso_batch.py", f"--config={file}", "--agent=127.0.0.1:9")
    assert status == UNKNOWN
    assert "0 of 1 results were handed in: the agent at 127.0.0.1:9 does not answer" in said
