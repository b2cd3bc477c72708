"""Checks of what runs on a host: instances, and network services in their namespaces."""

from __future__ import annotations

from typing import List

from .check import Check
from .host import Host
from .parameters import Parameter
from .result import Result, error, worst


def _look_at_service(host: Host, namespace: str, process: List[str], address: List[str]) -> Result:
    if namespace not in host.namespaces():
        return error(f"namespace {namespace} does not exist")
    running = host.processes(namespace)
    faults = [error(f"{name} does not run in it") for name in process if name not in running]
    there = {
        found.partition("/")[0] for device in host.devices(namespace).values() for found in device.addresses
    }
    gone = [wanted for wanted in address if wanted.partition("/")[0] not in there]
    if gone:
        faults.append(error(f"it lost its addresses {', '.join(gone)}"))
    if faults:
        return worst([error(f"{namespace}: {faults[0].text}"), *faults[1:]], "")
    served = f", {', '.join(process)} runs" if process else ""
    return worst([], f"{namespace} has its {len(address)} addresses{served}")


def _look_at_instance(host: Host, domain: str, state: List[str]) -> Result:
    found = host.domains().get(domain)
    if found is None:
        gone_is_fine = "shut off" in state
        return worst(
            [] if gone_is_fine else [error(f"libvirt has no domain {domain}")], f"{domain} is not there"
        )
    fits = not state or found in state
    return worst(
        [] if fits else [error(f"{domain} is {found}, and should be {' or '.join(state)}")],
        f"{domain} is {found}",
    )


VSERVICE = Check(
    "A service's namespace is there, its processes run in it, and it has its addresses.",
    (
        Parameter("namespace", "The network namespace.", required=True),
        Parameter("process", "A process that must run in it.", many=True),
        Parameter("address", "An IP address that it must have.", many=True),
    ),
    _look_at_service,
)
INSTANCE = Check(
    "An instance's libvirt domain is in the state that Nova wants it in.",
    (
        Parameter("domain", "The domain's name.", required=True),
        Parameter("state", "A state, as virsh has it, in which it may be; without, any.", many=True),
    ),
    _look_at_instance,
)
