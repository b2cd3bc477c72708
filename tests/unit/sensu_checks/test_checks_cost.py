"""What it costs a host to be watched: one batch for all, and a process for each object."""

from __future__ import annotations

import resource
from collections.abc import Callable
from pathlib import Path

from host_namespace import HostNamespace, forwarded, options, plan
from sensu_server import SensuAgent

OBJECTS = 100
WANTED_RATIO = 20


def test_a_batch_costs_a_twentieth_of_a_process_for_each_object(
    sensu_agent: Callable[..., SensuAgent], tmp_path: Path
) -> None:
    """Both say the same of 100 vNICs and bridges, of which one is switched off."""
    host = HostNamespace()
    try:
        for number in range(OBJECTS // 2):
            host.run("ip", "link", "add", f"qbr{number}", "up", "type", "bridge")
            host.run("ip", "link", "add", f"tap{number}", "type", "veth", "peer", "name", f"far{number}")
            host.run("ip", "link", "set", f"far{number}", "up")
            host.run("ip", "link", "set", f"tap{number}", "up", "master", f"qbr{number}")
        host.run("ip", "link", "set", "tap7", "down")
        checks = {
            f"vnic_blue:tap{n}": ("vnic", {"device": f"tap{n}", "bridge": f"qbr{n}"}) for n in numbers()
        }
        checks |= {
            f"vconnector_blue:qbr{n}": ("vconnector", {"bridge": f"qbr{n}", "member": [f"tap{n}"]})
            for n in numbers()
        }
        file = plan(tmp_path / "checks.json", checks)
        agent = sensu_agent("cost-host")
        with forwarded(host, agent.api_port):
            began = used()
            file_and_agent = (f"--config={file}", f"--agent=127.0.0.1:{agent.api_port}")
            said = host.script("calipso_batch.py", *file_and_agent)[1]
            batch = used() - began
        began = used()
        found = [host.check(kind, *options(parameters))[0] for kind, parameters in checks.values()]
        each = used() - began
    finally:
        host.remove()
    assert said == f"calipso_batch OK: 100 checks: {found.count(0)} ok, {found.count(2)} error"
    assert found.count(2) == 1
    assert each >= WANTED_RATIO * batch, f"{each:.2f} s and {batch:.2f} s"


def numbers() -> range:
    """Return the numbers of vNICs and bridges."""
    return range(OBJECTS // 2)


def used() -> float:
    """Return the processor time, in seconds, of all processes that this one started and that ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
